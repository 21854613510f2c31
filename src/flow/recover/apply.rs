//! RECOVER in a SQL*Plus of its own, which outlives the connection: it may take hours.

use super::params::RecoverParams;
use crate::{
    driver::{
        oracle_codes,
        rman::{Far, Look, Patience, Program, State},
        sqlplus::{far_script, judge_far_script},
    },
    engine::Cx,
    fault::{Fault, Kind, Remedy},
    port::{Amount, Event},
    recovery::Until,
    step::{World, folder},
    text::{self, Template, sqlplus},
};
use std::time::Duration;

/// Between the first looks: the redo of a backup mode alone is applied in less.
const FIRST: Duration = Duration::from_millis(20);
/// Between two looks later on.
const EVERY: Duration = Duration::from_millis(300);
/// More attempts than any person makes.
const ATTEMPTS: u32 = 100;

/// RECOVER to the target.
#[must_use]
pub fn to(until: &Until) -> sqlplus::Recover<'_> {
    match until {
        Until::Complete => sqlplus::Recover::complete(),
        Until::Change(change) => sqlplus::Recover { until_change: Some(*change), ..sqlplus::Recover::complete() },
        Until::Time(time) => sqlplus::Recover { until_time: time, ..sqlplus::Recover::complete() },
    }
}

/// Runs it and waits for its end; one that is at work already is waited for. `logs` is how many it will ask for.
pub fn recover<T: Template>(cx: &Cx<'_, World>, p: &RecoverParams, what: &T, logs: usize) -> Result<(), Fault> {
    let body = text::render(what)?;
    let said = judge_far_script(&body, &printed(cx, p, &body, logs)?);
    said.map(drop).map_err(|e| explain(oracle_codes::explain(&e).on(&p.site.host)))
}

/// The same, with the judgement left to the caller: what it printed.
pub fn printed(cx: &Cx<'_, World>, p: &RecoverParams, body: &str, logs: usize) -> Result<String, Fault> {
    folder::make(cx.world, &p.site.host, cx.run)?;
    let far = Far::new(cx.world.remote.clone(), p.site.host.clone(), p.site.env(), cx.run, cx.world.limits.command);
    let job = job(&far, "recover")?;
    let script = far_script(p.site.role(), body).map_err(|e| e.fault())?;
    far.start(Program::Sqlplus, &job, &script).map_err(|e| e.fault().on(&p.site.host))?;
    let patience = Patience { first: FIRST, every: EVERY, stall: cx.world.limits.rman_stall };
    let mut tell = |look: &Look| progress(cx, look, logs);
    let (_, printed) = far.wait(&job, cx.clock, patience, &mut tell).map_err(|e| e.fault().on(&p.site.host))?;
    Ok(String::from_utf8_lossy(&printed).into_owned())
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

/// ORA-00264, no recovery required, is no failure (Error Messages).
pub fn not_needed(fault: Fault) -> Result<(), Fault> {
    if says(&fault, "ORA-00264") { Ok(()) } else { Err(fault) }
}

/// Whether a fault, or what stands behind it, has this code.
pub fn says(fault: &Fault, code: &str) -> bool {
    fault.code == code || fault.causes.iter().any(|cause| cause.starts_with(code))
}

/// What most often stands behind a RECOVER that ends early.
fn explain(fault: Fault) -> Fault {
    if says(&fault, "ORA-00308") || says(&fault, "ORA-00310") {
        return fault.hint("a log changed or went away since the plan was made: restore it and try again");
    }
    if says(&fault, "ORA-00353") || says(&fault, "ORA-00354") {
        return fault.hint(
            "restore a good copy of that log (RMAN: RESTORE ARCHIVELOG), or go to a point before it; --verify-logs names every \
             damaged log before anything is changed",
        );
    }
    fault
}
