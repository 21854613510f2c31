//! Reading the projection.

use super::{
    Disk, Piece, SnapshotRecord, Store, Tape,
    error::{sql, unreadable},
    statement,
};
use crate::{
    engine::{Journal, RunState, fold},
    fault::Fault,
    model::{DbName, RunId},
};
use chrono::{DateTime, Utc};
use rusqlite::{Row, ToSql, types::FromSql};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{fmt::Display, str::FromStr};

/// A run as its row tells; `state` does not know whether the process lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Its id.
    pub id: RunId,
    /// The database.
    pub database: DbName,
    /// The flow.
    pub flow: String,
    /// `running`, `unwinding`, `done`, `undone` or `stuck`.
    pub state: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended, if it has.
    pub ended_at: Option<DateTime<Utc>>,
    /// The step that began last.
    pub step: Option<String>,
    /// Whether it ran on a lab.
    pub simulated: bool,
}

impl Store {
    /// The snapshots of one database or of all, the last recorded first. The order is that of our records, not of
    /// clocks (law 15).
    pub fn snapshots(&self, database: Option<&DbName>) -> Result<Vec<SnapshotRecord>, Fault> {
        let mut found = self.rows(statement::SNAPSHOTS, database.map(DbName::as_str), snapshot)?;
        for made in &mut found {
            let id = Some(made.id.as_str());
            let disks = self.rows(statement::DISKS, id, disk)?;
            let pieces = self.rows(statement::PIECES, id, piece)?;
            let files = self.rows(statement::FILES_OF, id, |row| row.json("body"))?;
            let logs = self.rows(statement::LOGS, id, |row| row.json("body"))?;
            (made.disks, made.pieces, made.files, made.logs) = (disks, pieces, files, logs);
        }
        Ok(found)
    }

    /// The runs of one database or of all, the last begun first.
    pub fn runs(&self, database: Option<&DbName>) -> Result<Vec<RunRow>, Fault> {
        self.rows(statement::RUNS, database.map(DbName::as_str), run)
    }

    /// What the journal tells of a run, step by step.
    pub fn run_state(&self, run: &RunId) -> Result<RunState, Fault> {
        fold(&self.read(run)?)
    }

    /// Every row of a statement with one bind.
    pub(super) fn rows<T>(
        &self,
        statement: &str,
        bind: impl ToSql,
        read: impl Fn(&Reader<'_, '_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut query = self.conn.prepare_cached(statement).map_err(sql("read the store"))?;
        let mut rows = query.query([bind]).map_err(sql("read the store"))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(sql("read the store"))? {
            found.push(read(&Reader(row))?);
        }
        Ok(found)
    }
}

/// A row whose texts are checked as they are taken out.
pub(super) struct Reader<'r, 's>(&'r Row<'s>);

impl Reader<'_, '_> {
    pub fn get<T: FromSql>(&self, column: &str) -> Result<T, Fault> {
        self.0.get(column).map_err(sql("read the store"))
    }

    pub fn parsed<T: FromStr<Err: Display>>(&self, column: &str) -> Result<T, Fault> {
        let text: String = self.get(column)?;
        text.parse().map_err(|error| unreadable(column, &text, error))
    }

    pub fn maybe<T: FromStr<Err: Display>>(&self, column: &str) -> Result<Option<T>, Fault> {
        let text: Option<String> = self.get(column)?;
        text.map(|text| text.parse().map_err(|error| unreadable(column, &text, error))).transpose()
    }

    pub fn unsigned(&self, column: &str) -> Result<u64, Fault> {
        let number: i64 = self.get(column)?;
        u64::try_from(number).map_err(|error| unreadable(column, &number.to_string(), error))
    }

    fn json(&self, column: &str) -> Result<Value, Fault> {
        let text: String = self.get(column)?;
        serde_json::from_str(&text).map_err(|error| unreadable(column, &text, error))
    }

    fn word<T: DeserializeOwned>(&self, column: &str) -> Result<T, Fault> {
        let text: String = self.get(column)?;
        serde_json::from_value(Value::String(text.clone())).map_err(|error| unreadable(column, &text, error))
    }
}

fn run(row: &Reader<'_, '_>) -> Result<RunRow, Fault> {
    Ok(RunRow {
        id: row.parsed("id")?,
        database: row.parsed("database")?,
        flow: row.get("flow")?,
        state: row.get("state")?,
        started_at: row.parsed("started_at")?,
        ended_at: row.maybe("ended_at")?,
        step: row.get("step")?,
        simulated: row.get("simulated")?,
    })
}

fn snapshot(row: &Reader<'_, '_>) -> Result<SnapshotRecord, Fault> {
    Ok(SnapshotRecord {
        id: row.parsed("id")?,
        database: row.parsed("database")?,
        dbid: row.unsigned("dbid")?,
        resetlogs_change: row.parsed("resetlogs_change")?,
        begin_scn: row.parsed("begin_scn")?,
        end_scn: row.parsed("end_scn")?,
        begun_at: row.parsed("begun_at")?,
        ended_at: row.parsed("ended_at")?,
        window_ms: row.unsigned("window_ms")?,
        clone_job_ms: row.unsigned("clone_job_ms")?,
        state: row.word("state")?,
        tape: tape(row)?,
        drilled_at: row.maybe("drilled_at")?,
        pinned: row.get("pinned")?,
        disks: Vec::new(),
        files: Vec::new(),
        logs: Vec::new(),
        pieces: Vec::new(),
        layout: row.json("layout")?,
    })
}

fn tape(row: &Reader<'_, '_>) -> Result<Tape, Fault> {
    Ok(Tape {
        state: row.word("tape_state")?,
        pieces: row.unsigned("tape_pieces")?,
        bytes: row.unsigned("tape_bytes")?,
        finished_at: row.maybe("tape_finished_at")?,
    })
}

fn disk(row: &Reader<'_, '_>) -> Result<Disk, Fault> {
    Ok(Disk { slot: row.get("slot")?, role: row.get("role")?, id: row.get("id")?, bytes: row.unsigned("bytes")? })
}

fn piece(row: &Reader<'_, '_>) -> Result<Piece, Fault> {
    Ok(Piece { handle: row.get("handle")?, tag: row.get("tag")?, bytes: row.unsigned("bytes")? })
}
