//! Logs that production has deleted and the snapshot has kept go back to the names under which recovery asks for them.

use super::params::RecoverParams;
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    step::{World, files, gather, params::KeptLog, shell},
};
use std::sync::Arc;

pub struct BringLogs(pub Arc<RecoverParams>);

impl BringLogs {
    fn there(&self, cx: &Cx<'_, World>, path: &str) -> Result<bool, Fault> {
        let places = gather::places(cx.world, &self.0.site.host, &[path.to_owned()])?;
        Ok(places.iter().any(Option::is_some))
    }

    fn bring(&self, cx: &Cx<'_, World>, log: &KeptLog, path: &str) -> Result<(), Fault> {
        if self.there(cx, path)? {
            return Ok(());
        }
        let host = &self.0.site.host;
        let keeper = self.0.tape.as_ref().map_or(&self.0.snapshot, |tape| &tape.run);
        let kept = cx.world.artifacts_of(keeper).join("logs").join(&log.file);
        let part = format!("{path}.ovm-part");
        let moved = files::send(cx.world, host, &kept, &part)?;
        if moved != log.moved {
            shell::words(cx.world, host, &["rm", "-f", &part])?;
            return Err(Fault::new(
                Kind::External,
                "LOG-004",
                format!("the kept log {} is not what was kept", log.file),
            )
            .hint("restore the artifacts folder from a copy, or the log from tape"));
        }
        shell::words(cx.world, host, &["mv", &part, path]).map(drop)
    }
}

impl Step<World> for BringLogs {
    const KIND: &'static str = "bring_logs";
    const UNDO: UndoPolicy =
        UndoPolicy::Nothing { because: "a log that is in its place again harms nothing; it is production's own" };
    type Out = ();

    fn describe(&self) -> String {
        match self.0.bring.len() {
            0 => "bring kept logs back, where archived ones are gone".to_owned(),
            n => format!("bring {n} kept logs back to the archive destination"),
        }
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        if self.0.bring.is_empty() {
            return Ok(Ran::Skipped((), "every log is in its place".to_owned()));
        }
        for (log, path) in &self.0.bring {
            self.bring(cx, log, path)?;
        }
        Ok(Ran::Done(()))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        // A log that is there is left alone.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
