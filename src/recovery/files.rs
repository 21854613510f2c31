//! What happened to the datafiles between a snapshot and now, and what recovery must do with each.

use super::Until;
use crate::survey::DataFile;
use serde::{Deserialize, Serialize};

/// A file that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// Added since, before the target: made again, and recovered from redo.
    Added(DataFile),
    /// Added behind the target: it does not exist there.
    Later(DataFile),
    /// Dropped since.
    Dropped(DataFile),
    /// Renamed since: then and now.
    Renamed(String, String),
}

/// Compares by number and CREATION_CHANGE#, since numbers are used again.
#[must_use]
pub fn changed(then: &[DataFile], now: &[DataFile], until: &Until) -> Vec<Changed> {
    let same = |a: &DataFile, b: &DataFile| a.number == b.number && a.creation_change == b.creation_change;
    let mut found = Vec::new();
    for file in now {
        match then.iter().find(|old| same(old, file)) {
            Some(old) if old.name != file.name => found.push(Changed::Renamed(old.name.clone(), file.name.clone())),
            Some(_) => {}
            None if is_behind(file, until) => found.push(Changed::Later(file.clone())),
            None => found.push(Changed::Added(file.clone())),
        }
    }
    let gone = then.iter().filter(|old| !now.iter().any(|file| same(old, file)));
    found.extend(gone.cloned().map(Changed::Dropped));
    found
}

/// Whether a file is from behind the target. UNTIL TIME stops before the first change of that second.
fn is_behind(file: &DataFile, until: &Until) -> bool {
    match until {
        Until::Complete => false,
        Until::Change(below) => file.creation_change >= *below,
        Until::Time(wall) => file.created >= wall.replacen(':', " ", 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scn;

    fn file(number: u64, created: u64, name: &str) -> DataFile {
        DataFile {
            number,
            name: name.to_owned(),
            tablespace: "USERS".to_owned(),
            con_id: 0,
            status: "ONLINE".to_owned(),
            enabled: "READ WRITE".to_owned(),
            creation_change: Scn::new(created),
            created: format!("2026-11-21 20:{:02}:00", created % 60),
            checkpoint_change: Scn::new(100),
            bytes: 8192,
        }
    }

    #[test]
    fn added_dropped_renamed_and_a_number_that_is_used_again() {
        let then = [file(1, 5, "/a"), file(2, 6, "/b"), file(3, 7, "/c"), file(4, 8, "/d")];
        let now = [file(1, 5, "/a"), file(2, 6, "/moved"), file(3, 150, "/c"), file(5, 160, "/e")];
        let all = changed(&then, &now, &Until::Change(Scn::new(155)));
        assert_eq!(
            all,
            [
                Changed::Renamed("/b".into(), "/moved".into()),
                Changed::Added(file(3, 150, "/c")),
                Changed::Later(file(5, 160, "/e")),
                Changed::Dropped(file(3, 7, "/c")),
                Changed::Dropped(file(4, 8, "/d")),
            ]
        );
        assert!(changed(&then, &now, &Until::Complete).contains(&Changed::Added(file(5, 160, "/e"))));
        assert!(changed(&then, &then, &Until::Complete).is_empty());
    }

    #[test]
    fn a_moment_is_compared_with_the_time_of_creation() {
        let (then, made) = ([file(1, 5, "/a")], file(2, 30, "/b"));
        let now = [then[0].clone(), made.clone()];
        let to = |wall: &str| changed(&then, &now, &Until::Time(wall.to_owned()));
        assert_eq!(to("2026-11-21:20:29:59"), [Changed::Later(made.clone())]);
        assert_eq!(to("2026-11-21:20:30:00"), [Changed::Later(made.clone())], "changes of that second are left out");
        assert_eq!(to("2026-11-21:20:30:01"), [Changed::Added(made)]);
    }
}
