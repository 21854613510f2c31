//! RECOVER in a SQL*Plus of its own, which outlives the connection: it may take hours. How long it may stand still is
//! limited, not how long it lasts.

use super::{World, folder};
use crate::{
    driver::{
        rman::{Far, Look, Patience, Program, RmanError, State},
        sqlplus::far_script,
    },
    engine::Cx,
    fault::{Fault, Kind, Remedy},
    model::HostName,
    port::{Amount, Event, Role},
    text::sh::OracleEnv,
};
use std::time::Duration;

/// Between the first looks: the redo of a backup mode alone is applied in less.
const FIRST: Duration = Duration::from_millis(20);
/// Between two looks later on.
const EVERY: Duration = Duration::from_millis(300);
/// More attempts than any person makes.
const ATTEMPTS: u32 = 100;
/// How long TERM may take before KILL.
const STOP_S: u64 = 10;

/// The instance that recovers.
pub struct Instance<'a> {
    /// Where it is.
    pub host: &'a HostName,
    /// Its environment.
    pub env: OracleEnv,
    /// How to connect.
    pub role: Role,
}

/// Runs a script with RECOVER and returns what it printed; one that is at work already is waited for. `logs` is how many
/// it will ask for. One that stands still too long is ended.
pub fn printed(cx: &Cx<'_, World>, at: &Instance<'_>, body: &str, logs: usize) -> Result<String, Fault> {
    folder::make(cx.world, at.host, cx.run)?;
    let far = Far::new(cx.world.remote.clone(), at.host.clone(), at.env.clone(), cx.run, cx.world.limits.command);
    let job = job(&far, "recover")?;
    let script = far_script(at.role, body).map_err(|e| e.fault())?;
    far.start(Program::Sqlplus, &job, &script).map_err(|e| e.fault().on(at.host))?;
    let patience = Patience { first: FIRST, every: EVERY, stall: cx.world.limits.rman_stall };
    let ended = far.wait(&job, cx.clock, patience, &mut |look: &Look| progress(cx, look, logs));
    let (_, printed) = ended.map_err(|error| stopped(&far, &job, &error).on(at.host))?;
    Ok(String::from_utf8_lossy(&printed).into_owned())
}

fn stopped(far: &Far, job: &str, error: &RmanError) -> Fault {
    match error {
        RmanError::Stalled { .. } => match far.stop(job, STOP_S) {
            Ok(()) => error.fault().cause("its SQL*Plus was ended"),
            Err(why) => error.fault().cause(format!("its SQL*Plus could not be ended: {why}")),
        },
        _ => error.fault(),
    }
}

/// The first name that no ended job has: one that failed is begun again under another one.
pub fn job(far: &Far, word: &str) -> Result<String, Fault> {
    for attempt in 1..=ATTEMPTS {
        let name = format!("{word}{attempt}");
        let look = far.poll(&name, 0).map_err(|e| e.fault())?;
        if matches!(look.state, State::Absent | State::Running) {
            return Ok(name);
        }
    }
    Err(Fault::new(Kind::Stuck, "REC-028", format!("{word} was tried {ATTEMPTS} times"))
        .hint("do it by hand: ovmirror show RUN tells how far the run is"))
}

/// Redo says how far it is by the logs it is done with.
fn progress(cx: &Cx<'_, World>, look: &Look, logs: usize) -> u64 {
    let text = String::from_utf8_lossy(&look.text);
    let done = text.lines().filter(|line| line.starts_with("ORA-00279")).count() as u64;
    if done > 0 {
        let total = (logs as u64).max(done);
        cx.monitor.tell(&Event::Progress { done, total, of: Amount::Pieces, text: "logs".to_owned() });
    }
    look.size
}
