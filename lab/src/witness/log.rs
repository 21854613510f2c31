//! The witness log: one JSON value per line, only ever appended to.
//!
//! ```text
//! {"begin":{"database":"ORCL","dbid":1,"resetlogs_change":1,"at":"…","seed":7}}   a workload found this incarnation
//! {"intent":{"n":7,"rows":[[12,"value"]]}}                                        before the commit is sent
//! {"ack":{"n":7,"scn":900,"time_us":1}}                                           after its answer
//! {"refused":{"n":7,"error":"ORA-00372: …"}}                                      the database did not do it
//! {"note":"…"}
//! ```
//!
//! Each line is one write, so that a reader sees everything that is acknowledged, also when the writer is killed. An intent
//! without an answer is in doubt: the database has all of it or nothing.

use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
};

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// The workload connected.
    Begin(Begin),
    /// A transaction is about to be sent.
    Intent(Intent),
    /// It was acknowledged.
    Ack(Ack),
    /// It was refused as a whole.
    Refused(Refused),
    /// Anything worth knowing.
    Note(String),
}

/// Which database, in which incarnation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Begin {
    pub database: String,
    pub dbid: u32,
    pub resetlogs_change: u64,
    pub at: String,
    pub seed: u64,
}

/// A transaction's number and rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Intent {
    pub n: u64,
    pub rows: Vec<(u32, String)>,
}

/// What the database answered: SCN, and microseconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Ack {
    pub n: u64,
    pub scn: u64,
    pub time_us: i64,
}

/// A refusal from before anything was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Refused {
    pub n: u64,
    pub error: String,
}

/// What became of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Committed at this SCN.
    Committed(u64),
    /// Not done.
    Refused,
    /// No answer: there as a whole or not at all.
    Doubt,
}

/// A transaction as the log knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Its number.
    pub n: u64,
    /// RESETLOGS_CHANGE# of the incarnation it was sent to.
    pub incarnation: u64,
    /// Its rows.
    pub rows: Vec<(u32, String)>,
    /// What became of it.
    pub outcome: Outcome,
}

/// A log that is written.
#[derive(Debug)]
pub struct Writer {
    file: File,
    /// The number of the next transaction.
    pub next: u64,
}

impl Writer {
    /// Opens or makes a log, and goes on with its numbers. A last line that was cut off is taken away: what it says
    /// was not sent, or its answer is in doubt.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
        mend(&mut file)?;
        let next = transactions(path)?.last().map_or(1, |t| t.n + 1);
        Ok(Self { file, next })
    }

    /// Appends a line.
    pub fn put(&mut self, line: &Line) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.file.write_all(&bytes)
    }
}

fn mend(file: &mut File) -> io::Result<()> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    if whole < bytes.len() { file.set_len(whole as u64) } else { Ok(()) }
}

/// Every line. A last line that is not yet whole is left out; any other line that cannot be read is an error that shows it.
pub fn lines(path: &Path) -> io::Result<Vec<Line>> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let mut found = Vec::new();
    let mut reader = BufReader::new(File::open(path).map_err(named)?);
    let mut text = String::new();
    while reader.read_line(&mut text).map_err(named)? > 0 {
        match serde_json::from_str(&text) {
            Ok(line) => found.push(line),
            Err(_) if !text.ends_with('\n') => {}
            Err(error) => return Err(named(io::Error::other(format!("{error}: {}", text.trim_end())))),
        }
        text.clear();
    }
    Ok(found)
}

/// Every transaction in the order in which they were sent.
pub fn transactions(path: &Path) -> io::Result<Vec<Transaction>> {
    let mut all: Vec<Transaction> = Vec::new();
    let mut places: HashMap<u64, usize> = HashMap::new();
    let mut incarnation = 0;
    for line in lines(path)? {
        let (n, outcome) = match line {
            Line::Begin(begin) => {
                incarnation = begin.resetlogs_change;
                continue;
            }
            Line::Intent(Intent { n, rows }) => {
                places.insert(n, all.len());
                all.push(Transaction { n, incarnation, rows, outcome: Outcome::Doubt });
                continue;
            }
            Line::Ack(ack) => (ack.n, Outcome::Committed(ack.scn)),
            Line::Refused(refused) => (refused.n, Outcome::Refused),
            Line::Note(_) => continue,
        };
        let place = places.get(&n).ok_or_else(|| {
            io::Error::other(format!("{}: transaction {n} is answered but was never sent", path.display()))
        })?;
        all[*place].outcome = outcome;
    }
    Ok(all)
}

/// The incarnations of the log (RESETLOGS_CHANGE#) that lead to its last one, oldest first.
pub fn lineage(path: &Path) -> io::Result<Vec<u64>> {
    let mut path_there: Vec<u64> = Vec::new();
    for line in lines(path)? {
        if let Line::Begin(begin) = line {
            path_there.retain(|change| *change < begin.resetlogs_change);
            path_there.push(begin.resetlogs_change);
        }
    }
    Ok(path_there)
}

/// The log's place in the folder that a site's hosts share.
#[must_use]
pub fn path_in(shared: &Path, sid: &str) -> PathBuf {
    shared.join("witness").join(format!("{sid}.log"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(change: u64) -> Line {
        Line::Begin(Begin { database: "ORCL".into(), dbid: 1, resetlogs_change: change, at: String::new(), seed: 0 })
    }

    #[test]
    fn a_log_is_continued_after_a_half_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut writer = Writer::open(&path).unwrap();
        writer.put(&begin(5)).unwrap();
        writer.put(&Line::Intent(Intent { n: 1, rows: vec![(1, "a".into())] })).unwrap();
        writer.put(&Line::Ack(Ack { n: 1, scn: 9, time_us: 0 })).unwrap();
        writer.put(&Line::Intent(Intent { n: 2, rows: vec![] })).unwrap();
        writer.file.write_all(b"{\"note\":\"cut in a te").unwrap();
        let mut writer = Writer::open(&path).unwrap();
        assert_eq!(writer.next, 3);
        writer.put(&Line::Note("again".into())).unwrap();
        let outcomes: Vec<_> = transactions(&path).unwrap().iter().map(|t| t.outcome).collect();
        assert_eq!(outcomes, [Outcome::Committed(9), Outcome::Doubt]);
        assert_eq!(lines(&path).unwrap().len(), 5);
    }

    #[test]
    fn a_line_that_means_nothing_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, "{\"ack\":{\"n\":\"x\"}}\n").unwrap();
        assert!(lines(&path).unwrap_err().to_string().contains("\"x\""));
        std::fs::write(&path, "{\"ack\":{\"n\":4,\"scn\":1,\"time_us\":1}}\n").unwrap();
        assert!(transactions(&path).unwrap_err().to_string().contains("transaction 4"));
    }

    #[test]
    fn the_lineage_forgets_what_was_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut writer = Writer::open(&path).unwrap();
        for change in [5, 5, 80, 120, 80, 200] {
            writer.put(&begin(change)).unwrap();
        }
        assert_eq!(lineage(&path).unwrap(), [5, 80, 200]);
    }
}
