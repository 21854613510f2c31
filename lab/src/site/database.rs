//! The databases of a site: made once, started at `up`, shut down at `down`. All of it goes through the programs that
//! are installed in the guest, as user oracle.

use super::{
    error::{During, SiteError},
    hosts::Hosts,
    layout,
    paths::Paths,
    plan::{Machine, Site},
};
use crate::host::spec::Role;
use serde_json::json;
use std::fs;

/// The exit status of a program that is not there, as a shell gives it.
const ABSENT: i32 = 127;

/// Makes what is not there and starts all. Returns what could not be done: a part is missing, or a database does not open
/// behind what it met before (a power cut in backup mode, say), which is for its administrator to mend.
pub fn start(paths: &Paths, site: &Site, fleet: &dyn Hosts) -> Result<Vec<String>, SiteError> {
    let mut notes = Vec::new();
    for machine in site.of(Role::Database) {
        let Some(sid) = &machine.sid else { continue };
        let made = paths.host(&machine.name).join("database-made");
        let old = made.exists();
        if !old {
            if !program(site, fleet, machine, &["/.lab/bin/lab-createdb"], &create(site, sid))? {
                notes.push(format!("{sid}: making a database is not built in"));
                continue;
            }
            fs::write(&made, "").at(&made)?;
        }
        match sqlplus(site, fleet, machine, "startup\n") {
            Ok(true) => {}
            Ok(false) => notes.push(format!("{sid}: sqlplus is not built in")),
            Err(error) if old => notes.push(format!("{sid} is not open: {error}")),
            Err(error) => return Err(error),
        }
    }
    Ok(notes)
}

/// Shuts down what runs. A database that cannot be shut down is left to crash recovery, as when a guest is stopped.
pub fn stop(site: &Site, fleet: &dyn Hosts) {
    if site.hosts_only {
        return;
    }
    for machine in site.of(Role::Database) {
        if let Err(error) = sqlplus(site, fleet, machine, "shutdown immediate\n") {
            eprintln!("{error}");
        }
    }
}

/// What the program that makes databases reads.
fn create(site: &Site, sid: &str) -> String {
    json!({
        "name": sid,
        "sid": sid,
        "oracle_home": site.oracle_home(),
        "place": layout::placement(site.layout, site.data_size, sid),
    })
    .to_string()
}

fn sqlplus(site: &Site, fleet: &dyn Hosts, machine: &Machine, text: &str) -> Result<bool, SiteError> {
    let program_path = site.oracle_home().join("bin/sqlplus");
    let path = program_path.to_string_lossy();
    let script = format!("whenever sqlerror exit failure\n{text}exit\n");
    program(site, fleet, machine, &[&path, "-S", "/", "as", "sysdba"], &script)
}

/// Runs a program of the Oracle home; `false` when it is not built in.
fn program(site: &Site, fleet: &dyn Hosts, machine: &Machine, argv: &[&str], stdin: &str) -> Result<bool, SiteError> {
    let home = site.oracle_home();
    let env = [("ORACLE_SID", machine.sid.as_deref().unwrap_or_default()), ("ORACLE_HOME", &*home.to_string_lossy())];
    match fleet.run(&machine.name, argv, &env, stdin)? {
        (0, ..) => Ok(true),
        (ABSENT, ..) => Ok(false),
        (status, out, err) => Err(SiteError::inside(
            &machine.name,
            format!("{} ended with {status}: {}{}", argv.join(" "), out.trim(), err.trim()),
        )),
    }
}
