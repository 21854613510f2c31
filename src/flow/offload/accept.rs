//! Whether the clone is what the window made: identity, incarnation, control file type, and each header. Whatever the
//! answer, the snapshot's state follows: proved or rejected.

use super::stage::Stage;
use crate::{
    catalog::{CatalogChange, SnapshotState},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    port::{Row, Rows},
    step::{World, params::OffloadParams, sql as ask},
    text::sql,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};

pub struct Accept(pub Arc<OffloadParams>);

/// The judgement.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Accepted {
    /// Why not; `None`: accepted.
    pub rejected: Option<String>,
    /// What the catalog takes from it.
    pub catalog: Vec<CatalogChange>,
}

impl OffloadParams {
    /// Its headers were seen to be right.
    #[must_use]
    pub fn proved(&self) -> CatalogChange {
        self.state(SnapshotState::Proved)
    }

    /// It will not be used.
    #[must_use]
    pub fn rejected(&self) -> CatalogChange {
        self.state(SnapshotState::Rejected)
    }

    fn state(&self, state: SnapshotState) -> CatalogChange {
        CatalogChange::SnapshotState { id: self.snapshot.clone(), state }
    }
}

impl Accept {
    fn identity(&self, row: Row<'_>) -> Result<Option<String>, Fault> {
        let then = &self.0.surveyed.identity;
        let kind = if self.0.media.standby { "STANDBY" } else { "BACKUP" };
        let wanted = [
            ("DBID", then.dbid.to_string()),
            ("RESETLOGS_CHANGE#", then.resetlogs_change.to_string()),
            ("RESETLOGS_TIME", then.resetlogs_time.clone()),
            ("CONTROLFILE_TYPE", kind.to_owned()),
            ("OPEN_MODE", "MOUNTED".to_owned()),
        ];
        for (column, wanted) in wanted {
            let found = row.text(column)?;
            if found != wanted {
                return Ok(Some(format!("{column} of the clone is {found}, not {wanted}")));
            }
        }
        Ok(None)
    }

    /// ACTIVE files carry the CHANGE# of BEGIN as their checkpoint; files that took no part are as they were.
    fn header(&self, row: Row<'_>) -> Result<Option<String>, Fault> {
        let file = row.number("FILE#")?;
        let Some(known) = self.0.surveyed.datafiles.iter().find(|known| known.number == file) else {
            return Ok(Some(format!("datafile {file} is not in the survey")));
        };
        if self.0.skip.contains(&known.name) {
            return Ok(None);
        }
        if let Some(error) = row.get("ERROR")? {
            return Ok(Some(format!("datafile {file}: {error}")));
        }
        let found = row.scn("CHECKPOINT_CHANGE#")?;
        // Files that were read only across a RESETLOGS keep the older value.
        let now = self.0.surveyed.identity.resetlogs_change;
        if self.0.active.contains_key(&file) && row.scn("RESETLOGS_CHANGE#")? != now {
            return Ok(Some(format!("datafile {file} is of another incarnation")));
        }
        Ok(match (self.0.active.get(&file), self.0.quiet.get(&file)) {
            (Some(wanted), _) if *wanted == found && row.get("FUZZY")? == Some("YES") => None,
            (Some(wanted), _) => Some(format!("datafile {file} has checkpoint {found}, BEGIN BACKUP gave it {wanted}")),
            (None, Some(wanted)) if *wanted == found => None,
            (None, Some(wanted)) => Some(format!("datafile {file} has checkpoint {found}, at BEGIN it had {wanted}")),
            (None, None) => Some(format!("datafile {file} was not there at BEGIN")),
        })
    }

    fn judge(&self, identity: &Rows, headers: &Rows) -> Result<Option<String>, Fault> {
        if let Some(why) = self.identity(identity.one()?)? {
            return Ok(Some(why));
        }
        let mut seen = BTreeSet::new();
        for row in headers.iter() {
            seen.insert(row.number("FILE#")?);
            if let Some(why) = self.header(row)? {
                return Ok(Some(why));
            }
        }
        let missing = self.0.active.keys().find(|file| !seen.contains(file));
        Ok(missing.map(|file| format!("datafile {file} is not in the clone's control file")))
    }
}

impl Step<World> for Accept {
    const KIND: &'static str = "accept";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "looking leaves no effect to take back" };
    type Out = Accepted;

    fn describe(&self) -> String {
        "compare DBID, incarnation and every datafile header with the window".to_owned()
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Accepted>, Fault> {
        cx.out::<Stage>()?;
        let release = self.0.release()?;
        let batch = [sql::DATABASE_IDENTITY.at(release, &[])?, sql::FILES_HEADERS.at(release, &[])?];
        let rows = ask::ask(cx.world, &self.0.target(), &batch)?;
        let rejected = match rows.as_slice() {
            [identity, headers] => self.judge(identity, headers)?,
            _ => Some("the clone did not answer".to_owned()),
        };
        let change = if rejected.is_none() { self.0.proved() } else { self.0.rejected() };
        let out = Accepted { rejected: rejected.clone(), catalog: vec![change] };
        Ok(match rejected {
            None => Ran::Done(out),
            Some(why) => Ran::Warned(out, format!("the snapshot is rejected: {why}")),
        })
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Accepted>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Accepted>) -> Result<(), Fault> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Scn, step::params::testing};
    use rstest::rstest;

    /// File 1, with the header of an incarnation (the survey's is 1), ACTIVE in the window or read only.
    #[rstest]
    #[case::active(true, "1", None)]
    #[case::active_of_another(true, "7", Some("another incarnation"))]
    #[case::read_only(false, "1", None)]
    #[case::read_only_since_before_a_resetlogs(false, "7", None)]
    fn only_active_files_must_be_of_the_current_incarnation(
        #[case] active: bool,
        #[case] incarnation: &str,
        #[case] why: Option<&str>,
    ) {
        let mut params = testing::offload();
        if !active {
            params.active.clear();
            params.quiet.insert(1, Scn::new(1001));
        }
        let header =
            [("FILE#", "1"), ("CHECKPOINT_CHANGE#", "1001"), ("RESETLOGS_CHANGE#", incarnation), ("FUZZY", "YES")];
        let row = header.iter().map(|(_, value)| Some((*value).to_owned())).chain([None]);
        let columns = header.iter().map(|(column, _)| (*column).to_owned()).chain(["ERROR".to_owned()]);
        let rows = Rows { columns: columns.collect(), rows: vec![row.collect()] };
        let said = Accept(Arc::new(params)).header(rows.one().unwrap()).unwrap();
        assert_eq!(said.is_some(), why.is_some(), "{said:?}");
        assert!(why.is_none_or(|why| said.unwrap().contains(why)));
    }
}
