//! The proof that redo is there without a gap: from the first change that the snapshot lacks to the target, over the
//! incarnations in between, the online logs being the last links.

use super::incarnation::{Incarnation, Path};
use crate::{
    fault::{Fault, Kind},
    model::Scn,
};
use serde::{Deserialize, Serialize};

/// Where a log lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// An archived log on the database's VM.
    Archived(String),
    /// Kept with the snapshot: file name in its `logs/`.
    Kept(String),
    /// A group of online logs.
    Online(u64),
    /// A file of online redo, where no control file says of which group.
    Member(String),
}

/// One log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// THREAD#
    pub thread: u64,
    /// SEQUENCE#
    pub sequence: u64,
    /// RESETLOGS_CHANGE# of its incarnation.
    pub resetlogs: Scn,
    /// RESETLOGS_TIME of its incarnation, as text of the database's host: two branches may share the change.
    #[serde(skip)]
    pub resetlogs_time: String,
    /// FIRST_CHANGE#
    pub first: Scn,
    /// NEXT_CHANGE#; of the current online log: none.
    pub next: Option<Scn>,
    /// When it was begun and when the next one was, `YYYY-MM-DD HH24:MI:SS` of the database's host; without an offset,
    /// so it is not printed (law 15).
    #[serde(skip)]
    pub from_time: String,
    /// Likewise; of the current online log: none.
    #[serde(skip)]
    pub to_time: Option<String>,
    /// Bytes, where they are known.
    pub bytes: u64,
    /// Where it lies.
    pub place: Place,
}

impl Link {
    /// Whether it is of this incarnation.
    #[must_use]
    pub fn is_of(&self, incarnation: &Incarnation) -> bool {
        self.resetlogs == incarnation.resetlogs && self.resetlogs_time == incarnation.time
    }
}

/// Where the redo of a moment ends at the latest: NEXT_CHANGE# of the log of the present incarnation that holds it (times
/// as text of the database's host). `None`: the current log, or no log, holds it.
#[must_use]
pub fn end_of_moment(logs: &[Link], path: &Path, moment: &str) -> Option<Scn> {
    let present = logs.iter().filter(|link| link.is_of(path.present()));
    let holds =
        |link: &&Link| link.from_time.as_str() <= moment && link.to_time.as_deref().is_some_and(|to| moment < to);
    present.filter(holds).filter_map(|link| link.next).max()
}

/// The present online logs by group, for links that are not archived yet.
pub type Online = Vec<Link>;

/// The links from the snapshot to the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// In the order in which recovery asks for them.
    pub links: Vec<Link>,
}

/// Where a chain begins and how far it must reach.
#[derive(Debug, Clone, Copy)]
pub struct Reach {
    /// Position of the snapshot's incarnation on the path.
    pub incarnation: usize,
    /// The lowest checkpoint of the snapshot's headers.
    pub from: Scn,
    /// Changes below this one are wanted; `None`: all there are.
    pub below: Option<Scn>,
}

impl Chain {
    /// Proves the chain from what is there, or names the link that is missing.
    pub fn prove(path: &Path, reach: Reach, logs: &[Link]) -> Result<Self, Fault> {
        let mut links: Vec<Link> = Vec::new();
        let (mut at, mut incarnation) = (reach.from, reach.incarnation);
        loop {
            let end = path.end(incarnation);
            if end.is_some_and(|end| at >= end) {
                incarnation += 1;
                continue;
            }
            if reach.below.is_some_and(|below| at >= below) {
                return Ok(Self { links });
            }
            let one = path.get(incarnation).unwrap_or_else(|| path.present());
            let link = holds(logs, one, at).ok_or_else(|| missing(at, one.resetlogs, links.last()))?;
            links.push(link.clone());
            match link.next {
                // The current log: there is no redo behind it.
                None => return Ok(Self { links }),
                Some(next) => at = end.map_or(next, |end| next.min(end)),
            }
        }
    }

    /// The first pair of neighbours whose sequences do not follow each other: a RESETLOGS lies between, which the
    /// headers of logs do not show. Only where all links are of one incarnation.
    #[must_use]
    pub fn broken(&self) -> Option<(&Link, &Link)> {
        let mut pairs = self.links.iter().zip(self.links.iter().skip(1));
        pairs.find(|(one, next)| next.sequence != one.sequence + 1)
    }

    /// Bytes of redo, as far as known.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.links.iter().map(|link| link.bytes).sum()
    }
}

/// The log of an incarnation that holds a change; archived before kept before online.
fn holds<'a>(logs: &'a [Link], incarnation: &Incarnation, at: Scn) -> Option<&'a Link> {
    let rank = |link: &&Link| match link.place {
        Place::Archived(_) => 0,
        Place::Kept(_) => 1,
        Place::Online(_) | Place::Member(_) => 2,
    };
    let there = logs.iter().filter(|link| link.is_of(incarnation));
    there.filter(|link| link.first <= at && link.next.is_none_or(|next| at < next)).min_by_key(rank)
}

fn missing(at: Scn, resetlogs: Scn, before: Option<&Link>) -> Fault {
    let what = match before {
        Some(link) => format!("the log behind thread {}, sequence {}", link.thread, link.sequence),
        None => "the first log that is needed".to_owned(),
    };
    let text = format!("{what} is missing: the one with SCN {at} of the incarnation with RESETLOGS change {resetlogs}");
    let fault = Fault::new(Kind::User, "REC-011", text)
        .hint("restore it into the archive destination (RMAN: RESTORE ARCHIVELOG FROM SCN …), then try again");
    match before.and_then(|link| link.next) {
        Some(end) => fault.hint(format!("or recover to what there is: --to scn={end}")),
        None => fault.hint("or go to the end of a snapshot: --to snapshot=ID (every change since is lost)"),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::incarnation::testing::row, *};
    use proptest::prelude::*;

    /// Each began at a time of its own, as text: its RESETLOGS change.
    fn path(rows: &[(u64, u64, u64, bool)]) -> Path {
        let timed = |one: Incarnation| Incarnation { time: one.resetlogs.to_string(), ..one };
        Path::of(&rows.iter().copied().map(row).map(timed).collect::<Vec<_>>()).unwrap()
    }

    fn link(resetlogs: u64, sequence: u64, first: u64, next: u64) -> Link {
        Link {
            thread: 1,
            sequence,
            resetlogs: Scn::new(resetlogs),
            resetlogs_time: resetlogs.to_string(),
            first: Scn::new(first),
            next: (next > 0).then(|| Scn::new(next)),
            from_time: format!("2026-11-21 20:{:02}:00", sequence % 60),
            to_time: (next > 0).then(|| format!("2026-11-21 20:{:02}:00", sequence % 60 + 1)),
            bytes: 512,
            place: Place::Archived(format!("/arch/1_{sequence}_{resetlogs}.dbf")),
        }
    }

    fn reach(incarnation: usize, from: u64, below: u64) -> Reach {
        Reach { incarnation, from: Scn::new(from), below: (below > 0).then(|| Scn::new(below)) }
    }

    fn sequences(chain: &Chain) -> Vec<(u64, u64)> {
        chain.links.iter().map(|link| (link.resetlogs.get(), link.sequence)).collect()
    }

    #[test]
    fn from_the_snapshot_to_the_target_and_no_further() {
        let path = path(&[(1, 0, 1, true)]);
        let logs = [link(1, 4, 90, 110), link(1, 5, 110, 130), link(1, 6, 130, 150), link(1, 7, 150, 0)];
        let to = |below| Chain::prove(&path, reach(0, 100, below), &logs).map(|chain| sequences(&chain)).unwrap();
        assert_eq!(to(120), [(1, 4), (1, 5)]);
        assert_eq!(to(130), [(1, 4), (1, 5)], "changes below 130 are in sequence 5");
        assert_eq!(to(131), [(1, 4), (1, 5), (1, 6)]);
        assert_eq!(to(0), [(1, 4), (1, 5), (1, 6), (1, 7)]);
    }

    #[test]
    fn over_a_resetlogs_the_chain_goes_on_in_the_next_incarnation() {
        // 2 was abandoned; its log 1 of SCN 500 must not be taken for a link.
        let path = path(&[(1, 0, 1, false), (2, 1, 500, false), (3, 1, 120, true)]);
        let logs = [link(1, 4, 90, 110), link(1, 5, 110, 600), link(500, 1, 500, 700), link(120, 1, 120, 0)];
        let chain = Chain::prove(&path, reach(0, 100, 0), &logs).unwrap();
        assert_eq!(sequences(&chain), [(1, 4), (1, 5), (120, 1)]);
    }

    #[test]
    fn two_branches_that_began_at_one_scn_are_told_apart() {
        let path = path(&[(1, 0, 1, false), (3, 1, 120, true)]);
        let left = Link { resetlogs_time: "another".into(), ..link(120, 1, 120, 200) };
        let logs = [link(1, 5, 100, 600), left, link(120, 1, 120, 150), link(120, 2, 150, 0)];
        let chain = Chain::prove(&path, reach(0, 100, 0), &logs).unwrap();
        assert_eq!(sequences(&chain), [(1, 5), (120, 1), (120, 2)]);
    }

    #[test]
    fn a_gap_is_named_with_what_works_instead() {
        let path = path(&[(1, 0, 1, true)]);
        let logs = [link(1, 4, 90, 110), link(1, 6, 130, 150)];
        let fault = Chain::prove(&path, reach(0, 100, 140), &logs).unwrap_err();
        assert!(fault.message.contains("behind thread 1, sequence 4"), "{fault}");
        assert!(fault.hints[1].text.contains("--to scn=110"), "{fault:?}");
        assert!(Chain::prove(&path, reach(0, 100, 110), &logs).is_ok());
        let fault = Chain::prove(&path, reach(0, 50, 110), &logs).unwrap_err();
        assert!(fault.message.contains("the first log that is needed"), "{fault}");
    }

    #[test]
    fn sequences_that_do_not_follow_each_other_are_seen() {
        let chain = |links: &[Link]| Chain { links: links.to_vec() };
        assert_eq!(chain(&[link(1, 4, 90, 110), link(1, 5, 110, 0)]).broken(), None);
        let broken = chain(&[link(1, 4, 90, 110), link(1, 1, 110, 0)]);
        assert_eq!(broken.broken().map(|(one, next)| (one.sequence, next.sequence)), Some((4, 1)));
    }

    #[test]
    fn a_moment_lies_in_the_log_that_was_current() {
        let path = path(&[(1, 0, 1, true)]);
        let logs = [link(1, 4, 90, 110), link(1, 5, 110, 130), link(1, 6, 130, 0)];
        let end = |moment| end_of_moment(&logs, &path, moment).map(Scn::get);
        assert_eq!(end("2026-11-21 20:05:30"), Some(130));
        assert_eq!(end("2026-11-21 20:05:00"), Some(130));
        assert_eq!(end("2026-11-21 20:06:30"), None, "the current log");
    }

    #[test]
    fn a_kept_log_serves_where_the_archived_one_is_gone() {
        let path = path(&[(1, 0, 1, true)]);
        let kept = Link { place: Place::Kept("1_4_1.dbf".into()), ..link(1, 4, 90, 110) };
        let chain = Chain::prove(&path, reach(0, 100, 110), std::slice::from_ref(&kept)).unwrap();
        assert_eq!(chain.links, std::slice::from_ref(&kept));
        let both = [kept, link(1, 4, 90, 110)];
        let chain = Chain::prove(&path, reach(0, 100, 110), &both).unwrap();
        assert!(matches!(chain.links[0].place, Place::Archived(_)));
    }

    proptest! {
        /// Links join: each begins where the one before ends, and the last reaches the target.
        #[test]
        fn links_join(cuts in proptest::collection::btree_set(2u64..1000, 1..12), from in 1u64..1000, below in 2u64..1100) {
            let path = path(&[(1, 0, 1, true)]);
            let mut edges: Vec<u64> = cuts.into_iter().collect();
            edges.insert(0, 1);
            let mut logs: Vec<Link> =
                edges.windows(2).enumerate().map(|(n, pair)| link(1, n as u64 + 1, pair[0], pair[1])).collect();
            logs.push(link(1, 99, edges[edges.len() - 1], 0));
            let chain = Chain::prove(&path, reach(0, from, below), &logs).unwrap();
            for pair in chain.links.windows(2) {
                prop_assert_eq!(pair[0].next, Some(pair[1].first));
            }
            if let (Some(first), Some(last)) = (chain.links.first(), chain.links.last()) {
                prop_assert!(first.first <= Scn::new(from));
                prop_assert!(last.next.is_none_or(|next| next >= Scn::new(below)));
            }
        }
    }
}
