//! The production instance as a recovery handles it: what state it is in, and SQL*Plus's own commands to it.

use super::{World, params::DbSite, sql as ask};
use crate::{
    driver::oracle_codes,
    fault::{Fault, Kind},
    text::{self, Release, Template, sql, sqlplus},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// STARTUP and SHUTDOWN of a large instance take their time.
pub const START_STOP: Duration = Duration::from_secs(600);

/// What an instance is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// No instance.
    Down,
    /// An instance without a database.
    Started,
    /// MOUNT.
    Mounted,
    /// OPEN, in whatever mode.
    Open,
}

/// The instance's state now (V$INSTANCE.STATUS; ORA-01034 where there is none).
pub fn state(world: &World, site: &DbSite, release: Release) -> Result<State, Fault> {
    let asked = ask::ask(world, &ask::production(site), &[sql::INSTANCE_STATE.at(release, &[])?]);
    let rows = match asked {
        Err(fault) if fault.code == "ORA-01034" => return Ok(State::Down),
        asked => asked?,
    };
    let status = rows.first().map(|rows| rows.one()).transpose()?;
    match status.map(|row| row.text("STATUS")).transpose()? {
        Some("OPEN") => Ok(State::Open),
        Some("MOUNTED") => Ok(State::Mounted),
        Some("STARTED") => Ok(State::Started),
        other => {
            let text = format!("the instance {} is {}", site.sid, other.unwrap_or("unknown"));
            Err(Fault::new(Kind::External, "REC-001", text)
                .hint("wait until it is open, mounted or down")
                .on(&site.host))
        }
    }
}

/// Runs a script of SQL*Plus's own commands there.
pub fn script<T: Template>(world: &World, site: &DbSite, context: &T, deadline: Duration) -> Result<String, Fault> {
    let body = text::render(context)?;
    let said = world.sqlplus.script(&ask::production(site), &body, deadline);
    said.map_err(|e| oracle_codes::explain(&e).on(&site.host))
}

/// STARTUP MOUNT with the instance's own parameter file.
pub fn mount(world: &World, site: &DbSite) -> Result<(), Fault> {
    script(world, site, &sqlplus::StartupMount { pfile: "" }, START_STOP).map(drop)
}

/// Brings it down, whatever it is in: SHUTDOWN IMMEDIATE, and SHUTDOWN ABORT where that does not end.
pub fn stop(world: &World, site: &DbSite, release: Release) -> Result<(), Fault> {
    if state(world, site, release).is_ok_and(|state| state == State::Down) {
        return Ok(());
    }
    let clean = script(world, site, &sqlplus::ShutdownImmediate {}, START_STOP);
    if clean.is_ok() {
        return Ok(());
    }
    script(world, site, &sqlplus::ShutdownAbort {}, START_STOP).map(drop)
}
