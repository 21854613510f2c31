//! The journal: one event, its projection and the commit are one transaction.

use super::{Store, error::sql, projection, statement};
use crate::{
    engine::{Event, FORMAT, Journal, Record, RunEvent, decode},
    fault::{Fault, Kind},
    model::RunId,
};
use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Row, Transaction, TransactionBehavior};

/// An event as it is stored.
pub(super) struct Stored {
    pub run: String,
    pub seq: i64,
    pub record: Record,
}

/// A time as the store and JSON write it.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

impl Journal for Store {
    fn append(&self, run: &RunId, record: &Record) -> Result<(), Fault> {
        self.check_header(record)?;
        self.crash.before();
        let tx = self.begin()?;
        check_number(&tx, run, record)?;
        let seq: i64 = tx.query_row(statement::NEXT_SEQ, [], |row| row.get(0)).map_err(sql("read the journal"))?;
        let stored = Stored { run: run.to_string(), seq, record: record.clone() };
        insert(&tx, &stored)?;
        projection::project(&tx, &stored)?;
        tx.commit().map_err(sql("commit to the journal"))?;
        self.crash.after();
        Ok(())
    }

    fn read(&self, run: &RunId) -> Result<Vec<Record>, Fault> {
        let mut query = self.conn.prepare_cached(statement::READ_EVENTS).map_err(sql("read the journal"))?;
        let rows = query.query_map([run.as_str()], |row| columns(row, 0)).map_err(sql("read the journal"))?;
        rows.map(|row| record(row.map_err(sql("read the journal"))?)).collect()
    }
}

impl Store {
    /// Builds the catalog and the list of runs again from the events.
    pub fn rebuild_projection(&self) -> Result<(), Fault> {
        let events = self.all_events()?;
        let tx = self.begin()?;
        tx.execute_batch(statement::CLEAR_PROJECTION).map_err(sql("clear the catalog"))?;
        events.iter().try_for_each(|event| projection::project(&tx, event))?;
        tx.commit().map_err(sql("commit the catalog"))
    }

    /// A transaction that has the write lock from the start, so that two writers queue and do not collide.
    fn begin(&self) -> Result<Transaction<'_>, Fault> {
        Transaction::new_unchecked(&self.conn, TransactionBehavior::Immediate).map_err(sql("lock the store"))
    }

    fn all_events(&self) -> Result<Vec<Stored>, Fault> {
        let mut query = self.conn.prepare(statement::ALL_EVENTS).map_err(sql("read the journal"))?;
        let rows = query
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, columns(row, 2)?)))
            .map_err(sql("read the journal"))?;
        rows.map(|row| {
            let (run, seq, columns) = row.map_err(sql("read the journal"))?;
            Ok(Stored { run, seq, record: record(columns)? })
        })
        .collect()
    }

    fn check_header(&self, record: &Record) -> Result<(), Fault> {
        match &record.event {
            Event::Run(RunEvent::Run(header)) if header.simulated != self.simulated => Err(self.mixed()),
            _ => Ok(()),
        }
    }
}

fn check_number(tx: &Transaction<'_>, run: &RunId, record: &Record) -> Result<(), Fault> {
    let count: i64 =
        tx.query_row(statement::COUNT_EVENTS, [run.as_str()], |row| row.get(0)).map_err(sql("read the journal"))?;
    if u64::try_from(count) == Ok(record.n) {
        return Ok(());
    }
    let text = format!("record {} of run {run} cannot be kept: the journal has {count}", record.n);
    Err(Fault::new(Kind::Bug, "JRN-008", text).hint("another process may have gone on with this run; look at it first"))
}

fn insert(tx: &Transaction<'_>, stored: &Stored) -> Result<(), Fault> {
    let body = serde_json::to_string(&stored.record.event)
        .map_err(|error| Fault::new(Kind::Bug, "JRN-009", "a record cannot be written").cause(error.to_string()))?;
    let n = number("record number", stored.record.n)?;
    tx.execute(statement::ADD_EVENT, (&stored.run, n, stored.seq, time(stored.record.at), FORMAT, body))
        .map(drop)
        .map_err(sql("write to the journal"))
}

/// SQLite's and PostgreSQL's integers have a sign.
pub(super) fn number(what: &str, value: u64) -> Result<i64, Fault> {
    i64::try_from(value)
        .map_err(|_| Fault::new(Kind::Bug, "STO-007", format!("{what} {value} is too large for the store")))
}

type Columns = (i64, String, u32, String);

fn columns(row: &Row<'_>, from: usize) -> rusqlite::Result<Columns> {
    Ok((row.get(from)?, row.get(from + 1)?, row.get(from + 2)?, row.get(from + 3)?))
}

fn record((n, at, format, body): Columns) -> Result<Record, Fault> {
    let n = u64::try_from(n).map_err(|error| super::error::unreadable("a record number", &n.to_string(), error))?;
    let at = at.parse().map_err(|error| super::error::unreadable("a time", &at, error))?;
    Ok(Record { n, at, event: decode(format, n, &body)? })
}
