//! What happened to the datafiles between a snapshot and now, and what recovery must do with each.

use crate::{model::Scn, survey::DataFile};
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

/// Compares by number and CREATION_CHANGE#, since numbers are used again. `below` is the target; `None` for everything.
#[must_use]
pub fn changed(then: &[DataFile], now: &[DataFile], below: Option<Scn>) -> Vec<Changed> {
    let same = |a: &DataFile, b: &DataFile| a.number == b.number && a.creation_change == b.creation_change;
    let mut found = Vec::new();
    for file in now {
        match then.iter().find(|old| same(old, file)) {
            Some(old) if old.name != file.name => found.push(Changed::Renamed(old.name.clone(), file.name.clone())),
            Some(_) => {}
            None if below.is_some_and(|below| file.creation_change >= below) => {
                found.push(Changed::Later(file.clone()));
            }
            None => found.push(Changed::Added(file.clone())),
        }
    }
    let gone = then.iter().filter(|old| !now.iter().any(|file| same(old, file)));
    found.extend(gone.cloned().map(Changed::Dropped));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(number: u64, created: u64, name: &str) -> DataFile {
        DataFile {
            number,
            name: name.to_owned(),
            tablespace: "USERS".to_owned(),
            con_id: 0,
            status: "ONLINE".to_owned(),
            enabled: "READ WRITE".to_owned(),
            creation_change: Scn::new(created),
            checkpoint_change: Scn::new(100),
            bytes: 8192,
        }
    }

    #[test]
    fn added_dropped_renamed_and_a_number_that_is_used_again() {
        let then = [file(1, 5, "/a"), file(2, 6, "/b"), file(3, 7, "/c"), file(4, 8, "/d")];
        let now = [file(1, 5, "/a"), file(2, 6, "/moved"), file(3, 150, "/c"), file(5, 160, "/e")];
        let all = changed(&then, &now, Some(Scn::new(155)));
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
        assert!(changed(&then, &now, None).contains(&Changed::Added(file(5, 160, "/e"))));
        assert!(changed(&then, &then, None).is_empty());
    }
}
