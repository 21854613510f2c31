//! The part goes offline while the rest of the database works. Its undo brings it back, recovered to now: what was taken
//! offline at once needs recovery also on its own disk.

use super::{
    params::{Part, RecoverParams},
    part, preview, whole,
};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    port::{Bind, Statement},
    step::{World, preview::told, sql as ask},
    text::{
        Release,
        sql::{self, SqlId},
    },
};
use std::sync::Arc;

pub struct Offline(pub Arc<RecoverParams>);

impl RecoverParams {
    /// The part that is recovered.
    pub fn part(&self) -> Result<&Part, Fault> {
        self.part.as_ref().ok_or_else(|| Fault::new(Kind::Bug, "REC-080", "the recovery is of the whole database"))
    }
}

impl Part {
    /// The statements that take it offline.
    pub fn offline(&self, release: Release) -> Result<Vec<Statement>, Fault> {
        self.each(release, (sql::CHANGE_TABLESPACE_OFFLINE, sql::CHANGE_PDB_CLOSE, sql::CHANGE_DATAFILE_OFFLINE))
    }

    /// The statements that bring it online.
    pub fn online(&self, release: Release) -> Result<Vec<Statement>, Fault> {
        self.each(release, (sql::CHANGE_TABLESPACE_ONLINE, sql::CHANGE_PDB_OPEN, sql::CHANGE_DATAFILE_ONLINE))
    }

    fn each(&self, release: Release, ids: (SqlId, SqlId, SqlId)) -> Result<Vec<Statement>, Fault> {
        match (&self.tablespace, &self.pdb) {
            (Some(name), _) => Ok(vec![ids.0.at(release, &[("tablespace", Bind::Text(name.clone()))])?]),
            (None, Some(name)) => Ok(vec![ids.1.at(release, &[("pdb", Bind::Text(name.clone()))])?]),
            (None, None) => {
                let file = |number: &u32| ids.2.at(release, &[("file", Bind::Number(u64::from(*number)))]);
                self.files.iter().map(file).collect()
            }
        }
    }
}

/// Sends statements about the part.
pub fn send(cx: &Cx<'_, World>, p: &RecoverParams, batch: &[Statement]) -> Result<(), Fault> {
    ask::ask(cx.world, &ask::production(&p.site), batch).map(drop)
}

impl Step<World> for Offline {
    const KIND: &'static str = "offline";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ();

    fn describe(&self) -> String {
        format!("take {} offline", self.0.part.as_ref().map(Part::what).unwrap_or_default())
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::part(&self.0, Part::offline))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        part::take_offline(cx, &self.0).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        Ok(Probe::Partial("it may be offline".to_owned()))
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        whole::make_again(cx, &self.0, &self.0.units)?;
        part::bring_back(cx, &self.0)
    }
}
