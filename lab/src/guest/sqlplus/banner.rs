//! Banners.

use crate::context::Oracle;
use crate::db::view::instance::{full_version, product};
use chrono::{DateTime, Local};

/// `19.0.0.0.0 - Production`, as the first line of the banner has it.
#[must_use]
pub fn release(oracle: Oracle) -> String {
    let dash = if oracle == Oracle::V11_2 { "" } else { "- " };
    format!("{} {dash}Production", oracle.version())
}

/// The banner at the start.
#[must_use]
pub fn welcome(oracle: Oracle, now: DateTime<Local>) -> String {
    let until = match oracle {
        Oracle::V11_2 => 2013,
        Oracle::V12_2 => 2016,
        Oracle::V19 => 2019,
        Oracle::V23 => 2024,
    };
    let dated = now.format("%a %b %-d %H:%M:%S %Y");
    format!(
        "\nSQL*Plus: Release {} on {dated}\n{}\nCopyright (c) 1982, {until}, Oracle.  All rights reserved.\n\n",
        release(oracle),
        version_line(oracle)
    )
}

/// From 18c on a second line tells the update.
fn version_line(oracle: Oracle) -> String {
    if oracle >= Oracle::V19 { format!("Version {}\n", full_version(oracle)) } else { String::new() }
}

/// What stands after `Connected to:` and `Disconnected from`.
#[must_use]
pub fn server(oracle: Oracle) -> String {
    match oracle {
        Oracle::V11_2 => format!(
            "{}\n{}",
            product(oracle),
            "With the Partitioning, OLAP, Data Mining and Real Application Testing options"
        ),
        Oracle::V12_2 => product(oracle),
        Oracle::V19 | Oracle::V23 => format!("{}\nVersion {}", product(oracle), full_version(oracle)),
    }
}
