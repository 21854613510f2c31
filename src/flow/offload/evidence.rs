//! Law 11: success is evidence. RMAN's log and the clone's own repository must both agree with the plan.

use super::{
    roll_forward::RollForward,
    tape::{Taped, ToTape},
};
use crate::{
    catalog::Piece,
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    port::{Bind, Rows},
    step::{
        World, files,
        media::{accept::Accept, preview},
        names::run_id,
        params::CloneParams,
        preview::told,
        sql as ask,
    },
    text::sql,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub struct Evidence(pub Arc<CloneParams>);

/// Bytes by file number.
type Sizes = BTreeMap<u64, u64>;

/// What is on tape.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Proof {
    /// Tag of the good attempt.
    pub tag: String,
    /// Its pieces.
    pub pieces: Vec<Piece>,
    /// Datafiles in them.
    pub datafiles: BTreeSet<u64>,
    /// Thread and sequence of the logs in them.
    pub logs: BTreeSet<(u64, u64)>,
}

impl Evidence {
    /// Bytes of each datafile as the clone showed them last before the good attempt.
    fn sizes(cx: &Cx<'_, World>) -> Result<Sizes, Fault> {
        match cx.maybe::<RollForward>()?.filter(|rolled| rolled.through.is_some()) {
            Some(rolled) => Ok(rolled.bytes),
            None => Ok(cx.out::<Accept>()?.bytes),
        }
    }

    fn prove(&self, taped: &Taped, sizes: &Sizes, rows: &[Rows]) -> Result<Proof, Fault> {
        let [pieces, datafiles, redologs] = rows else {
            return Err(Fault::new(Kind::Bug, "OFF-014", "the evidence has three answers"));
        };
        let pieces = available(pieces, taped)?;
        let datafiles = self.datafiles(datafiles, sizes)?;
        let logs = redologs.iter().map(|row| Ok((row.number("THREAD#")?, row.number("SEQUENCE#")?)));
        let logs: BTreeSet<(u64, u64)> = logs.collect::<Result<_, Fault>>()?;
        if let Some(log) = self.0.logs.iter().find(|log| !logs.contains(&(log.thread, log.sequence))) {
            return Err(lacking(format!("the log of thread {}, sequence {} is in no piece", log.thread, log.sequence)));
        }
        Ok(Proof { tag: taped.tag.clone(), pieces, datafiles, logs })
    }

    /// Runs of before did not note what the clone showed; they go by the survey.
    fn size(&self, file: u64, sizes: &Sizes) -> Option<u64> {
        let surveyed = || self.0.surveyed.datafiles.iter().find(|known| known.number == file).map(|known| known.bytes);
        sizes.get(&file).copied().or_else(surveyed)
    }

    /// Every planned file is there whole: as many blocks read as the file has, none of them corrupt.
    fn datafiles(&self, rows: &Rows, sizes: &Sizes) -> Result<BTreeSet<u64>, Fault> {
        let mut found = BTreeSet::new();
        for row in rows.iter() {
            let file = row.number("FILE#")?;
            let bytes = row.number("DATAFILE_BLOCKS")? * row.number("BLOCK_SIZE")?;
            if let Some(has) = self.size(file, sizes).filter(|has| *has != bytes) {
                return Err(lacking(format!("datafile {file} has {has} bytes, {bytes} are on tape")));
            }
            if row.number("MARKED_CORRUPT")? + row.number("MEDIA_CORRUPT")? > 0 {
                return Err(lacking(format!("datafile {file} has corrupt blocks on tape")));
            }
            found.insert(file);
        }
        match self.0.wanted_files().map(|file| file.number).find(|file| !found.contains(file)) {
            Some(file) => Err(lacking(format!("datafile {file} is in no piece of this run"))),
            None => Ok(found),
        }
    }
}

/// The pieces of the tag, all AVAILABLE, and exactly those that RMAN's log names.
fn available(rows: &Rows, taped: &Taped) -> Result<Vec<Piece>, Fault> {
    let mut pieces = Vec::new();
    for row in rows.iter() {
        let handle = row.text("HANDLE")?.to_owned();
        if row.text("STATUS")? != "A" {
            return Err(lacking(format!("piece {handle} is not AVAILABLE")));
        }
        if row.number("BYTES")? == 0 {
            return Err(lacking(format!("piece {handle} is empty")));
        }
        pieces.push(Piece { handle, tag: row.text("TAG")?.to_owned(), bytes: row.number("BYTES")? });
    }
    let known: BTreeSet<&str> = pieces.iter().map(|piece| piece.handle.as_str()).collect();
    let logged: BTreeSet<&str> = taped.handles.iter().map(String::as_str).collect();
    match known.symmetric_difference(&logged).next() {
        Some(handle) => Err(lacking(format!("piece {handle} is in only one of RMAN's log and V$BACKUP_PIECE"))),
        None if pieces.is_empty() => Err(lacking("there are no pieces".to_owned())),
        None => Ok(pieces),
    }
}

/// Both attempts met blocks that no redo makes whole: the snapshot was rejected by the second.
fn damaged(attempts: &[Taped]) -> Fault {
    let last = attempts.last().map(|taped| taped.damage.join("; ")).unwrap_or_default();
    Fault::new(Kind::External, "OFF-013", "the snapshot is rejected: blocks are damaged after the roll forward")
        .cause(last)
        .hint("it will not be used; make a new one: ovmirror backup")
}

fn lacking(why: String) -> Fault {
    Fault::new(Kind::External, "OFF-015", format!("the backup on tape is not proved: {why}"))
        .hint("the pieces of this run count as void; look at rman.log in the artifacts, then offload again")
}

impl Step<World> for Evidence {
    const KIND: &'static str = "evidence";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "looking leaves no effect to take back" };
    type Out = Proof;

    fn describe(&self) -> String {
        "compare RMAN's log and V$BACKUP_PIECE with the plan".to_owned()
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::statements(&self.0, &[sql::RMAN_PIECES, sql::RMAN_DATAFILES, sql::RMAN_REDOLOGS]))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Proof>, Fault> {
        let attempts: Vec<Taped> = cx.all::<ToTape>()?.into_iter().map(|(_, taped)| taped).collect();
        let taped = attempts.iter().rfind(|taped| taped.good).ok_or_else(|| damaged(&attempts))?;
        let release = self.0.release()?;
        let tag = [("tag", Bind::Text(taped.tag.clone()))];
        let queries = [sql::RMAN_PIECES, sql::RMAN_DATAFILES, sql::RMAN_REDOLOGS];
        let batch = queries.iter().map(|id| id.at(release, &tag)).collect::<Result<Vec<_>, _>>()?;
        let proof = self.prove(taped, &Self::sizes(cx)?, &ask::ask(cx.world, &self.0.target(), &batch)?)?;
        let folder = cx.world.artifacts_of(&run_id(cx.run)?);
        files::make_folder(&folder)?;
        files::write(&folder.join("evidence.json"), &serde_json::to_string_pretty(&proof).unwrap_or_default())?;
        Ok(Ran::Done(proof))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Proof>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Proof>) -> Result<(), Fault> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::params::testing::offload;
    use rstest::rstest;

    fn taped(blocks: &str) -> Rows {
        let columns = ["FILE#", "DATAFILE_BLOCKS", "BLOCK_SIZE", "MARKED_CORRUPT", "MEDIA_CORRUPT"];
        let row = ["1", blocks, "8192", "0", "0"].map(|text| Some(text.to_owned()));
        Rows { columns: columns.map(str::to_owned).to_vec(), rows: vec![row.to_vec()] }
    }

    /// 1,024 blocks at the survey, 1,280 when the window began.
    #[rstest]
    #[case::grown(&[(1, 10_485_760)], "1280", true)]
    #[case::grown_and_not_whole_on_tape(&[(1, 10_485_760)], "1024", false)]
    #[case::as_surveyed(&[(1, 8_388_608)], "1024", true)]
    #[case::a_journal_of_before(&[], "1024", true)]
    #[case::a_journal_of_before_and_not_whole(&[], "1280", false)]
    fn sizes_on_tape_are_those_of_the_clone(#[case] sizes: &[(u64, u64)], #[case] blocks: &str, #[case] good: bool) {
        let proof = Evidence(Arc::new(offload())).datafiles(&taped(blocks), &sizes.iter().copied().collect());
        assert_eq!(proof.is_ok(), good, "{proof:?}");
    }
}
