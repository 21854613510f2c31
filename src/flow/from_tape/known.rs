//! What the control file knows of its run's pieces. All of them must be AVAILABLE, and every datafile that is wanted in
//! one of them, whole (law 11): else nothing is begun.

use super::{
    params::{TapeParams, TapedFile, TapedFiles},
    preview,
};
use crate::{
    catalog::Piece,
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    model::{Scn, rman_tag},
    port::{Bind, Rows},
    step::{World, gather, preview::told, sql as ask},
    survey::DataFile,
    text::sql,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct Known(pub Arc<TapeParams>);

/// An archived log on tape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapedLog {
    /// THREAD#
    pub thread: u64,
    /// SEQUENCE#
    pub sequence: u64,
    /// FIRST_CHANGE#
    pub first: Scn,
    /// NEXT_CHANGE#
    pub next: Scn,
}

/// The step's output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownPieces {
    /// Tag of the good attempt.
    pub tag: String,
    /// Its pieces.
    pub pieces: Vec<Piece>,
    /// Datafiles in them.
    pub files: TapedFiles,
    /// Archived logs in them.
    pub logs: Vec<TapedLog>,
    /// The datafiles that the control file names.
    pub datafiles: Vec<DataFile>,
    /// RESETLOGS_CHANGE# of its incarnation.
    pub resetlogs: Scn,
    /// RESETLOGS_TIME
    pub resetlogs_time: String,
}

impl Known {
    /// The tag that the store knows, or those that the run's attempts have, the last one first.
    fn tags(&self) -> Vec<String> {
        match &self.0.tag {
            Some(tag) => vec![tag.clone()],
            None => [2, 1].map(|attempt| rman_tag(&self.0.writer, attempt)).to_vec(),
        }
    }

    fn ask(&self, cx: &Cx<'_, World>, tag: &str) -> Result<KnownPieces, Fault> {
        let (clone, release) = (&self.0.clone, self.0.clone.release()?);
        let bind = [("tag", Bind::Text(tag.to_owned()))];
        let batch = [
            sql::RMAN_PIECES.at(release, &bind)?,
            sql::RMAN_DATAFILES.at(release, &bind)?,
            sql::RMAN_REDOLOGS.at(release, &bind)?,
            sql::FILES_DATA.at(release, &[])?,
            sql::DATABASE_IDENTITY.at(release, &[])?,
        ];
        let rows = ask::ask(cx.world, &clone.target(), &batch)?;
        let [pieces, files, logs, datafiles, identity] = rows.as_slice() else {
            return Err(self.lacking(tag, "the control file did not answer".to_owned()));
        };
        let identity = identity.one()?;
        Ok(KnownPieces {
            tag: tag.to_owned(),
            pieces: self.pieces(tag, pieces)?,
            files: self.files(tag, files)?,
            logs: taped_logs(logs)?,
            datafiles: gather::datafiles(datafiles)?,
            resetlogs: identity.scn("RESETLOGS_CHANGE#")?,
            resetlogs_time: identity.text("RESETLOGS_TIME")?.to_owned(),
        })
    }

    fn pieces(&self, tag: &str, rows: &Rows) -> Result<Vec<Piece>, Fault> {
        let mut pieces = Vec::new();
        for row in rows.iter() {
            let handle = row.text("HANDLE")?.to_owned();
            if row.text("STATUS")? != "A" {
                return Err(self.lacking(tag, format!("piece {handle} is not AVAILABLE")));
            }
            pieces.push(Piece { handle, tag: tag.to_owned(), bytes: row.number("BYTES")? });
        }
        Ok(pieces)
    }

    fn files(&self, tag: &str, rows: &Rows) -> Result<TapedFiles, Fault> {
        let mut files = TapedFiles::new();
        for row in rows.iter().filter(|row| row.get("FILE#") != Ok(Some("0"))) {
            let file = row.number("FILE#")?;
            if row.number("MARKED_CORRUPT")? + row.number("MEDIA_CORRUPT")? > 0 {
                return Err(self.lacking(tag, format!("datafile {file} has corrupt blocks there")));
            }
            let taped = TapedFile {
                checkpoint: row.scn("CHECKPOINT_CHANGE#")?,
                resetlogs: row.scn("RESETLOGS_CHANGE#")?,
                bytes: row.number("DATAFILE_BLOCKS")? * row.number("BLOCK_SIZE")?,
            };
            files.insert(file, taped);
        }
        Ok(files)
    }

    /// Every wanted file is there; where the store knows the incarnation, it is the same.
    fn judge(&self, known: KnownPieces) -> Result<KnownPieces, Fault> {
        let clone = &self.0.clone;
        let incarnation = clone.surveyed.identity.resetlogs_change;
        if self.0.tag.is_some() && known.resetlogs != incarnation {
            let why = format!("its incarnation began at {}, the snapshot's at {incarnation}", known.resetlogs);
            return Err(self.lacking(&known.tag, why));
        }
        let wanted: Vec<u64> = match &self.0.tag {
            Some(_) => clone.wanted_files().map(|file| file.number).collect(),
            // Without a record: what the control file itself has online.
            None => known.datafiles.iter().filter(|f| !f.is_left_out(&clone.skip)).map(|file| file.number).collect(),
        };
        match wanted.into_iter().find(|file| !known.files.contains_key(file)) {
            Some(file) => Err(self.lacking(&known.tag, format!("datafile {file} is in no piece"))),
            None => Ok(known),
        }
    }

    fn lacking(&self, tag: &str, why: String) -> Fault {
        Fault::new(
            Kind::External,
            "TAP-003",
            format!("the tape of run {} cannot be used ({tag}): {why}", self.0.writer),
        )
        .hint("choose another snapshot whose tape is ok: ovmirror list")
        .on(&self.0.clone.media.host)
    }
}

fn taped_logs(rows: &Rows) -> Result<Vec<TapedLog>, Fault> {
    let log = |row: crate::port::Row<'_>| {
        Ok(TapedLog {
            thread: row.number("THREAD#")?,
            sequence: row.number("SEQUENCE#")?,
            first: row.scn("FIRST_CHANGE#")?,
            next: row.scn("NEXT_CHANGE#")?,
        })
    };
    rows.iter().map(log).collect()
}

impl Step<World> for Known {
    const KIND: &'static str = "tape_known";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "looking leaves no effect to take back" };
    type Out = KnownPieces;

    fn describe(&self) -> String {
        "see that every datafile is in an AVAILABLE piece".to_owned()
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::statements(
            &self.0,
            &[sql::RMAN_PIECES, sql::RMAN_DATAFILES, sql::RMAN_REDOLOGS, sql::FILES_DATA],
        ))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<KnownPieces>, Fault> {
        let mut last = None;
        for tag in self.tags() {
            let known = self.ask(cx, &tag)?;
            if known.pieces.is_empty() {
                last = Some(self.lacking(&tag, "the control file knows no piece of it".to_owned()));
                continue;
            }
            return self.judge(known).map(Ran::Done);
        }
        Err(last.unwrap_or_else(|| Fault::new(Kind::Bug, "TAP-004", "there is no tag to look for")))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<KnownPieces>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&KnownPieces>) -> Result<(), Fault> {
        Ok(())
    }
}
