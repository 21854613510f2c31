//! The incarnation path: from the first incarnation to the present one, along PRIOR_INCARNATION# and never by time
//! (law 15). Branches that a RESETLOGS left are not on it.

use crate::{
    fault::{Fault, Kind},
    model::Scn,
};
use serde::{Deserialize, Serialize};

/// A row of V$DATABASE_INCARNATION.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incarnation {
    /// INCARNATION#
    pub number: u64,
    /// PRIOR_INCARNATION#; 0 for the first.
    pub prior: u64,
    /// RESETLOGS_CHANGE#
    pub resetlogs: Scn,
    /// RESETLOGS_TIME as printed; compared as text only.
    pub time: String,
    /// Whether its STATUS is CURRENT.
    pub current: bool,
}

/// The ancestors of the present incarnation and itself, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Path(Vec<Incarnation>);

impl Path {
    /// Follows the priors from the CURRENT row.
    pub fn of(rows: &[Incarnation]) -> Result<Self, Fault> {
        let current = rows.iter().find(|row| row.current).ok_or_else(|| {
            Fault::new(Kind::External, "REC-002", "V$DATABASE_INCARNATION shows no CURRENT incarnation")
        })?;
        let mut path = vec![current.clone()];
        while let Some(prior) = rows.iter().find(|row| row.number == path[path.len() - 1].prior) {
            if path.len() > rows.len() {
                return Err(Fault::new(Kind::External, "REC-002", "V$DATABASE_INCARNATION leads in a circle"));
            }
            path.push(prior.clone());
        }
        path.reverse();
        Ok(Self(path))
    }

    /// One incarnation alone: all that a control file of its time knows of what came.
    #[must_use]
    pub fn alone(one: Incarnation) -> Self {
        Self(vec![Incarnation { current: true, ..one }])
    }

    /// The incarnation that holds a change: changes below `below` are wanted.
    #[must_use]
    pub fn holding(&self, below: Scn) -> Option<usize> {
        self.0.iter().rposition(|one| one.resetlogs < below)
    }

    /// The incarnation of a moment, as text of the database's host.
    #[must_use]
    pub fn at(&self, moment: &str) -> Option<usize> {
        self.0.iter().rposition(|one| one.time.as_str() < moment)
    }

    /// Position of an incarnation by RESETLOGS change and time: both, because two branches may share the change.
    #[must_use]
    pub fn position(&self, resetlogs: Scn, time: &str) -> Option<usize> {
        self.0.iter().position(|one| one.resetlogs == resetlogs && one.time == time)
    }

    /// The present incarnation.
    #[must_use]
    pub fn present(&self) -> &Incarnation {
        &self.0[self.0.len() - 1]
    }

    /// The incarnation at a position.
    #[must_use]
    pub fn get(&self, position: usize) -> Option<&Incarnation> {
        self.0.get(position)
    }

    /// Where the incarnation at a position ends: RESETLOGS_CHANGE# of the next; `None` for the present one.
    #[must_use]
    pub fn end(&self, position: usize) -> Option<Scn> {
        self.0.get(position + 1).map(|next| next.resetlogs)
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// (number, prior, resetlogs, current)
    pub fn row((number, prior, resetlogs, current): (u64, u64, u64, bool)) -> Incarnation {
        Incarnation { number, prior, resetlogs: Scn::new(resetlogs), time: format!("t{number}"), current }
    }

    pub fn path(rows: &[(u64, u64, u64, bool)]) -> Path {
        Path::of(&rows.iter().copied().map(row).collect::<Vec<_>>()).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::{testing::*, *};

    #[test]
    fn law_15_an_abandoned_branch_is_not_on_the_path() {
        // 2 was abandoned: 3 grew from 1 as well.
        let path = path(&[(1, 0, 1, false), (2, 1, 500, false), (3, 1, 400, true)]);
        assert_eq!(path.position(Scn::new(400), "t3"), Some(1));
        assert_eq!(path.position(Scn::new(500), "t2"), None);
        assert_eq!(path.position(Scn::new(400), "t2"), None, "change and time must both fit");
        assert_eq!((path.end(0), path.end(1)), (Some(Scn::new(400)), None));
        assert_eq!(path.present().number, 3);
    }

    #[test]
    fn a_point_at_a_resetlogs_belongs_to_the_branch_before_it() {
        let path = path(&[(1, 0, 1, false), (3, 1, 400, true)]);
        assert_eq!(path.holding(Scn::new(400)), Some(0), "changes below 400 are all of the first");
        assert_eq!(path.holding(Scn::new(401)), Some(1));
        assert_eq!(path.holding(Scn::new(1)), None);
        assert_eq!((path.at("t2"), path.at("t3"), path.at("t4")), (Some(0), Some(0), Some(1)));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        assert!(Path::of(&[]).is_err());
        assert!(Path::of(&[row((1, 2, 1, true)), row((2, 1, 5, false))]).is_err());
    }
}
