//! Texts that differ between releases.

use super::{dates, stack::Failure};
use crate::context::Oracle;

/// The banner.
#[must_use]
pub fn banner(oracle: Oracle, now: i64) -> Vec<String> {
    let first = format!("Recovery Manager: Release {} - Production on {}", oracle.version(), dates::banner_time(now));
    // From 18c on a second line names the release update.
    let (update, years) = match oracle {
        Oracle::V11_2 => (None, "1982, 2011"),
        Oracle::V12_2 => (None, "1982, 2017"),
        Oracle::V19 => (Some("Version 19.3.0.0.0"), "1982, 2019"),
        Oracle::V23 => (Some("Version 23.4.0.24.05"), "1982, 2024"),
    };
    let mut lines = vec![String::new(), first];
    lines.extend(update.map(str::to_owned));
    lines.push(String::new());
    lines.push(format!("Copyright (c) {years}, Oracle and/or its affiliates.  All rights reserved."));
    lines.push(String::new());
    lines
}

/// ORA-19511 with the vendor's words below it.
#[must_use]
pub fn vendor(oracle: Oracle, failure: Failure, words: &str) -> Failure {
    let text = match oracle {
        Oracle::V11_2 => "Error received from media manager layer, error text:",
        _ => "non RMAN, but media manager or vendor specific failure, error text:",
    };
    failure.and(19511, text).text(format!("   {words}"))
}

/// Backing the control file up while the mounted one is of type BACKUP: ORA-00236, in the newest release ORA-45914.
#[must_use]
pub fn control_file_is_a_backup(oracle: Oracle) -> Failure {
    match oracle {
        Oracle::V23 => Failure::ora(45914, "cannot backup a mounted control file of type backup"),
        _ => Failure::ora(236, "snapshot operation disallowed, mounted control file is a backup"),
    }
}

/// Whether CONTROLFILE AUTOBACKUP is on when nothing is configured.
#[must_use]
pub const fn autobackup_default(oracle: Oracle) -> bool {
    !matches!(oracle, Oracle::V11_2)
}

/// `%U` of a backup piece: the set number joined it in late 19c (a public log of 19 shows `qf45qvn1_23375_1_1`).
#[must_use]
pub const fn unique(oracle: Oracle) -> &'static str {
    match oracle {
        Oracle::V11_2 | Oracle::V12_2 => "%u_%p_%c",
        Oracle::V19 | Oracle::V23 => "%u_%s_%p_%c",
    }
}
