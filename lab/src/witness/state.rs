//! What the rows must be at an SCN. The table begins empty, as `db::create` makes it.

use super::log::{self, Outcome, Transaction};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io,
    path::Path,
};

/// The outcome of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether every row is what it must be.
    pub equal: bool,
    /// How many transactions the expected state is made of.
    pub transactions: u64,
    /// Names the first wrong transaction: the oldest whose row is not as it must be.
    pub first_difference: Option<String>,
}

/// The rows after every acknowledged transaction up to and with `scn` on the way to the log's last incarnation; transactions
/// in doubt are left out.
pub fn state_at(log: &Path, scn: u64) -> io::Result<BTreeMap<u32, String>> {
    let (all, lineage) = (log::transactions(log)?, log::lineage(log)?);
    let judge = Judge::new(&all, scn, &lineage, &BTreeMap::new());
    Ok(judge.expected().into_iter().map(|(key, (value, _))| (key, value.to_owned())).collect())
}

/// Compares rows with the log at `scn` (inclusive). `lineage`: RESETLOGS_CHANGE# of the incarnations up to the compared one,
/// oldest first; without it those of the log. What was committed in an incarnation beyond the point where the next one began,
/// or in one that is not on the way, must not be there. A transaction in doubt may be there as a whole or not at all: it
/// counts as there if any of its values is found, since no value is ever used twice.
pub fn compare(actual: &BTreeMap<u32, String>, log: &Path, scn: u64, lineage: Option<&[u64]>) -> io::Result<Verdict> {
    let all = log::transactions(log)?;
    let of_log = log::lineage(log)?;
    Ok(judge(actual, &all, scn, lineage.unwrap_or(&of_log)))
}

fn judge(actual: &BTreeMap<u32, String>, all: &[Transaction], scn: u64, lineage: &[u64]) -> Verdict {
    let judge = Judge::new(all, scn, lineage, actual);
    let first_difference = judge.first_difference(actual);
    let transactions = all.iter().filter(|t| judge.counts(t)).count() as u64;
    Verdict { equal: first_difference.is_none(), transactions, first_difference }
}

struct Judge<'a> {
    all: &'a [Transaction],
    scn: u64,
    lineage: &'a [u64],
    /// Transactions in doubt of which something was found.
    there: BTreeSet<u64>,
    /// Who wrote a value.
    writers: HashMap<(u32, &'a str), &'a Transaction>,
}

impl<'a> Judge<'a> {
    fn new(all: &'a [Transaction], scn: u64, lineage: &'a [u64], actual: &BTreeMap<u32, String>) -> Self {
        let found = |t: &&Transaction| t.rows.iter().any(|(key, value)| actual.get(key) == Some(value));
        let doubts = all.iter().filter(|t| t.outcome == Outcome::Doubt && lineage.contains(&t.incarnation));
        let writers = all.iter().flat_map(|t| t.rows.iter().map(move |(key, value)| ((*key, value.as_str()), t)));
        Self { all, scn, lineage, there: doubts.filter(found).map(|t| t.n).collect(), writers: writers.collect() }
    }

    /// Whether a transaction is part of the expected state.
    fn counts(&self, transaction: &Transaction) -> bool {
        match transaction.outcome {
            Outcome::Committed(scn) => scn <= self.scn && self.on_the_way(transaction.incarnation, scn),
            Outcome::Doubt => self.there.contains(&transaction.n),
            Outcome::Refused => false,
        }
    }

    fn on_the_way(&self, incarnation: u64, scn: u64) -> bool {
        let place = self.lineage.iter().position(|change| *change == incarnation);
        place.is_some_and(|place| self.lineage.get(place + 1).is_none_or(|next| scn < *next))
    }

    /// Value and transaction of each row.
    fn expected(&self) -> BTreeMap<u32, (&'a str, &'a Transaction)> {
        let counted = self.all.iter().filter(|t| self.counts(t));
        counted.flat_map(|t| t.rows.iter().map(move |(key, value)| (*key, (value.as_str(), t)))).collect()
    }

    fn first_difference(&self, actual: &BTreeMap<u32, String>) -> Option<String> {
        let expected = self.expected();
        let missing = expected.iter().filter(|(key, (value, _))| actual.get(key).map(String::as_str) != Some(value));
        let missing = missing.map(|(key, (value, t))| (t.n, self.lost(*key, value, t, actual.get(key))));
        let foreign = actual.iter().filter(|(key, _)| !expected.contains_key(key));
        let foreign = foreign.map(|(key, value)| {
            let n = self.writers.get(&(*key, value.as_str())).map_or(u64::MAX, |t| t.n);
            (n, format!("row {key} must be empty, is `{value}` {}", self.writer(*key, value)))
        });
        missing.chain(foreign).min().map(|(_, text)| text)
    }

    fn lost(&self, key: u32, value: &str, by: &Transaction, is: Option<&String>) -> String {
        let have = is.map_or("missing".to_owned(), |is| format!("`{is}` {}", self.writer(key, is)));
        format!("{}: row {key} must be `{value}`, is {have}", self.named(by))
    }

    fn writer(&self, key: u32, value: &str) -> String {
        let by = self.writers.get(&(key, value));
        by.map_or_else(|| "of no transaction of the workload".into(), |t| format!("of {}", self.named(t)))
    }

    fn named(&self, t: &Transaction) -> String {
        let n = t.n;
        match t.outcome {
            Outcome::Committed(at) if !self.lineage.contains(&t.incarnation) => {
                format!("transaction {n} (SCN {at}, in another incarnation)")
            }
            Outcome::Committed(at) if !self.counts(t) => format!("transaction {n} (SCN {at}, from the future)"),
            Outcome::Committed(at) => format!("transaction {n} (SCN {at})"),
            Outcome::Doubt => format!("transaction {n} (in doubt: all of it or nothing)"),
            Outcome::Refused => format!("transaction {n} (refused)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn transaction(n: u64, incarnation: u64, rows: &[(u32, &str)], outcome: Outcome) -> Transaction {
        let rows = rows.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
        Transaction { n, incarnation, rows, outcome }
    }

    fn history() -> Vec<Transaction> {
        vec![
            transaction(1, 1, &[(1, "a1"), (2, "a2")], Outcome::Committed(100)),
            transaction(2, 1, &[(2, "b2"), (3, "b3")], Outcome::Committed(110)),
            transaction(3, 1, &[(1, "c1"), (4, "c4")], Outcome::Doubt),
            transaction(4, 1, &[(4, "d4")], Outcome::Committed(130)),
            transaction(5, 1, &[(5, "e5")], Outcome::Refused),
        ]
    }

    fn rows(rows: &[(u32, &str)]) -> BTreeMap<u32, String> {
        rows.iter().map(|(key, value)| (*key, (*value).to_owned())).collect()
    }

    #[rstest]
    #[case::at_the_commit(110, &[(1, "a1"), (2, "b2"), (3, "b3")], true)]
    #[case::before_it(109, &[(1, "a1"), (2, "a2")], true)]
    #[case::doubt_there(110, &[(1, "c1"), (2, "b2"), (3, "b3"), (4, "c4")], true)]
    #[case::doubt_by_half(110, &[(1, "c1"), (2, "b2"), (3, "b3")], false)]
    #[case::doubt_overwritten(130, &[(1, "c1"), (2, "b2"), (3, "b3"), (4, "d4")], true)]
    #[case::doubt_not_there(130, &[(1, "a1"), (2, "b2"), (3, "b3"), (4, "d4")], true)]
    #[case::lost(110, &[(1, "a1"), (2, "a2")], false)]
    #[case::too_new(109, &[(1, "a1"), (2, "b2"), (3, "b3")], false)]
    #[case::foreign(100, &[(1, "a1"), (2, "a2"), (9, "x")], false)]
    #[case::refused(130, &[(1, "a1"), (2, "b2"), (3, "b3"), (4, "d4"), (5, "e5")], false)]
    fn comparison(#[case] scn: u64, #[case] found: &[(u32, &str)], #[case] equal: bool) {
        assert_eq!(judge(&rows(found), &history(), scn, &[1]).equal, equal);
    }

    #[rstest]
    #[case::lost(110, &[(1, "a1"), (2, "a2")],
        "transaction 2 (SCN 110): row 2 must be `b2`, is `a2` of transaction 1 (SCN 100)")]
    #[case::missing(100, &[(1, "a1")], "transaction 1 (SCN 100): row 2 must be `a2`, is missing")]
    #[case::future(109, &[(1, "a1"), (2, "a2"), (4, "d4")],
        "row 4 must be empty, is `d4` of transaction 4 (SCN 130, from the future)")]
    fn the_wrong_transaction_is_named(#[case] scn: u64, #[case] found: &[(u32, &str)], #[case] text: &str) {
        assert_eq!(judge(&rows(found), &history(), scn, &[1]).first_difference.unwrap(), text);
    }

    #[test]
    fn what_lies_beyond_a_resetlogs_must_not_be_there() {
        let mut all = history();
        all.push(transaction(6, 105, &[(1, "f1")], Outcome::Committed(120)));
        let after = rows(&[(1, "f1"), (2, "a2")]);
        assert!(judge(&after, &all, 150, &[1, 105]).equal);
        let text = judge(&rows(&[(1, "f1"), (2, "b2")]), &all, 150, &[1, 105]).first_difference.unwrap();
        assert!(text.ends_with("is `b2` of transaction 2 (SCN 110, from the future)"), "{text}");
        let before = rows(&[(1, "a1"), (2, "b2"), (3, "b3"), (4, "d4")]);
        assert!(judge(&before, &all, 150, &[1]).equal);
        assert!(!judge(&after, &all, 150, &[1]).equal);
    }

    /// Up to 30 transactions: keys, and what became of them.
    fn histories() -> impl Strategy<Value = Vec<Transaction>> {
        let one = (proptest::collection::btree_set(0_u32..12, 1..5), 0..6_u8);
        proptest::collection::vec(one, 1..30).prop_map(|all| {
            let build = |(n, (keys, fate)): (u64, (BTreeSet<u32>, u8))| Transaction {
                n,
                incarnation: 1,
                rows: keys.into_iter().map(|key| (key, format!("{n}.{key}"))).collect(),
                outcome: match fate {
                    0 => Outcome::Doubt,
                    1 => Outcome::Refused,
                    _ => Outcome::Committed(100 + 3 * n),
                },
            };
            (1..).zip(all).map(build).collect()
        })
    }

    /// What a true database holds at `scn`, with these transactions in doubt done.
    fn truth(all: &[Transaction], scn: u64, done: &[bool]) -> BTreeMap<u32, String> {
        let there = |at: usize, t: &Transaction| match t.outcome {
            Outcome::Committed(at) => at <= scn,
            Outcome::Doubt => done[at % done.len()],
            Outcome::Refused => false,
        };
        let counted = all.iter().enumerate().filter(|(at, t)| there(*at, t));
        counted.flat_map(|(_, t)| t.rows.iter().cloned()).collect()
    }

    proptest! {
        #[test]
        fn a_true_copy_is_equal_and_any_wrong_row_is_found(
            all in histories(),
            scn in 95_u64..200,
            done in proptest::collection::vec(any::<bool>(), 1..30),
            wrong in 0_u32..12,
        ) {
            let mut actual = truth(&all, scn, &done);
            let verdict = judge(&actual, &all, scn, &[1]);
            prop_assert!(verdict.equal, "{:?}", verdict.first_difference);
            actual.insert(wrong, "planted".into());
            let verdict = judge(&actual, &all, scn, &[1]);
            prop_assert!(verdict.first_difference.unwrap().contains("`planted`"));
        }

        #[test]
        fn a_copy_of_another_moment_is_not_equal(all in histories(), back in 1_usize..5) {
            let committed = |t: &&Transaction| matches!(t.outcome, Outcome::Committed(_));
            let scns: Vec<u64> = all.iter().filter(committed).map(|t| 100 + 3 * t.n).collect();
            prop_assume!(scns.len() > back);
            let (now, before) = (scns[scns.len() - 1], scns[scns.len() - 1 - back]);
            let old = truth(&all, before, &[false]);
            prop_assert!(!judge(&old, &all, now, &[1]).equal);
        }
    }
}
