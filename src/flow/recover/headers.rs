//! Before anything is written: the same database, the control file that is meant, and on each swapped disk the headers of the
//! snapshot (laws 9 and 10).

use super::{params::RecoverParams, preview};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    port::{Row, Rows},
    step::{World, headers::Verdict, preview::told, sql as ask},
    text::sql,
};
use std::{collections::BTreeSet, sync::Arc};

pub struct Headers(pub Arc<RecoverParams>);

impl Headers {
    fn identity(&self, row: Row<'_>) -> Result<(), Fault> {
        let wanted = [
            ("DBID", self.0.surveyed.identity.dbid.to_string()),
            ("CONTROLFILE_TYPE", if self.0.controlfile.is_some() { "BACKUP" } else { "CURRENT" }.to_owned()),
            ("OPEN_MODE", if self.0.part.is_some() { "READ WRITE" } else { "MOUNTED" }.to_owned()),
        ];
        for (column, wanted) in wanted {
            let found = row.text(column)?;
            if found != wanted {
                return Err(self.wrong(format!("{column} is {found}, not {wanted}")));
            }
        }
        Ok(())
    }

    fn judge(&self, headers: &Rows) -> Result<(), Fault> {
        let mut seen = BTreeSet::new();
        for row in headers.iter() {
            let file = row.number("FILE#")?;
            seen.insert(file);
            // Files that the snapshot does not have were looked at in the plan.
            if !self.0.surveyed.datafiles.iter().any(|known| known.number == file) || self.is_left(file) {
                continue;
            }
            match self.0.window().judge(row)? {
                Verdict::Fits => {}
                Verdict::Contradicts(why) => return Err(self.wrong(why)),
                Verdict::Unread(name, error) => return Err(self.wrong(format!("{name}: {error}"))),
            }
        }
        match self.0.active.keys().find(|file| !seen.contains(file) && !self.is_left(**file)) {
            None => Ok(()),
            Some(file) => Err(self.wrong(format!("V$DATAFILE_HEADER does not show datafile {file}"))),
        }
    }

    /// A number that was used again or dropped since, or a file that is no part of what is recovered.
    fn is_left(&self, file: u64) -> bool {
        let p = &self.0;
        let outside = p.part.as_ref().is_some_and(|part| !part.files.iter().any(|one| u64::from(*one) == file));
        // The snapshot's control file knows the files of the snapshot, and no others.
        let added = p.controlfile.is_none() && p.added.iter().any(|added| added.number == file);
        outside || added || p.later.iter().any(|later| later.number == file) || p.dropped.contains(&file)
    }

    fn wrong(&self, why: String) -> Fault {
        let text = format!("what is mounted is not snapshot {}: {why}", self.0.snapshot);
        Fault::new(Kind::External, "REC-027", text)
            .hint_command("see what is known of the snapshot", format!("ovmirror show {}", self.0.snapshot))
            .hint("go to the end of another one: --to snapshot=ID (every change since is lost), or to a target that an older one serves")
            .on(&self.0.site.host)
    }
}

impl Step<World> for Headers {
    const KIND: &'static str = "headers";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "looking leaves no effect to take back" };
    type Out = ();

    fn describe(&self) -> String {
        "compare DBID and every datafile header with the snapshot".to_owned()
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::statements(&self.0, &[sql::DATABASE_IDENTITY, sql::FILES_HEADERS]))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        let release = self.0.release()?;
        let batch = [sql::DATABASE_IDENTITY.at(release, &[])?, sql::FILES_HEADERS.at(release, &[])?];
        let rows = ask::ask(cx.world, &ask::production(&self.0.site), &batch)?;
        let [identity, headers] = rows.as_slice() else {
            return Err(self.wrong("the database did not answer".to_owned()));
        };
        self.identity(identity.one()?)?;
        self.judge(headers).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
