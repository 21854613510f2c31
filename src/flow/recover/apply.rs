//! RECOVER of production, and what its refusals mean.

use super::params::RecoverParams;
use crate::{
    driver::{oracle_codes, sqlplus::judge_far_script},
    engine::Cx,
    fault::Fault,
    recovery::Until,
    step::{
        World,
        recovering::{self, Instance},
    },
    text::{self, Template, sqlplus},
};

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
    let at = Instance { host: &p.site.host, env: p.site.env(), role: p.site.role() };
    recovering::printed(cx, &at, body, logs)
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
