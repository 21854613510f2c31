//! Files of read-only tablespaces were left out of a recovery with the snapshot's control file; their tablespaces come
//! online when the database is open (Error Messages: ORA-01233).

use super::{params::RecoverParams, preview};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    port::{Bind, Statement},
    step::{World, preview::told, sql as ask},
    text::sql,
};
use std::sync::Arc;

pub struct ReadOnlyOnline(pub Arc<RecoverParams>);

/// Takes them out, in MOUNT.
pub fn offline(p: &RecoverParams) -> Result<Vec<Statement>, Fault> {
    let release = p.release()?;
    p.read_only().map(|file| sql::CHANGE_DATAFILE_OFFLINE.at(release, &[("file", Bind::Number(file.number))])).collect()
}

fn online(p: &RecoverParams) -> Result<Vec<Statement>, Fault> {
    let release = p.release()?;
    p.read_only().map(|file| sql::CHANGE_DATAFILE_ONLINE.at(release, &[("file", Bind::Number(file.number))])).collect()
}

impl Step<World> for ReadOnlyOnline {
    const KIND: &'static str = "read_only_online";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "what it changes goes with the disks and control files" };
    type Out = ();

    fn describe(&self) -> String {
        format!("bring {} files of read-only tablespaces online", self.0.read_only().count())
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(online(&self.0).and_then(|batch| preview::texts(&batch)))
    }

    /// It is open: a file that does not come is told, not taken back.
    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        let mut left = Vec::new();
        for statement in online(&self.0)? {
            if let Err(fault) = ask::ask(cx.world, &ask::production(&self.0.site), std::slice::from_ref(&statement)) {
                left.push(format!("{}: {fault}", statement.text));
            }
        }
        Ok(if left.is_empty() { Ran::Done(()) } else { Ran::Warned((), left.join("; ")) })
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        // What is online stays so.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
