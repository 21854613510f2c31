//! Media recovery of the mounted copy with the kept logs.

use super::{instance, stage::Staged};
use crate::{
    driver::{oracle_codes, sqlplus::judge_far_script},
    engine::Cx,
    fault::Fault,
    model::Scn,
    port::Rows,
    step::{World, params::CloneParams, recovering, sql as ask},
    text::{render, sql, sqlplus},
};

/// What SQL*Plus is told. UNTIL CHANGE n recovers through n - 1 (law 15).
#[must_use]
pub fn text<'a>(p: &CloneParams, logs: &'a str, until: Scn) -> sqlplus::Recover<'a> {
    let (standby, backup_controlfile) = (p.media.standby, !p.media.standby);
    sqlplus::Recover { automatic: true, logs, standby, until_change: Some(until), until_time: "", backup_controlfile }
}

/// Applies every change below `until`, then law 6 again.
pub fn recover(cx: &Cx<'_, World>, p: &CloneParams, staged: &Staged, until: Scn) -> Result<(), Fault> {
    let (world, release) = (cx.world, p.release()?);
    let tracking = ask::ask(world, &p.target(), &[sql::FILES_CHANGE_TRACKING.at(release, &[])?])?;
    let enabled = tracking.iter().flat_map(Rows::iter).any(|row| row.get("STATUS") == Ok(Some("ENABLED")));
    if enabled {
        // Its file is production's and is not here: recovery would end with ORA-19755. Law 6 has been seen to hold.
        ask::ask(world, &p.target(), &[sql::CHANGE_DISABLE_TRACKING.at(release, &[])?])?;
    }
    let body = render(&text(p, &staged.logs, until))?;
    let printed = recovering::printed(cx, &p.instance(), &body, p.logs.len())?;
    judge_far_script(&body, &printed).map_err(|e| oracle_codes::explain(&e).on(&p.media.host))?;
    instance::law_six(world, p, &staged.folder)
}

/// All logs of the window were there and recovery still leaves blocks or files behind: the copy itself is not whole
/// (Error Messages: ORA-01578 block corrupted, ORA-01194 and ORA-01195 file needs more recovery, ORA-01547 the warning
/// about it).
///
/// The line that says so; recovery itself ends with ORA-00283, and the reason stands below it.
#[must_use]
pub fn not_whole(fault: &Fault) -> Option<String> {
    const CODES: [&str; 4] = ["ORA-01578", "ORA-01194", "ORA-01195", "ORA-01547"];
    let lines = std::iter::once(fault.to_string()).chain(fault.causes.iter().cloned());
    lines.into_iter().find(|line| CODES.iter().any(|code| line.starts_with(code)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Kind;
    use rstest::rstest;

    #[rstest]
    #[case::below("ORA-00283", &["ORA-01578: ORACLE data block corrupted (file # 1, block # 2)"], true)]
    #[case::itself("ORA-01547", &[], true)]
    #[case::log_missing("ORA-00283", &["ORA-00308: cannot open archived log"], false)]
    fn blocks_that_no_redo_mends_reject_the_snapshot(
        #[case] code: &str,
        #[case] below: &[&str],
        #[case] rejects: bool,
    ) {
        let fault = Fault::new(Kind::External, code, "recovery");
        let fault = below.iter().fold(fault, |fault, line| fault.cause(*line));
        assert_eq!(not_whole(&fault).is_some(), rejects);
    }
}
