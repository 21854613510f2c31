//! Whether the clone is what the window made: identity, incarnation, control file type, and each header. Content that
//! contradicts the window rejects the snapshot; what the media host could not show is a fault of that host, and the
//! snapshot stays as it was.

use super::stage::Stage;
use crate::{
    catalog::{CatalogChange, SnapshotState},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    port::{Row, Rows},
    step::{
        World,
        headers::{Verdict, Window},
        params::CloneParams,
        preview::told,
        sql as ask,
    },
    text::sql,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub struct Accept(pub Arc<CloneParams>);

/// The judgement.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Accepted {
    /// Why not; `None`: accepted.
    pub rejected: Option<String>,
    /// Bytes of each datafile as the clone shows them: production's files may have grown between survey and BEGIN.
    #[serde(default)]
    pub bytes: BTreeMap<u64, u64>,
    /// What the catalog takes from it.
    pub catalog: Vec<CatalogChange>,
}

impl CloneParams {
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

    /// What the headers must show.
    #[must_use]
    pub fn window(&self) -> Window<'_> {
        Window {
            resetlogs: self.surveyed.identity.resetlogs_change,
            datafiles: &self.surveyed.datafiles,
            active: &self.active,
            quiet: &self.quiet,
            skip: &self.skip,
            restored: None,
        }
    }

    fn state(&self, state: SnapshotState) -> CatalogChange {
        CatalogChange::SnapshotState { id: self.snapshot.clone(), state }
    }
}

impl Accept {
    fn identity(&self, row: Row<'_>) -> Result<Option<String>, Fault> {
        let then = &self.0.surveyed.identity;
        let wanted = [
            ("DBID", then.dbid.to_string()),
            ("RESETLOGS_CHANGE#", then.resetlogs_change.to_string()),
            ("RESETLOGS_TIME", then.resetlogs_time.clone()),
        ];
        for (column, wanted) in wanted {
            let found = row.text(column)?;
            if found != wanted {
                return Ok(Some(format!("{column} of the clone is {found}, not {wanted}")));
            }
        }
        Ok(None)
    }

    /// How the clone was mounted says nothing of the copy.
    fn mounted(&self, row: Row<'_>) -> Result<(), Fault> {
        let kind = if self.0.media.standby { "STANDBY" } else { "BACKUP" };
        for (column, wanted) in [("CONTROLFILE_TYPE", kind), ("OPEN_MODE", "MOUNTED")] {
            let found = row.text(column)?;
            if found != wanted {
                return Err(self.unseen(format!("{column} of the clone is {found}, not {wanted}")).hint(format!(
                    "nothing else may mount or open the instance {} there; look who did",
                    self.0.site.sid
                )));
            }
        }
        Ok(())
    }

    /// The media host does not show what is to be compared.
    fn unseen(&self, why: String) -> Fault {
        let text = format!("the clone could not be looked at on {}: {why}", self.0.media.name);
        Fault::new(Kind::External, "OFF-020", text).on(&self.0.media.host)
    }

    fn unreadable(&self, file: &str, error: &str) -> Fault {
        let here = self.0.there(file);
        self.unseen(format!("{here}: {error}"))
            .hint("the Oracle user of the media host must have the user and group numbers of production's")
            .hint_command("look at it as that user, and at the mounts above it", format!("ls -ln {here}"))
    }

    fn header(&self, row: Row<'_>) -> Result<Option<String>, Fault> {
        match self.0.window().judge(row)? {
            Verdict::Fits => Ok(None),
            Verdict::Contradicts(why) => Ok(Some(why)),
            Verdict::Unread(file, error) => Err(self.unreadable(&file, &error)),
        }
    }

    fn judge(&self, identity: &Rows, headers: &Rows) -> Result<Option<String>, Fault> {
        if let Some(why) = self.identity(identity.one()?)? {
            return Ok(Some(why));
        }
        self.mounted(identity.one()?)?;
        if headers.rows.is_empty() {
            return Err(self
                .unseen("V$DATAFILE_HEADER has no rows".to_owned())
                .hint("look at the alert log of the clone"));
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

/// V$DATAFILE_HEADER.BYTES of each file whose header was read.
pub fn sizes(headers: &Rows) -> Result<BTreeMap<u64, u64>, Fault> {
    let mut sizes = BTreeMap::new();
    for row in headers.iter() {
        if row.get("ERROR")?.is_none() {
            sizes.insert(row.number("FILE#")?, row.number("BYTES")?);
        }
    }
    Ok(sizes)
}

impl Step<World> for Accept {
    const KIND: &'static str = "accept";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "looking leaves no effect to take back" };
    type Out = Accepted;

    fn describe(&self) -> String {
        "compare DBID, incarnation and every datafile header with the window".to_owned()
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(super::preview::statements(&self.0, &[sql::DATABASE_IDENTITY, sql::FILES_HEADERS]))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Accepted>, Fault> {
        cx.out::<Stage>()?;
        let release = self.0.release()?;
        let batch = [sql::DATABASE_IDENTITY.at(release, &[])?, sql::FILES_HEADERS.at(release, &[])?];
        let rows = ask::ask(cx.world, &self.0.target(), &batch)?;
        let (rejected, bytes) = match rows.as_slice() {
            [identity, headers] => (self.judge(identity, headers)?, sizes(headers)?),
            _ => return Err(self.unseen("it did not answer".to_owned()).hint("look at the alert log of the clone")),
        };
        let change = if rejected.is_none() { self.0.proved() } else { self.0.rejected() };
        let out = Accepted { rejected: rejected.clone(), bytes, catalog: vec![change] };
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
    use crate::{model::Scn, step::params::testing::offload};
    use rstest::rstest;

    fn rows(columns: &[&str], values: &[&str]) -> Rows {
        let value = |text: &&str| (!text.is_empty()).then(|| (*text).to_owned());
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        Rows { columns, rows: vec![values.iter().map(value).collect()] }
    }

    fn identity(changed: &str, value: &str) -> Rows {
        let columns = ["DBID", "RESETLOGS_CHANGE#", "RESETLOGS_TIME", "CONTROLFILE_TYPE", "OPEN_MODE"];
        let values = ["1234567890", "1", "2026-11-21 20:00:00", "BACKUP", "MOUNTED"];
        let pairs = columns.iter().zip(values).map(|(column, good)| if *column == changed { value } else { good });
        rows(&columns, &pairs.collect::<Vec<_>>())
    }

    const HEADER: [&str; 7] =
        ["FILE#", "ERROR", "FUZZY", "CHECKPOINT_CHANGE#", "RESETLOGS_CHANGE#", "RESETLOGS_TIME", "BYTES"];

    fn header(error: &str, checkpoint: &str) -> Rows {
        rows(&HEADER, &["1", error, "YES", checkpoint, "1", "2026-11-21 20:00:00", "8388608"])
    }

    fn judge(identity: &Rows, headers: &Rows) -> Result<Option<String>, Fault> {
        Accept(Arc::new(offload())).judge(identity, headers)
    }

    #[test]
    fn sizes_are_those_of_headers_that_were_read() {
        assert_eq!(sizes(&header("", "1001")).unwrap(), BTreeMap::from([(1, 8_388_608)]));
        assert_eq!(sizes(&header("FILE NOT FOUND", "0")).unwrap(), BTreeMap::new());
    }

    #[test]
    fn the_windows_own_content_is_accepted() {
        assert_eq!(judge(&identity("", ""), &header("", "1001")), Ok(None));
    }

    #[rstest]
    #[case::database(identity("DBID", "7"), header("", "1001"), "DBID of the clone is 7")]
    #[case::incarnation(identity("RESETLOGS_CHANGE#", "9"), header("", "1001"), "RESETLOGS_CHANGE#")]
    #[case::checkpoint(identity("", ""), header("", "1000"), "has checkpoint 1000")]
    #[case::wrong_file(identity("", ""), header("WRONG FILE CREATE", "0"), "datafile 1: WRONG FILE CREATE")]
    #[case::corrupt(identity("", ""), header("CORRUPT HEADER", "0"), "datafile 1: CORRUPT HEADER")]
    fn contradicting_content_rejects(#[case] identity: Rows, #[case] headers: Rows, #[case] why: &str) {
        assert!(judge(&identity, &headers).unwrap().unwrap().contains(why));
    }

    #[rstest]
    #[case::not_found(identity("", ""), header("FILE NOT FOUND", "0"), "/u02/oradata/system01.dbf: FILE NOT FOUND")]
    #[case::not_opened(identity("", ""), header("CANNOT OPEN FILE", "0"), "CANNOT OPEN FILE")]
    #[case::not_read(identity("", ""), header("CANNOT READ HEADER", "0"), "CANNOT READ HEADER")]
    #[case::open(identity("OPEN_MODE", "READ WRITE"), header("", "1001"), "OPEN_MODE of the clone is READ WRITE")]
    #[case::kind(identity("CONTROLFILE_TYPE", "CURRENT"), header("", "1001"), "CONTROLFILE_TYPE")]
    #[case::no_headers(identity("", ""), Rows::default(), "no rows")]
    fn what_the_media_host_does_not_show_is_its_fault(
        #[case] identity: Rows,
        #[case] headers: Rows,
        #[case] why: &str,
    ) {
        let fault = judge(&identity, &headers).unwrap_err();
        assert!(fault.kind == Kind::External && fault.message.contains(why), "{fault}");
    }

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
        let mut params = offload();
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
