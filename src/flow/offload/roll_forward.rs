//! Media recovery of the mounted clone through END BACKUP: blocks that were cut while they were written are made whole
//! from the full images that backup mode put into the redo.

use super::tape::ToTape;
use crate::{
    catalog::CatalogChange,
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    model::Scn,
    step::{
        World,
        media::{accept::sizes, instance, stage::Stage},
        params::CloneParams,
        preview::told,
        sql as ask,
    },
    text::{sql, sqlplus},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

pub struct RollForward(pub Arc<CloneParams>);

/// How far it went.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Rolled {
    /// The last SCN that was applied; `None`: not rolled forward.
    pub through: Option<Scn>,
    /// Bytes of each datafile after it: the redo of the window may have made files grow.
    #[serde(default)]
    pub bytes: BTreeMap<u64, u64>,
    /// Why the snapshot cannot be made whole with the logs of its own window; `None`: nothing speaks against it.
    #[serde(default)]
    pub rejected: Option<String>,
    /// What the catalog takes from it.
    #[serde(default)]
    pub catalog: Vec<CatalogChange>,
}

/// Applying the logs of one window.
const DEADLINE: Duration = Duration::from_secs(3600);

impl RollForward {
    fn recover(&self, cx: &Cx<'_, World>) -> Result<Rolled, Fault> {
        let p = &self.0;
        let release = p.release()?;
        let tracking = ask::ask(cx.world, &p.target(), &[sql::FILES_CHANGE_TRACKING.at(release, &[])?])?;
        let enabled =
            tracking.iter().flat_map(crate::port::Rows::iter).any(|row| row.get("STATUS") == Ok(Some("ENABLED")));
        if enabled {
            // Its file is production's and is not here: recovery would end with ORA-19755. Law 6 has been seen to hold.
            ask::ask(cx.world, &p.target(), &[sql::CHANGE_DISABLE_TRACKING.at(release, &[])?])?;
        }
        // UNTIL CHANGE n recovers through n - 1 (law 15).
        let context = sqlplus::Recover {
            logs: &cx.out::<Stage>()?.logs,
            standby: p.media.standby,
            until_change: Some(p.end_scn.next()),
            until_time: "",
            backup_controlfile: !p.media.standby,
        };
        instance::script(cx.world, p, &context, DEADLINE)?;
        instance::law_six(cx.world, p, &cx.out::<Stage>()?.folder)?;
        let headers = ask::ask(cx.world, &p.target(), &[sql::FILES_HEADERS.at(release, &[])?])?;
        let bytes = headers.first().map(sizes).transpose()?.unwrap_or_default();
        Ok(Rolled { through: Some(p.end_scn), bytes, ..Rolled::default() })
    }

    fn reject(&self, reason: &str) -> Ran<Rolled> {
        let why = format!("it cannot be rolled forward through its own END BACKUP: {reason}");
        let text = format!("the snapshot is rejected: {why}");
        Ran::Warned(Rolled { rejected: Some(why), catalog: vec![self.0.rejected()], ..Rolled::default() }, text)
    }
}

/// All logs of the window were there and recovery still leaves blocks or files behind: the copy itself is not whole
/// (Error Messages: ORA-01578 block corrupted, ORA-01194 and ORA-01195 file needs more recovery, ORA-01547 the warning
/// about it).
///
/// The line that says so; recovery itself ends with ORA-00283, and the reason stands below it.
fn not_whole(fault: &Fault) -> Option<String> {
    const CODES: [&str; 4] = ["ORA-01578", "ORA-01194", "ORA-01195", "ORA-01547"];
    let lines = std::iter::once(fault.to_string()).chain(fault.causes.iter().cloned());
    lines.into_iter().find(|line| CODES.iter().any(|code| line.starts_with(code)))
}

impl Step<World> for RollForward {
    const KIND: &'static str = "roll_forward";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "only the work copy is changed, and it is deleted" };
    type Out = Rolled;

    fn describe(&self) -> String {
        "roll the clone forward through END BACKUP, where blocks were fractured or it is asked for".to_owned()
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(super::preview::roll_forward(&self.0))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Rolled>, Fault> {
        let first = cx.all::<ToTape>()?.into_iter().next().map(|(_, taped)| taped).unwrap_or_default();
        if first.good && !self.0.roll_forward {
            return Ok(Ran::Skipped(Rolled::default(), "no block was fractured".to_owned()));
        }
        match self.recover(cx) {
            Ok(rolled) => Ok(Ran::Done(rolled)),
            Err(fault) => not_whole(&fault).map(|why| self.reject(&why)).ok_or(fault),
        }
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Rolled>, Fault> {
        // Recovery that is begun again goes on where it was.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Rolled>) -> Result<(), Fault> {
        Ok(())
    }
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
