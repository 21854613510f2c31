//! The parameters of a drill.

use super::offload;
use crate::{
    catalog::SnapshotRecord,
    cli::resolve::Site,
    config::Database,
    driver::sqlplus,
    fault::{Fault, Kind, Remedy},
    flow::drill::{DrillParams, Goal},
    step::World,
    text::check::{self, Check},
};

/// The site's checks, read and looked at before anything is done. A relative name is one beside the configuration.
pub fn checks(site: &Site, database: &Database) -> Result<Vec<Check>, Fault> {
    let folder = site.path.parent().unwrap_or(&site.path);
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(folder.join(path)).map_err(|error| {
            Fault::new(Kind::User, "CHK-003", format!("the check {} cannot be read", folder.join(path).display()))
                .cause(error.to_string())
                .hint("correct `checks` of this database; relative names are beside the configuration file")
        })?;
        check::parse(&path.display().to_string(), &text)
    };
    database.checks.iter().map(read).collect()
}

/// The same copy that an offload mounts, and what is done with it.
pub fn drill(
    site: &Site,
    world: &World,
    database: &Database,
    record: &SnapshotRecord,
    goal: Goal,
    checks: Vec<Check>,
) -> Result<DrillParams, Fault> {
    let clone = offload(site, world, database, record, false)?;
    for one in &checks {
        sqlplus::check::text(one, clone.release()?).map_err(|error| error.fault())?;
    }
    Ok(DrillParams {
        until: goal.until(&clone)?,
        backup_control: super::layout_of(record)?.control,
        clone,
        goal,
        begin_scn: record.begin_scn,
        ended_at: record.ended_at,
        checks,
        simulated: site.config.simulated,
    })
}
