//! Which snapshots a recovery may begin from, newest first: on the incarnation path, good, and ended below the target.

use super::incarnation::Path;
use crate::{
    fault::{Fault, Kind},
    model::{RunId, Scn},
};

/// A snapshot, as far as the choice needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its id.
    pub id: RunId,
    /// RESETLOGS_CHANGE# of its incarnation.
    pub resetlogs: Scn,
    /// RESETLOGS_TIME of it, as printed by the database.
    pub time: String,
    /// SCN of END BACKUP: it is consistent from there on.
    pub end: Scn,
    /// Whether it was rejected.
    pub rejected: bool,
}

impl Candidate {
    /// Why it cannot serve a target (changes below `below`; `None` for everything there is), if it cannot.
    #[must_use]
    pub fn refused(&self, path: &Path, below: Option<Scn>) -> Option<String> {
        if self.rejected {
            return Some("it was rejected".to_owned());
        }
        let Some(position) = path.position(self.resetlogs, &self.time) else {
            return Some(format!(
                "its incarnation (RESETLOGS change {}, {}) was left by a later RESETLOGS, or is another database's",
                self.resetlogs, self.time
            ));
        };
        if let Some(below) = below.filter(|below| self.end >= *below) {
            return Some(format!("it is consistent from SCN {} on, the target is below {below}", self.end));
        }
        let next = path.end(position).filter(|next| self.end >= *next);
        next.map(|next| format!("it ended at SCN {}, behind the RESETLOGS at {next}", self.end))
    }
}

/// Those that serve, best first: the latest incarnation, then the highest END (law 15). Where there is none, a fault names
/// what speaks against each.
pub fn serving<'a>(path: &Path, all: &'a [Candidate], below: Option<Scn>) -> Result<Vec<&'a Candidate>, Fault> {
    let mut fit: Vec<&Candidate> = all.iter().filter(|one| one.refused(path, below).is_none()).collect();
    fit.sort_by_key(|one| std::cmp::Reverse((path.position(one.resetlogs, &one.time), one.end)));
    if fit.is_empty() { Err(none(path, all, below)) } else { Ok(fit) }
}

fn none(path: &Path, all: &[Candidate], below: Option<Scn>) -> Fault {
    let fault = Fault::new(Kind::User, "REC-010", "no snapshot serves this target");
    if all.is_empty() {
        return fault
            .cause("there are no snapshots of this database")
            .hint("a recovery from RMAN's own backups is still possible: RESTORE DATABASE; RECOVER DATABASE");
    }
    let why = |one: &Candidate| one.refused(path, below).map(|why| format!("{}: {why}", one.id));
    let fault = all.iter().filter_map(why).fold(fault, Fault::cause);
    let ends = all.iter().filter(|one| one.refused(path, None).is_none()).map(|one| one.end).min();
    match ends {
        Some(end) => fault.hint(format!("a target from SCN {} on works: --to scn={}", end.next(), end.next())),
        None => fault.hint_command("what there is", "ovmirror list"),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::incarnation::testing::path, *};
    use proptest::prelude::*;
    use rstest::rstest;

    fn candidate(n: u16, resetlogs: u64, time: &str, end: u64) -> Candidate {
        let id = RunId::new(&format!("ORCL-20261121T204512-{n:04x}")).unwrap();
        Candidate { id, resetlogs: Scn::new(resetlogs), time: time.to_owned(), end: Scn::new(end), rejected: false }
    }

    /// Incarnation 1 from SCN 1, abandoned 2 from 500, present 3 from 400.
    fn branches() -> Path {
        path(&[(1, 0, 1, false), (2, 1, 500, false), (3, 1, 400, true)])
    }

    #[rstest]
    #[case::newest(None, Some(4))]
    #[case::below_the_present_one(Some(450), Some(2))]
    #[case::just_above_an_end(Some(301), Some(2))]
    #[case::at_an_end(Some(300), Some(1))]
    #[case::before_all(Some(200), None)]
    fn the_newest_that_ends_below(#[case] below: Option<u64>, #[case] chosen: Option<usize>) {
        let all = [
            candidate(1, 1, "t1", 200),
            candidate(2, 1, "t1", 300),
            // Its end lies behind the point where its incarnation was left.
            candidate(3, 1, "t1", 450),
            candidate(4, 400, "t3", 600),
            // Of the abandoned branch, with the highest SCN of all.
            candidate(5, 500, "t2", 900),
        ];
        let found = serving(&branches(), &all, below.map(Scn::new));
        assert_eq!(found.ok().map(|fit| fit[0].id.clone()), chosen.map(|n| all[n - 1].id.clone()));
    }

    #[test]
    fn a_refusal_says_what_would_work() {
        let all = [candidate(1, 1, "t1", 200), candidate(5, 500, "t2", 900)];
        let fault = serving(&branches(), &all, Some(Scn::new(100))).unwrap_err();
        assert!(fault.causes[0].contains("consistent from SCN 200"), "{fault:?}");
        assert!(fault.causes[1].contains("left by a later RESETLOGS"), "{fault:?}");
        assert!(fault.hints[0].text.contains("--to scn=201"), "{fault:?}");
        let rejected = [Candidate { rejected: true, ..candidate(1, 1, "t1", 200) }];
        assert!(serving(&branches(), &rejected, None).unwrap_err().causes[0].contains("rejected"));
    }

    proptest! {
        /// Whatever there is, what is chosen is on the path, not rejected, and consistent below the target.
        #[test]
        fn law_15_what_is_chosen_serves(
            ends in proptest::collection::vec((1u64..1000, 0usize..3, any::<bool>()), 0..8),
            below in 1u64..1000,
        ) {
            let of = [(1, "t1"), (500, "t2"), (400, "t3")];
            let all: Vec<_> = ends.iter().enumerate().map(|(n, (end, i, rejected))| {
                Candidate { rejected: *rejected, ..candidate(n as u16, of[*i].0, of[*i].1, *end) }
            }).collect();
            for one in serving(&branches(), &all, Some(Scn::new(below))).unwrap_or_default() {
                prop_assert!(!one.rejected && one.end < Scn::new(below));
                prop_assert!(one.time != "t2" && (one.time != "t1" || one.end < Scn::new(400)));
            }
        }
    }
}
