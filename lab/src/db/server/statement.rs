//! One SQL statement of a session.

use super::session::Session;
use super::{Answer, Role};
use crate::db::alert;
use crate::db::api::{Command, Done, Facts, OraError};
use crate::db::sql::{self, Binds, Effect, ParameterScope, SqlError};
use crate::db::view::World;
use crate::db::view::parameter::{Change, KNOWN};

/// Runs it.
pub fn run(session: &mut Session<'_>, text: &str, binds: &Binds) -> Answer {
    attempt(session, text, binds).unwrap_or_else(Answer::Failed)
}

fn attempt(session: &mut Session<'_>, text: &str, binds: &Binds) -> Result<Answer, SqlError> {
    let Some(facts) = session.shared.facts() else {
        return Err(OraError::new(1034, "ORACLE not available").into());
    };
    if is_query(text) {
        return query(session, &facts, text, binds).map(Answer::Rows);
    }
    let effect = sql::parse_effect(text, &facts, session.shared.boot.oracle)?;
    if let Effect::SetSystem { name, value, .. } = &effect {
        session.shared.alert.say(&format!("ALTER SYSTEM SET {name}={value} SCOPE=MEMORY;"));
    }
    apply(session, &facts, effect, text, binds)
}

fn is_query(text: &str) -> bool {
    let first = text.trim_start().trim_start_matches('(').split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
    first.eq_ignore_ascii_case("select") || first.eq_ignore_ascii_case("with")
}

fn query(session: &Session<'_>, facts: &Facts, text: &str, binds: &Binds) -> Result<sql::Rows, SqlError> {
    let boot = &session.shared.boot;
    let (sessions, longops, jobs, changed) = {
        let registry = session.shared.registry();
        (registry.rows(), registry.longops.clone(), registry.jobs.clone(), registry.changed.clone())
    };
    let spfile = boot.pfile.to_string_lossy();
    let world = World {
        facts,
        release: boot.oracle,
        home: &boot.home,
        spfile: boot.spfile.then_some(spfile.as_ref()),
        sessions: &sessions,
        longops: &longops,
        jobs: &jobs,
        changed: &changed,
    };
    sql::run(&sql::Context {
        text,
        world: &world,
        masks: &session.nls,
        user: session.role.user(),
        sid: session.sid,
        binds,
        now: chrono::Utc::now().timestamp_micros(),
    })
}

fn apply(
    session: &mut Session<'_>,
    facts: &Facts,
    effect: Effect,
    typed: &str,
    binds: &Binds,
) -> Result<Answer, SqlError> {
    let said = |text: &str| Ok(Answer::Said(text.to_owned()));
    match effect {
        Effect::Engine(commands, text) => {
            engine(session, &commands, typed)?;
            said(text)
        }
        Effect::SetSession(name, value) => {
            session.nls.set(&name, &value);
            said("Session altered.")
        }
        Effect::Kill { sid, serial, .. } => kill(session, sid, serial),
        Effect::SetSystem { name, value, scope } => set(session, facts, &name, value, scope),
        Effect::Nothing(text) => said(text),
        Effect::Block(statements) => {
            for statement in statements {
                attempt(session, &statement, binds).map_err(in_block)?;
            }
            said("PL/SQL procedure successfully completed.")
        }
    }
}

/// What the engine does for a statement, with what the alert log says about it.
fn engine(session: &Session<'_>, commands: &[Command], typed: &str) -> Result<(), OraError> {
    commands.iter().try_for_each(|command| allowed(session.role, command))?;
    let act = || commands.iter().try_for_each(|command| asked(session.command(command)?));
    if commands.contains(&Command::ArchiveLogCurrent) {
        session.shared.alert.say("ALTER SYSTEM ARCHIVE LOG");
    }
    if alert::is_logged(typed) { session.shared.alert.around(typed, act) } else { act() }
}

/// An error inside a block says where it was raised.
fn in_block(error: SqlError) -> SqlError {
    SqlError { error: error.error.and(6512, "at line 1"), at: 0 }
}

/// What SYSOPER and SYSBACKUP may not do (Administrator's Guide, "Administrative Privileges").
fn allowed(role: Role, command: &Command) -> Result<(), OraError> {
    let refused = match (role, command) {
        (Role::Sysdba, _) => false,
        (_, Command::CreateTablespace { .. }) => true,
        (
            Role::Sysoper,
            Command::AddDatafile { .. }
            | Command::DropTablespace { .. }
            | Command::RenameDatafile { .. }
            | Command::TablespaceReadOnly { .. }
            | Command::TablespaceOnline { .. }
            | Command::TablespaceOffline { .. },
        ) => true,
        // SYSOPER recovers completely only.
        (Role::Sysoper, Command::Recover(crate::db::api::Recover::Start { until, .. })) => {
            *until != crate::db::api::Until::Complete
        }
        _ => false,
    };
    if refused { Err(OraError::new(1031, "insufficient privileges")) } else { Ok(()) }
}

/// ALTER DATABASE RECOVER asks for a log by failing with ORA-00279.
fn asked(done: Done) -> Result<(), OraError> {
    let Done::NeedsLog { change, generated, thread, sequence, suggestion, failed, .. } = done else { return Ok(()) };
    let time = chrono::DateTime::from_timestamp(generated, 0).unwrap_or_default().with_timezone(&chrono::Local);
    let text = format!("change {change} generated at {} needed for thread {thread}", time.format("%m/%d/%Y %H:%M:%S"));
    let asked = OraError::new(279, text)
        .and(289, format!("suggestion : {}", suggestion.display()))
        .and(280, format!("change {change} for thread {thread} is in sequence #{sequence}"));
    let Some(failed) = failed else { return Err(asked) };
    let done_with = format!("log file '{}' no longer needed for this recovery", suggestion.display());
    Err(failed.lines.into_iter().fold(asked.and(278, done_with), |stack, (code, text)| stack.and(code, text)))
}

fn kill(session: &Session<'_>, sid: u32, serial: u32) -> Result<Answer, SqlError> {
    if sid == session.sid {
        return Err(OraError::new(27, "cannot kill current session").into());
    }
    let mut registry = session.shared.registry();
    if registry.rows().iter().any(|r| r.background && r.sid == sid) {
        return Err(OraError::new(29, "session is not a user session").into());
    }
    if registry.kill(sid, serial) {
        Ok(Answer::Said("System altered.".into()))
    } else {
        Err(OraError::new(30, "User session ID does not exist.").into())
    }
}

/// ALTER SYSTEM SET of a parameter that nothing in the engine depends on; others need a restart.
fn set(
    session: &Session<'_>,
    facts: &Facts,
    name: &str,
    value: String,
    scope: Option<ParameterScope>,
) -> Result<Answer, SqlError> {
    let known = KNOWN.iter().find(|k| k.name == name);
    let destination = name.starts_with("log_archive_dest_");
    if known.is_none() && !destination && !facts.parameters.iter().any(|(n, _)| n == name) {
        return Err(OraError::new(2065, "illegal option for ALTER SYSTEM").into());
    }
    if matches!(scope, Some(ParameterScope::Spfile | ParameterScope::Both)) && !session.shared.boot.spfile {
        return Err(OraError::new(32001, "write to SPFILE requested but no SPFILE is in use").into());
    }
    if scope == Some(ParameterScope::Spfile) || destination {
        return Err(SqlError::unbuilt(0));
    }
    if known.is_none_or(|k| k.change == Change::Never) {
        return Err(OraError::new(2095, "specified initialization parameter cannot be modified").into());
    }
    let mut registry = session.shared.registry();
    registry.changed.retain(|(n, _)| n != name);
    registry.changed.push((name.to_owned(), value));
    Ok(Answer::Said("System altered.".into()))
}
