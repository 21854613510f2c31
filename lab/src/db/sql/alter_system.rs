//! ALTER SYSTEM and ALTER SESSION.

use super::cursor::Cursor;
use super::effect::{Effect, Scope};
use super::{Sql, SqlError};
use crate::context::Oracle;
use crate::db::api::{Command, Facts};

const SAID: &str = "System altered.";

/// Reads what follows `ALTER SYSTEM`.
pub fn system(c: &mut Cursor) -> Sql<Effect> {
    let effect = match () {
        () if c.accept("ARCHIVE LOG") => archive(c)?,
        () if c.accept("SWITCH LOGFILE") => Effect::Engine(vec![Command::SwitchLogfile], SAID),
        () if c.accept("CHECKPOINT") => {
            let _ = c.accept("GLOBAL") || c.accept("LOCAL");
            Effect::Engine(vec![Command::Checkpoint], SAID)
        }
        () if c.accept("KILL SESSION") => kill(c)?,
        () if c.accept("SET") => set(c)?,
        // There is nothing cached that a session could see.
        () if c.accept("FLUSH SHARED_POOL") || c.accept("FLUSH BUFFER_CACHE") => Effect::Nothing(SAID),
        () if c.accept("REGISTER") => Effect::Nothing(SAID),
        () if ["SUSPEND", "RESUME", "QUIESCE", "ENABLE", "DISABLE", "RESET", "DUMP", "DISCONNECT", "CANCEL"]
            .iter()
            .any(|w| c.accept(w)) =>
        {
            return Err(SqlError::unbuilt(0));
        }
        () => return c.fail(2065, "illegal option for ALTER SYSTEM"),
    };
    c.finish()?;
    Ok(effect)
}

fn archive(c: &mut Cursor) -> Sql<Effect> {
    if c.accept("THREAD") {
        let _ = c.number();
    }
    if c.accept("CURRENT") {
        let _ = c.accept("NOSWITCH");
        return Ok(Effect::Engine(vec![Command::ArchiveLogCurrent], SAID));
    }
    if ["ALL", "NEXT", "START", "STOP", "SEQUENCE", "CHANGE", "GROUP", "LOGFILE"].iter().any(|w| c.accept(w)) {
        return Err(SqlError::unbuilt(0));
    }
    c.fail(2065, "illegal option for ALTER SYSTEM")
}

/// `KILL SESSION 'sid,serial#' [IMMEDIATE]`; ORA-00026 for anything else in the quotes.
fn kill(c: &mut Cursor) -> Sql<Effect> {
    let at = c.place();
    let wrong = || SqlError::at(at, 26, "missing or invalid session ID");
    let id = c.text().ok_or_else(wrong)?;
    let mut parts = id.split(',').map(|p| p.trim().parse::<u32>());
    let (Some(Ok(sid)), Some(Ok(serial))) = (parts.next(), parts.next()) else { return Err(wrong()) };
    Ok(Effect::Kill { sid, serial, immediate: c.accept("IMMEDIATE") })
}

fn set(c: &mut Cursor) -> Sql<Effect> {
    let Some(name) = c.name() else { return c.fail(2065, "illegal option for ALTER SYSTEM") };
    if !c.sign('=') {
        return c.fail(927, "missing equal sign");
    }
    let Some(mut value) = c.value() else {
        return c.fail(2097, "parameter cannot be modified because specified value is invalid");
    };
    while c.sign(',') {
        value = format!("{value}, {}", c.value().unwrap_or_default());
    }
    if c.accept("COMMENT") {
        let _ = (c.sign('='), c.text());
    }
    let _ = c.accept("DEFERRED");
    Ok(Effect::SetSystem { name: name.to_lowercase(), value, scope: scope(c)? })
}

fn scope(c: &mut Cursor) -> Sql<Option<Scope>> {
    let mut scope = None;
    while !c.done() {
        if c.accept("SCOPE") && c.sign('=') {
            scope = Some(match () {
                () if c.accept("MEMORY") => Scope::Memory,
                () if c.accept("SPFILE") => Scope::Spfile,
                () if c.accept("BOTH") => Scope::Both,
                () => return c.fail(2065, "illegal option for ALTER SYSTEM"),
            });
        } else if c.accept("SID") && c.sign('=') {
            let _ = c.text();
        } else {
            return c.fail(933, "SQL command not properly ended");
        }
    }
    Ok(scope)
}

/// The sessions of the lab are in the root: another container is refused (ORA-03001), not entered in words only. ORA-65090
/// outside a CDB, ORA-65011 for an unknown one.
fn container(name: &str, facts: &Facts) -> Sql<Effect> {
    let pdbs = facts.database.as_ref().map_or(&[][..], |d| &d.containers);
    match () {
        () if pdbs.is_empty() => Err(SqlError::at(0, 65090, "operation only allowed in a container database")),
        () if name == "CDB$ROOT" => Ok(Effect::Nothing("Session altered.")),
        () if pdbs.iter().any(|pdb| pdb.container.name == name) => Err(SqlError::unbuilt(0)),
        () => Err(SqlError::at(0, 65011, format!("Pluggable database {name} does not exist."))),
    }
}

/// Reads what follows `ALTER SESSION`.
pub fn session(c: &mut Cursor, facts: &Facts, release: Oracle) -> Sql<Effect> {
    if !c.accept("SET") {
        return c.fail(2248, "invalid option for ALTER SESSION");
    }
    let at = c.place();
    let Some(name) = c.name() else { return c.fail(2248, "invalid option for ALTER SESSION") };
    if !c.sign('=') {
        return c.fail(927, "missing equal sign");
    }
    let mut value = c.value().unwrap_or_default();
    if c.sign('$') {
        value.push('$');
    }
    c.finish()?;
    let known =
        name.starts_with("NLS_") || ["EVENTS", "SQL_TRACE", "CURRENT_SCHEMA", "TIME_ZONE"].contains(&name.as_str());
    if name == "CONTAINER" && release >= Oracle::V12_2 {
        return container(&value, facts);
    }
    if known {
        Ok(Effect::SetSession(name, value))
    } else {
        Err(SqlError::at(at, 2248, "invalid option for ALTER SESSION"))
    }
}
