//! The transactions: one to eight random rows each, hot ones among them, written down before and after.

use super::{
    branch,
    log::{Ack, Begin, Intent, Line, Refused, Writer},
};
use crate::db::{
    api::{Command, Database, Done, Instance, OraError, RowChange},
    server::client::Client,
};
use chrono::{SecondsFormat, Utc};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    collections::BTreeMap,
    io,
    path::Path,
    time::{Duration, Instant},
};

/// Where transactions go.
pub trait Session {
    /// An engine command.
    fn execute(&mut self, command: &Command) -> Result<Done, OraError>;
}

impl Session for Client {
    fn execute(&mut self, command: &Command) -> Result<Done, OraError> {
        self.command(command)
    }
}

impl<T: Instance> Session for T {
    fn execute(&mut self, command: &Command) -> Result<Done, OraError> {
        Instance::execute(self, command)
    }
}

/// Every fifth row or so is one of these first ones.
const HOT_ROWS: u32 = 16;
/// Every so many-th transaction tries a row beyond those that have a place.
const TRIES_BEYOND: u32 = 16;
/// Refusals that come before anything is changed and that concern this transaction's rows alone: ORA-00372 and ORA-00376, a
/// file that is read only or offline; ORA-01653, a row without a place.
const REFUSALS: [u32; 3] = [372, 376, 1653];

/// Whether a transaction was refused because of its rows: also ORA-01109 with the file of a closed pluggable database, which is
/// no word about the instance.
fn refused(error: &OraError) -> bool {
    let codes: Vec<u32> = error.lines.iter().map(|line| line.0).collect();
    REFUSALS.contains(&codes[0]) || codes.starts_with(&[1109, 1110])
}

/// What became of a transaction that was sent.
#[derive(Debug)]
pub enum Sent {
    /// Acknowledged.
    Committed(Ack),
    /// Refused as a whole, because of its rows.
    Refused(OraError),
    /// In doubt, or refused because of the instance's state.
    Failed(OraError),
}

/// A workload.
#[derive(Debug)]
pub struct Workload {
    writer: Writer,
    random: StdRng,
    rows: u32,
    /// Rows that have a place only once a data file was added.
    beyond: u32,
    database: String,
}

impl Workload {
    /// Goes on with a log, on rows below `rows`.
    pub fn new(log: &Path, database: &Database, rows: u32, seed: u64) -> io::Result<Self> {
        let mut writer = Writer::open(log)?;
        writer.put(&Line::Begin(Begin {
            database: database.name.clone(),
            dbid: database.dbid,
            path: branch::path(database),
            at: Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true),
            seed,
        }))?;
        Ok(Self {
            writer,
            random: StdRng::seed_from_u64(seed),
            rows: rows.max(1),
            beyond: 0,
            database: database.name.clone(),
        })
    }

    /// Now and then tries one of `count` rows more, which have no place (ORA-01653) until a data file is added.
    #[must_use]
    pub fn with_beyond(self, count: u32) -> Self {
        Self { beyond: count, ..self }
    }

    /// The database's name.
    pub(super) fn database(&self) -> &str {
        &self.database
    }

    /// Commits at `rate` transactions a second until `stop` says so or the instance fails: that error is given back.
    pub fn run(
        &mut self,
        session: &mut dyn Session,
        rate: f64,
        stop: &mut dyn FnMut() -> bool,
    ) -> io::Result<Option<OraError>> {
        let pause = Duration::from_secs_f64(1.0 / rate.max(0.1));
        let mut due = Instant::now();
        while !stop() {
            if let Err(error) = self.one(session)? {
                self.note(&format!("ended: {error}"))?;
                return Ok(Some(error));
            }
            // What a slow database cost is not caught up with.
            due = (due + pause).max(Instant::now());
            while let Some(rest) = due.checked_duration_since(Instant::now()).filter(|rest| !rest.is_zero()) {
                std::thread::park_timeout(rest);
            }
        }
        Ok(None)
    }

    /// One transaction. An error that leaves it in doubt, or that will not go away, is given back.
    pub fn one(&mut self, session: &mut dyn Session) -> io::Result<Result<(), OraError>> {
        let n = self.number();
        let rows = self.chosen(n);
        Ok(match self.send(session, n, rows)? {
            Sent::Committed(_) | Sent::Refused(_) => Ok(()),
            Sent::Failed(error) => Err(error),
        })
    }

    /// The next transaction's number.
    pub(super) fn number(&mut self) -> u64 {
        self.writer.next += 1;
        self.writer.next - 1
    }

    /// Sends a transaction, written down before and after.
    pub(super) fn send(&mut self, session: &mut dyn Session, n: u64, rows: Vec<(u32, String)>) -> io::Result<Sent> {
        self.writer.put(&Line::Intent(Intent { n, rows: rows.clone() }))?;
        let changes = rows.into_iter().map(|(key, value)| RowChange { key, value }).collect();
        match session.execute(&Command::Commit(changes)) {
            Ok(Done::Committed { scn, time_us }) => {
                let ack = Ack { n, scn, time_us };
                self.writer.put(&Line::Ack(ack.clone()))?;
                Ok(Sent::Committed(ack))
            }
            Ok(other) => Err(io::Error::other(format!("a commit gave {other:?}"))),
            Err(error) if refused(&error) => {
                self.writer.put(&Line::Refused(Refused { n, error: error.to_string() }))?;
                Ok(Sent::Refused(error))
            }
            Err(error) => Ok(Sent::Failed(error)),
        }
    }

    /// Writes a note into the log.
    pub fn note(&mut self, text: &str) -> io::Result<()> {
        self.writer.put(&Line::Note(text.to_owned()))
    }

    /// One to eight rows; no value is ever used twice.
    fn chosen(&mut self, n: u64) -> Vec<(u32, String)> {
        if self.beyond > 0 && self.random.random_range(0..TRIES_BEYOND) == 0 {
            let key = self.rows + self.random.random_range(0..self.beyond);
            return vec![(key, format!("{n}.{key}.{:08x}", self.random.random::<u32>()))];
        }
        let count = self.random.random_range(1..=8_usize);
        let mut rows = BTreeMap::new();
        for _ in 0..count {
            let hot = self.random.random_range(0..5) == 0;
            let key = self.random.random_range(0..if hot { HOT_ROWS.min(self.rows) } else { self.rows });
            rows.insert(key, format!("{n}.{key}.{:08x}", self.random.random::<u32>()));
        }
        rows.into_iter().collect()
    }
}
