//! The witness log: one JSON value per line, only ever appended to.
//!
//! ```text
//! {"begin":{"database":"ORCL","dbid":1,"path":[[1,5]],"at":"…","seed":7}}         found on these incarnations, oldest first
//! {"intent":{"n":7,"rows":[[12,"value"]]}}                                        before the commit is sent
//! {"ack":{"n":7,"scn":900,"time_us":1}}                                           after its answer
//! {"refused":{"n":7,"error":"ORA-00372: …"}}                                      the database did not do it
//! {"note":"…"}
//! ```
//!
//! Each line is one write, so that a reader sees everything that is acknowledged, also when the writer is killed. An intent
//! without an answer is in doubt: the database has all of it or nothing.

use super::branch::Branch;
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
    /// The incarnations up to the present one, oldest first.
    pub path: Vec<Branch>,
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

impl Outcome {
    /// Its SCN, where it is known.
    #[must_use]
    pub const fn scn(self) -> Option<u64> {
        match self {
            Self::Committed(scn) => Some(scn),
            Self::Refused | Self::Doubt => None,
        }
    }
}

/// A transaction as the log knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Its number.
    pub n: u64,
    /// The incarnation it was sent to.
    pub branch: Branch,
    /// The last SCN that this incarnation had acknowledged before: its own is greater.
    pub after: u64,
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
        let next = transactions(path)?.iter().map(|t| t.n + 1).max().unwrap_or(1);
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
    let mut history = History::default();
    for line in lines(path)? {
        history.take(line).map_err(|n| {
            io::Error::other(format!("{}: transaction {n} is answered but was never sent", path.display()))
        })?;
    }
    Ok(history.all)
}

#[derive(Default)]
struct History {
    all: Vec<Transaction>,
    places: HashMap<u64, usize>,
    branch: Branch,
    /// The highest acknowledged SCN of each incarnation.
    acknowledged: HashMap<Branch, u64>,
}

impl History {
    /// Takes a line; `Err`: the number of a transaction that was answered but never sent.
    fn take(&mut self, line: Line) -> Result<(), u64> {
        match line {
            Line::Begin(begin) => self.branch = begin.path.last().copied().unwrap_or_default(),
            Line::Intent(Intent { n, rows }) => {
                self.places.insert(n, self.all.len());
                let after = self.acknowledged.get(&self.branch).copied().unwrap_or(0);
                self.all.push(Transaction { n, branch: self.branch, after, rows, outcome: Outcome::Doubt });
            }
            Line::Ack(ack) => {
                let sent = self.sent(ack.n)?;
                sent.outcome = Outcome::Committed(ack.scn);
                let branch = sent.branch;
                let highest = self.acknowledged.entry(branch).or_default();
                *highest = ack.scn.max(*highest);
            }
            Line::Refused(refused) => self.sent(refused.n)?.outcome = Outcome::Refused,
            Line::Note(_) => {}
        }
        Ok(())
    }

    fn sent(&mut self, n: u64) -> Result<&mut Transaction, u64> {
        let place = self.places.get(&n).ok_or(n)?;
        self.all.get_mut(*place).ok_or(n)
    }
}

/// The incarnations that led to the last one that a workload found, oldest first.
pub fn path_of(log: &Path) -> io::Result<Vec<Branch>> {
    let last = lines(log)?.into_iter().rev().find_map(|line| match line {
        Line::Begin(begin) => Some(begin.path),
        _ => None,
    });
    Ok(last.unwrap_or_default())
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
        let path = vec![Branch::new(1, 1), Branch::new(change, 2)];
        Line::Begin(Begin { database: "ORCL".into(), dbid: 1, path, at: String::new(), seed: 0 })
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
    fn a_transaction_knows_its_branch_and_what_went_before_on_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut writer = Writer::open(&path).unwrap();
        // Old branch, new branch, and back by an undo.
        for (n, change, scn) in [(1, 5, 10), (2, 9, 12), (3, 5, 11), (4, 5, 30)] {
            writer.put(&begin(change)).unwrap();
            writer.put(&Line::Intent(Intent { n, rows: vec![] })).unwrap();
            writer.put(&Line::Ack(Ack { n, scn, time_us: 0 })).unwrap();
        }
        let seen: Vec<_> = transactions(&path).unwrap().iter().map(|t| (t.branch.change, t.after)).collect();
        assert_eq!(seen, [(5, 0), (9, 0), (5, 10), (5, 11)]);
        assert_eq!(path_of(&path).unwrap(), [Branch::new(1, 1), Branch::new(5, 2)]);
        assert_eq!(Writer::open(&path).unwrap().next, 5);
    }
}
