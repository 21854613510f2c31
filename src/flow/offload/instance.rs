//! The instance of the clone: how it is spoken to, and law 6, which is looked at after every MOUNT.

use super::{
    owner::{Owner, owner},
    stage::Staged,
};
use crate::{
    driver::oracle_codes,
    fault::{Fault, Kind},
    port::{Rows, SqlTarget},
    step::{World, gather, params::OffloadParams, sql as ask},
    text::{self, Release, Template, sql, sqlplus},
};
use std::time::Duration;

/// STARTUP and SHUTDOWN of a large instance take their time.
const START_STOP: Duration = Duration::from_secs(600);

impl OffloadParams {
    /// The clone's instance.
    #[must_use]
    pub fn target(&self) -> SqlTarget {
        SqlTarget {
            host: self.media.host.clone(),
            oracle_home: self.media.oracle_home.clone(),
            sid: self.site.sid.clone(),
            role: self.site.role(),
            connect: None,
        }
    }

    /// `db_unique_name` of the clone's instance: names its lock file, so it is not production's.
    #[must_use]
    pub fn unique_name(&self) -> String {
        format!("{}_SM", self.surveyed.identity.name.chars().take(20).collect::<String>())
    }

    /// The database's release.
    pub fn release(&self) -> Result<Release, Fault> {
        self.surveyed.identity.version.parse()
    }

    /// `db_block_size` in bytes.
    pub fn block_size(&self) -> Result<u32, Fault> {
        let text = self.surveyed.parameters.get("db_block_size").map_or("", String::as_str);
        text.parse().map_err(|_| Fault::new(Kind::External, "OFF-008", format!("db_block_size is `{text}`")))
    }
}

/// Runs a script of SQL*Plus's own commands at the clone's instance.
pub fn script<T: Template>(world: &World, p: &OffloadParams, context: &T, deadline: Duration) -> Result<String, Fault> {
    let body = text::render(context)?;
    world.sqlplus.script(&p.target(), &body, deadline).map_err(|e| oracle_codes::explain(&e).on(&p.media.host))
}

/// STARTUP MOUNT with the run's own pfile.
pub fn mount(world: &World, p: &OffloadParams, staged: &Staged) -> Result<(), Fault> {
    script(world, p, &sqlplus::StartupMount { pfile: &staged.pfile }, START_STOP).map(drop)
}

/// SHUTDOWN ABORT, if it is this run's instance that is there.
pub fn abort(world: &World, p: &OffloadParams, folder: &str) -> Result<(), Fault> {
    match owner(world, p, folder)? {
        Owner::Run => script(world, p, &sqlplus::ShutdownAbort {}, START_STOP).map(drop),
        Owner::Nobody => Ok(()),
    }
}

/// Clean shutdown of the mounted clone.
pub fn shut_down(world: &World, p: &OffloadParams) -> Result<(), Fault> {
    script(world, p, &sqlplus::ShutdownImmediate {}, START_STOP).map(drop)
}

/// Law 6: every name that the control file holds lies on this run's own mounts or is not there on this host. A name
/// of production that exists here could be deleted or written by what follows.
pub fn law_six(world: &World, p: &OffloadParams, folder: &str) -> Result<(), Fault> {
    let release = p.release()?;
    let queries = [
        (sql::FILES_DATA, "NAME"),
        (sql::FILES_TEMP, "NAME"),
        (sql::FILES_REDO, "MEMBER"),
        (sql::FILES_CONTROL, "NAME"),
        (sql::FILES_CHANGE_TRACKING, "FILENAME"),
        (sql::FILES_FLASHBACK, "NAME"),
    ];
    let batch = queries.iter().map(|(id, _)| id.at(release, &[])).collect::<Result<Vec<_>, _>>()?;
    let rows = ask::ask(world, &p.target(), &batch)?;
    let mut foreign = Vec::new();
    for (rows, (_, column)) in rows.iter().zip(queries) {
        foreign.extend(names(std::slice::from_ref(rows), column)?.into_iter().filter(|name| !p.is_own(name, folder)));
    }
    match gather::first_existing(world, &p.media.host, &foreign)? {
        None => Ok(()),
        Some(name) => Err(Fault::new(Kind::User, "OFF-010", format!("{name} exists on {}", p.media.name))
            .cause("the clone's control file names it, so what follows could write or delete it (law 6)")
            .hint("if it belongs to another database: set mount = \"prefix\" for this media host; else move it away")
            .on(&p.media.host)),
    }
}

fn names(rows: &[Rows], column: &str) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    for row in rows.iter().flat_map(Rows::iter) {
        names.extend(row.get(column)?.map(str::to_owned));
    }
    Ok(names)
}
