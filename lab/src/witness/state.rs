//! What the rows must be at an SCN on the way through the incarnations. The table begins empty, as `db::create` makes it.

use super::{
    branch::Branch,
    log::{self, Outcome, Transaction},
};
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
    /// What was acknowledged and is no part of the expected state, since a RESETLOGS left it behind.
    pub left_behind: Option<LeftBehind>,
}

/// Acknowledged transactions that a RESETLOGS left behind: whoever recovered further back than was asked shows here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftBehind {
    /// How many.
    pub transactions: u64,
    /// The lowest SCN among them; a string, as every SCN.
    pub first_scn: String,
    /// The highest one.
    pub last_scn: String,
}

/// The rows after every acknowledged transaction up to and with `scn` on the way to the log's last incarnation; transactions
/// in doubt are left out.
pub fn state_at(log: &Path, scn: u64) -> io::Result<BTreeMap<u32, String>> {
    let (all, path) = (log::transactions(log)?, log::path_of(log)?);
    let judge = Judge::new(&all, scn, &path, &BTreeMap::new());
    Ok(judge.expected().into_iter().map(|(key, (value, _))| (key, value.to_owned())).collect())
}

/// Compares rows with the log at `scn` (inclusive). `path`: the incarnations up to the compared one, oldest first; without it
/// those of the log. What was committed in an incarnation from the SCN on at which the next one began, or in one that is not
/// on the way, must not be there. A transaction in doubt may be there as a whole or not at all: it counts as there if any of
/// its values is found (no value is ever used twice), unless it can only have happened behind the point.
pub fn compare(actual: &BTreeMap<u32, String>, log: &Path, scn: u64, path: Option<&[Branch]>) -> io::Result<Verdict> {
    let all = log::transactions(log)?;
    let of_log = log::path_of(log)?;
    Ok(judge(actual, &all, scn, path.unwrap_or(&of_log)))
}

/// The highest acknowledged SCN on the way, 0 if there is none: a live database is at least there.
pub fn acknowledged(log: &Path, path: &[Branch]) -> io::Result<u64> {
    let all = log::transactions(log)?;
    let judge = Judge::new(&all, u64::MAX, path, &BTreeMap::new());
    let scns = all.iter().filter(|t| judge.counts(t)).filter_map(|t| t.outcome.scn());
    Ok(scns.max().unwrap_or(0))
}

fn judge(actual: &BTreeMap<u32, String>, all: &[Transaction], scn: u64, path: &[Branch]) -> Verdict {
    let judge = Judge::new(all, scn, path, actual);
    let first_difference = judge.first_difference(actual);
    let transactions = judge.counted().len() as u64;
    Verdict { equal: first_difference.is_none(), transactions, first_difference, left_behind: judge.left_behind() }
}

struct Judge<'a> {
    all: &'a [Transaction],
    scn: u64,
    path: &'a [Branch],
    /// Transactions in doubt of which something was found.
    there: BTreeSet<u64>,
    /// Who wrote a value.
    writers: HashMap<(u32, &'a str), &'a Transaction>,
}

impl<'a> Judge<'a> {
    fn new(all: &'a [Transaction], scn: u64, path: &'a [Branch], actual: &BTreeMap<u32, String>) -> Self {
        let found = |t: &&Transaction| t.rows.iter().any(|(key, value)| actual.get(key) == Some(value));
        let doubts = all.iter().filter(|t| t.outcome == Outcome::Doubt).filter(found).map(|t| t.n).collect();
        let writers = all.iter().flat_map(|t| t.rows.iter().map(move |(key, value)| ((*key, value.as_str()), t)));
        Self { all, scn, path, there: doubts, writers: writers.collect() }
    }

    /// Whether a transaction is part of the expected state.
    fn counts(&self, transaction: &Transaction) -> bool {
        match transaction.outcome {
            Outcome::Committed(scn) => self.on_the_way(transaction.branch, scn),
            Outcome::Doubt => {
                self.there.contains(&transaction.n) && self.on_the_way(transaction.branch, transaction.after + 1)
            }
            Outcome::Refused => false,
        }
    }

    fn on_the_way(&self, branch: Branch, scn: u64) -> bool {
        let place = self.path.iter().position(|known| *known == branch);
        scn <= self.scn && place.is_some_and(|at| self.path.get(at + 1).is_none_or(|next| scn < next.change))
    }

    /// The transactions of the expected state in the order in which the database did them.
    fn counted(&self) -> Vec<&'a Transaction> {
        let mut counted: Vec<_> = self.all.iter().filter(|t| self.counts(t)).collect();
        let place = |t: &Transaction| self.path.iter().position(|known| *known == t.branch);
        // Sorting is stable: what is in doubt stays behind what was acknowledged before it was sent.
        counted.sort_by_key(|t| (place(t), t.outcome.scn().unwrap_or(t.after)));
        counted
    }

    /// Value and transaction of each row.
    fn expected(&self) -> BTreeMap<u32, (&'a str, &'a Transaction)> {
        let counted = self.counted().into_iter();
        counted.flat_map(|t| t.rows.iter().map(move |(key, value)| (*key, (value.as_str(), t)))).collect()
    }

    fn left_behind(&self) -> Option<LeftBehind> {
        let on_ancestor = |t: &&Transaction| {
            let place = self.path.iter().position(|known| *known == t.branch);
            place.is_none_or(|at| at + 1 < self.path.len())
        };
        let left = self.all.iter().filter(on_ancestor).filter(|t| !self.counts(t));
        let scns: Vec<u64> = left.filter_map(|t| t.outcome.scn()).collect();
        Some(LeftBehind {
            transactions: scns.len() as u64,
            first_scn: scns.iter().min()?.to_string(),
            last_scn: scns.iter().max()?.to_string(),
        })
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
            Outcome::Committed(at) if !self.path.contains(&t.branch) => {
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

    fn transaction(n: u64, change: u64, rows: &[(u32, &str)], outcome: Outcome) -> Transaction {
        let rows = rows.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
        Transaction { n, branch: Branch::new(change, 1), after: 0, rows, outcome }
    }

    fn path(changes: &[u64]) -> Vec<Branch> {
        changes.iter().map(|change| Branch::new(*change, 1)).collect()
    }

    /// As a log would have it: each knows what was acknowledged before on its branch.
    fn linked(mut all: Vec<Transaction>) -> Vec<Transaction> {
        for at in 0..all.len() {
            let before = all[..at].iter().filter(|t| t.branch == all[at].branch).filter_map(|t| t.outcome.scn());
            all[at].after = before.max().unwrap_or(0);
        }
        all
    }

    fn history() -> Vec<Transaction> {
        linked(vec![
            transaction(1, 1, &[(1, "a1"), (2, "a2")], Outcome::Committed(100)),
            transaction(2, 1, &[(2, "b2"), (3, "b3")], Outcome::Committed(110)),
            transaction(3, 1, &[(1, "c1"), (4, "c4")], Outcome::Doubt),
            transaction(4, 1, &[(4, "d4")], Outcome::Committed(130)),
            transaction(5, 1, &[(5, "e5")], Outcome::Refused),
        ])
    }

    fn rows(rows: &[(u32, &str)]) -> BTreeMap<u32, String> {
        rows.iter().map(|(key, value)| (*key, (*value).to_owned())).collect()
    }

    #[rstest]
    #[case::at_the_commit(110, &[(1, "a1"), (2, "b2"), (3, "b3")], true)]
    #[case::before_it(109, &[(1, "a1"), (2, "a2")], true)]
    #[case::doubt_too_early(110, &[(1, "c1"), (2, "b2"), (3, "b3"), (4, "c4")], false)]
    #[case::doubt_there(115, &[(1, "c1"), (2, "b2"), (3, "b3"), (4, "c4")], true)]
    #[case::doubt_by_half(115, &[(1, "c1"), (2, "b2"), (3, "b3")], false)]
    #[case::doubt_overwritten(130, &[(1, "c1"), (2, "b2"), (3, "b3"), (4, "d4")], true)]
    #[case::doubt_not_there(130, &[(1, "a1"), (2, "b2"), (3, "b3"), (4, "d4")], true)]
    #[case::lost(110, &[(1, "a1"), (2, "a2")], false)]
    #[case::too_new(109, &[(1, "a1"), (2, "b2"), (3, "b3")], false)]
    #[case::foreign(100, &[(1, "a1"), (2, "a2"), (9, "x")], false)]
    #[case::refused(130, &[(1, "a1"), (2, "b2"), (3, "b3"), (4, "d4"), (5, "e5")], false)]
    fn comparison(#[case] scn: u64, #[case] found: &[(u32, &str)], #[case] equal: bool) {
        assert_eq!(judge(&rows(found), &history(), scn, &path(&[1])).equal, equal);
    }

    #[rstest]
    #[case::lost(110, &[(1, "a1"), (2, "a2")],
        "transaction 2 (SCN 110): row 2 must be `b2`, is `a2` of transaction 1 (SCN 100)")]
    #[case::missing(100, &[(1, "a1")], "transaction 1 (SCN 100): row 2 must be `a2`, is missing")]
    #[case::future(109, &[(1, "a1"), (2, "a2"), (4, "d4")],
        "row 4 must be empty, is `d4` of transaction 4 (SCN 130, from the future)")]
    fn the_wrong_transaction_is_named(#[case] scn: u64, #[case] found: &[(u32, &str)], #[case] text: &str) {
        assert_eq!(judge(&rows(found), &history(), scn, &path(&[1])).first_difference.unwrap(), text);
    }

    #[test]
    fn what_lies_beyond_a_resetlogs_must_not_be_there() {
        let mut all = history();
        all.push(transaction(6, 105, &[(1, "f1")], Outcome::Committed(120)));
        let after = rows(&[(1, "f1"), (2, "a2")]);
        assert!(judge(&after, &all, 150, &path(&[1, 105])).equal);
        let text = judge(&rows(&[(1, "f1"), (2, "b2")]), &all, 150, &path(&[1, 105])).first_difference.unwrap();
        assert!(text.ends_with("is `b2` of transaction 2 (SCN 110, from the future)"), "{text}");
        let before = rows(&[(1, "a1"), (2, "b2"), (3, "b3"), (4, "d4")]);
        assert!(judge(&before, &all, 150, &path(&[1])).equal);
        assert!(!judge(&after, &all, 150, &path(&[1])).equal);
    }

    /// Old branch, two recoveries to the same SCN, and an undo that goes on with the old branch.
    fn branches() -> Vec<Transaction> {
        let mut all = vec![
            transaction(1, 1, &[(1, "a1"), (2, "a2")], Outcome::Committed(100)),
            transaction(2, 1, &[(1, "lost")], Outcome::Committed(110)),
            transaction(3, 105, &[(1, "c1")], Outcome::Committed(107)),
            transaction(4, 105, &[(2, "d2")], Outcome::Committed(112)),
            transaction(5, 1, &[(2, "e2")], Outcome::Committed(115)),
        ];
        all[3].branch.time = 9;
        linked(all)
    }

    #[rstest]
    #[case::first_recovery(&[(1, 1), (105, 1)], &[(1, "c1"), (2, "a2")])]
    #[case::second_recovery_to_the_same_scn(&[(1, 1), (105, 9)], &[(1, "a1"), (2, "d2")])]
    #[case::undone(&[(1, 1)], &[(1, "lost"), (2, "e2")])]
    fn each_branch_has_its_own_state(#[case] way: &[(u64, i64)], #[case] found: &[(u32, &str)]) {
        let way: Vec<Branch> = way.iter().copied().map(Branch::from).collect();
        let others = [&[(1, "c1"), (2, "a2")][..], &[(1, "a1"), (2, "d2")], &[(1, "lost"), (2, "e2")]];
        for other in others {
            let verdict = judge(&rows(other), &branches(), u64::MAX, &way);
            assert_eq!(verdict.equal, other == found, "{other:?}: {:?}", verdict.first_difference);
        }
    }

    #[test]
    fn whoever_recovers_too_far_back_shows_it() {
        let left = |change| judge(&rows(&[]), &history(), 200, &path(&[1, change])).left_behind.unwrap();
        assert_eq!(
            (left(105).transactions, left(105).first_scn.as_str(), left(105).last_scn.as_str()),
            (2, "110", "130")
        );
        assert_eq!((left(120).transactions, left(120).first_scn.as_str()), (1, "130"));
        assert_eq!(judge(&rows(&[]), &history(), 200, &path(&[1, 131])).left_behind, None);
        assert_eq!(
            judge(&rows(&[]), &history(), 105, &path(&[1])).left_behind,
            None,
            "the present branch leaves nothing"
        );
    }

    #[test]
    fn a_doubt_that_can_only_lie_behind_the_point_must_not_be_there() {
        let mut all = history();
        let found = rows(&[(1, "c1"), (2, "a2"), (4, "c4")]);
        assert!(!judge(&found, &all, 200, &path(&[1, 105])).equal);
        all[2].after = 100;
        assert!(judge(&found, &all, 200, &path(&[1, 105])).equal);
    }

    /// Up to 30 transactions: keys, and what became of them.
    fn histories() -> impl Strategy<Value = Vec<Transaction>> {
        let one = (proptest::collection::btree_set(0_u32..12, 1..5), 0..6_u8);
        proptest::collection::vec(one, 1..30).prop_map(|all| {
            let build = |(n, (keys, fate)): (u64, (BTreeSet<u32>, u8))| Transaction {
                n,
                branch: Branch::new(1, 1),
                after: 0,
                rows: keys.into_iter().map(|key| (key, format!("{n}.{key}"))).collect(),
                outcome: match fate {
                    0 => Outcome::Doubt,
                    1 => Outcome::Refused,
                    _ => Outcome::Committed(100 + 3 * n),
                },
            };
            linked((1..).zip(all).map(build).collect())
        })
    }

    /// What a true database holds at `scn`, with these transactions in doubt done.
    fn truth(all: &[Transaction], scn: u64, done: &[bool]) -> BTreeMap<u32, String> {
        let there = |at: usize, t: &Transaction| match t.outcome {
            Outcome::Committed(at) => at <= scn,
            Outcome::Doubt => done[at % done.len()] && t.after < scn,
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
            let verdict = judge(&actual, &all, scn, &path(&[1]));
            prop_assert!(verdict.equal, "{:?}", verdict.first_difference);
            actual.insert(wrong, "planted".into());
            let verdict = judge(&actual, &all, scn, &path(&[1]));
            prop_assert!(verdict.first_difference.unwrap().contains("`planted`"));
        }

        #[test]
        fn a_copy_of_another_moment_is_not_equal(all in histories(), back in 1_usize..5) {
            let committed = |t: &&Transaction| matches!(t.outcome, Outcome::Committed(_));
            let scns: Vec<u64> = all.iter().filter(committed).map(|t| 100 + 3 * t.n).collect();
            prop_assume!(scns.len() > back);
            let (now, before) = (scns[scns.len() - 1], scns[scns.len() - 1 - back]);
            let old = truth(&all, before, &[false]);
            prop_assert!(!judge(&old, &all, now, &path(&[1])).equal);
        }
    }
}
