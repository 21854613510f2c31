//! The instance of the clone: how it is spoken to, and law 6, which is looked at after every MOUNT.

use super::{
    owner::{Owner, owner},
    places::{Foreign, is_under},
    stage::Staged,
};
use crate::{
    driver::oracle_codes,
    fault::{Fault, Kind},
    port::{Rows, SqlTarget},
    step::{World, gather, params::CloneParams, recovering::Instance, sql as ask},
    text::{
        self, Release, Template,
        sh::OracleEnv,
        sql::{self, SqlId},
        sqlplus,
    },
};
use std::time::Duration;

impl CloneParams {
    /// The clone's instance.
    #[must_use]
    pub fn target(&self) -> SqlTarget {
        SqlTarget {
            host: self.media.host.clone(),
            oracle_home: self.media.oracle_home.clone(),
            sid: self.site.sid.clone(),
            role: self.site.role(),
            connect: None,
            tz: self.site.tz.clone(),
        }
    }

    /// Its environment.
    #[must_use]
    pub fn env(&self) -> OracleEnv {
        OracleEnv { home: self.media.oracle_home.clone(), sid: self.site.sid.clone(), tz: self.site.tz.clone() }
    }

    /// The same for RECOVER.
    #[must_use]
    pub fn instance(&self) -> Instance<'_> {
        Instance { host: &self.media.host, env: self.env(), role: self.site.role() }
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
pub fn script<T: Template>(world: &World, p: &CloneParams, context: &T, deadline: Duration) -> Result<String, Fault> {
    let body = text::render(context)?;
    world.sqlplus.script(&p.target(), &body, deadline).map_err(|e| oracle_codes::explain(&e).on(&p.media.host))
}

/// A change of the database's state that takes as long as a start.
pub fn change(world: &World, p: &CloneParams, id: SqlId) -> Result<(), Fault> {
    let (target, statement) = (p.target(), id.at(p.release()?, &[])?);
    let mut session = world.sql(&target).open(&target).map_err(|error| ask::fault(error, &target))?;
    session.batch(&[statement], world.limits.start_stop).map(drop).map_err(|error| ask::fault(error, &target))
}

/// STARTUP MOUNT with the run's own pfile.
pub fn mount(world: &World, p: &CloneParams, staged: &Staged) -> Result<(), Fault> {
    script(world, p, &sqlplus::StartupMount { pfile: &staged.pfile }, world.limits.start_stop).map(drop)
}

/// SHUTDOWN ABORT, if it is this run's instance that is there.
pub fn abort(world: &World, p: &CloneParams, folder: &str) -> Result<(), Fault> {
    match owner(world, p, folder)? {
        Owner::Run => script(world, p, &sqlplus::ShutdownAbort {}, world.limits.start_stop).map(drop),
        Owner::Nobody => Ok(()),
    }
}

/// Clean shutdown of the mounted clone.
pub fn shut_down(world: &World, p: &CloneParams) -> Result<(), Fault> {
    script(world, p, &sqlplus::ShutdownImmediate {}, world.limits.start_stop).map(drop)
}

/// Law 6: every name that the control file holds really lies on this run's own mounts or is not there on this host. A
/// name of production that exists here could be deleted or written by what follows.
pub fn law_six(world: &World, p: &CloneParams, folder: &str) -> Result<(), Fault> {
    let names = control_file_names(world, p)?;
    let roots = p.own_roots(folder);
    // Mount points and the folder may be reached through links themselves.
    let real = gather::real_paths(world, &p.media.host, &roots)?;
    match Foreign::first(&real, &names, &gather::places(world, &p.media.host, &names)?) {
        None => Ok(()),
        Some(found) => Err(foreign(p, &found, is_under(&roots, &found.name))),
    }
}

fn control_file_names(world: &World, p: &CloneParams) -> Result<Vec<String>, Fault> {
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
    let mut all = Vec::new();
    for (rows, (_, column)) in rows.iter().zip(queries) {
        all.extend(names(rows, column)?);
    }
    Ok(all)
}

/// `linked`: the name is one of this run's by its text, and a link leads off.
fn foreign(p: &CloneParams, found: &Foreign, linked: bool) -> Fault {
    let media = &p.media.name;
    let (text, hint) = if linked {
        (format!("{} leads to {} on {media}, off this run's mounts", found.name, found.real), link_hint(p))
    } else {
        // RENAME FILE deletes an Oracle-managed file under the old name, so a prefix does not help here.
        let hint = format!(
            "take the file away from {media} if nothing needs it; if it belongs to another database there, use a media \
             host without that database (a prefix does not help: the names are looked at before files are renamed)"
        );
        (format!("{} exists on {media}", found.name), hint)
    };
    Fault::new(Kind::User, "OFF-010", text)
        .cause("the clone's control file names it, so what follows could write or delete it (law 6)")
        .hint(hint)
        .on(&p.media.host)
}

fn link_hint(p: &CloneParams) -> String {
    let rename = "at production give the file a name without that link (ALTER DATABASE RENAME FILE)";
    match p.media.prefix {
        Some(_) => format!("under a prefix an absolute link leads off the copy: set mount = \"same\", or {rename}"),
        None => rename.to_owned(),
    }
}

fn names(rows: &Rows, column: &str) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    for row in rows.iter() {
        names.extend(row.get(column)?.map(str::to_owned));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::params::testing::offload;
    use rstest::rstest;

    #[rstest]
    #[case::exists(None, false, "exists on bckvm", "take the file away")]
    #[case::exists_under_a_prefix(Some("/p"), false, "exists on bckvm", "a prefix does not help")]
    #[case::link(None, true, "leads to /u03/a on bckvm", "at production give the file")]
    #[case::link_under_a_prefix(Some("/p"), true, "leads to /u03/a on bckvm", "set mount = \"same\"")]
    fn the_remedy_fits_the_mode(
        #[case] prefix: Option<&str>,
        #[case] linked: bool,
        #[case] text: &str,
        #[case] hint: &str,
    ) {
        let mut p = offload();
        p.media.prefix = prefix.map(str::to_owned);
        let fault = foreign(&p, &Foreign { name: "/u02/a".into(), real: "/u03/a".into() }, linked);
        assert!(fault.message.contains(text) && fault.hints[0].text.contains(hint), "{fault:?}");
    }
}
