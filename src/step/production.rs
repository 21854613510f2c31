//! The production instance as a recovery handles it: what state it is in, and SQL*Plus's own commands to it.

use super::{World, params::DbSite, sql as ask};
use crate::{
    driver::oracle_codes,
    engine::Cx,
    fault::{Fault, HEAL, Kind, Retry},
    model::DbName,
    port::{Event, Monitor},
    text::{self, Release, Template, sql, sqlplus},
};
use serde::{Deserialize, Serialize};
use std::{
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};

/// A SHUTDOWN IMMEDIATE that does not end.
pub const HANGING: &str = "REC-022";

/// Between two words on a command that lasts.
const EVERY: Duration = Duration::from_secs(10);

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

/// Whoever finds it up must know that it does not go down by a SHUTDOWN of before, whose SQL*Plus may be gone
/// (V$INSTANCE.SHUTDOWN_PENDING). Behind one that was cancelled the instance is in an unpredictable state, and what helps is
/// another SHUTDOWN (Administrator's Guide, "Shutdown Timeout").
pub fn must_stay_up(world: &World, site: &DbSite, release: Release) -> Result<(), Fault> {
    let rows = ask::ask(world, &ask::production(site), &[sql::INSTANCE_STATE.at(release, &[])?])?;
    let row = rows.first().map(|rows| rows.one()).transpose()?;
    match row.map(|row| row.text("SHUTDOWN_PENDING")).transpose()? {
        Some("NO") => Ok(()),
        _ => Err(Fault::new(
            Kind::External,
            "REC-047",
            format!("a SHUTDOWN of {} is pending: it may go down yet", site.sid),
        )
        .hint("end the sessions that hold it, or SHUTDOWN ABORT and STARTUP")
        .hint_command("when it is down or open for good", HEAL)
        .retry(Retry::Again)
        .on(&site.host)),
    }
}

/// Runs a script of SQL*Plus's own commands there.
pub fn script<T: Template>(world: &World, site: &DbSite, context: &T, deadline: Duration) -> Result<String, Fault> {
    let body = text::render(context)?;
    let said = world.sqlplus.script(&ask::production(site), &body, deadline);
    said.map_err(|e| oracle_codes::explain(&e).on(&site.host))
}

/// SHUTDOWN IMMEDIATE, which waits for sessions that may never end: the reader is told that it is at work, and one that has
/// used up its time is named as such.
pub fn shut_down(cx: &Cx<'_, World>, site: &DbSite) -> Result<(), Fault> {
    let (limit, began) = (cx.world.limits.start_stop, cx.clock.elapsed());
    let (at_work, ended) = mpsc::channel::<()>();
    let said = std::thread::scope(|scope| {
        scope.spawn(move || tell_until(cx.monitor, &ended, &site.database, limit));
        let said = script(cx.world, site, &sqlplus::ShutdownImmediate {}, limit);
        drop(at_work);
        said
    });
    let spent = cx.clock.elapsed().saturating_sub(began) >= limit;
    said.map(drop)
        .map_err(|fault| if spent && fault.retry == Retry::InDoubt { too_long(site, limit, &fault) } else { fault })
}

/// Says how long it has lasted, until the other end of the channel goes.
fn tell_until(monitor: &dyn Monitor, ended: &mpsc::Receiver<()>, database: &DbName, limit: Duration) {
    let mut waited = Duration::ZERO;
    while ended.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
        waited += EVERY;
        let text = format!("{database}: SHUTDOWN IMMEDIATE has lasted {}; it may take {}", words(waited), words(limit));
        monitor.tell(&Event::Note(text));
    }
}

fn too_long(site: &DbSite, limit: Duration, why: &Fault) -> Fault {
    let text = format!("{}: SHUTDOWN IMMEDIATE did not end within {}", site.database, words(limit));
    let mut fault = Fault::new(Kind::External, HANGING, text).cause(why.to_string()).retry(Retry::InDoubt);
    fault.causes.extend_from_slice(&why.causes);
    fault.on(&site.host)
}

/// `10m`, `1m 30s`.
fn words(time: Duration) -> String {
    humantime::format_duration(Duration::from_secs(time.as_secs())).to_string()
}

/// STARTUP MOUNT with the instance's own parameter file.
pub fn mount(world: &World, site: &DbSite) -> Result<(), Fault> {
    script(world, site, &sqlplus::StartupMount { pfile: "" }, world.limits.start_stop).map(drop)
}

/// Brings it down, whatever it is in: SHUTDOWN IMMEDIATE, and SHUTDOWN ABORT where that does not end.
pub fn stop(world: &World, site: &DbSite, release: Release) -> Result<(), Fault> {
    if state(world, site, release).is_ok_and(|state| state == State::Down) {
        return Ok(());
    }
    let clean = script(world, site, &sqlplus::ShutdownImmediate {}, world.limits.start_stop);
    if clean.is_ok() {
        return Ok(());
    }
    script(world, site, &sqlplus::ShutdownAbort {}, world.limits.start_stop).map(drop)
}
