//! `disaster`: rows go, and the database says yes to it.

use super::{
    args::Disaster,
    error::{During, SiteError},
    workload,
};
use crate::witness::{self, Destroyed};
use std::{path::Path, process::ExitCode};

/// `ovmirror-lab disaster`
pub fn run(args: &Disaster) -> Result<ExitCode, SiteError> {
    let order = args.rows.map_or_else(witness::Disaster::default, |rows| witness::Disaster { rows });
    let destroyed = strike(&args.dir, &args.database, &order)?;
    if args.json {
        println!("{}", serde_json::to_string(&destroyed).map_err(std::io::Error::from).during("the report")?);
    } else {
        println!("{}", words(&destroyed));
    }
    Ok(ExitCode::SUCCESS)
}

/// Destroys rows; where a workload runs, in between two of its transactions.
pub fn strike(dir: &Path, database: &str, order: &witness::Disaster) -> Result<Destroyed, SiteError> {
    let order = serde_json::to_string(order).map_err(std::io::Error::from).during("an order")?;
    let text = workload::tool(dir, database, &["disaster", &order])?;
    serde_json::from_str(&text).map_err(|error| SiteError::inside("disaster", format!("`{}`: {error}", text.trim())))
}

/// What happened, in one sentence.
#[must_use]
pub fn words(destroyed: &Destroyed) -> String {
    format!(
        "{} rows of {} destroyed in {} transactions, SCN {} ({}) to SCN {} ({})",
        destroyed.rows,
        destroyed.database,
        destroyed.transactions,
        destroyed.first_scn,
        destroyed.first_time,
        destroyed.last_scn,
        destroyed.last_time
    )
}
