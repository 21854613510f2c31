//! Complete recovery of the part, with the database open.

use super::{
    apply, offline,
    params::{Part, RecoverParams},
    preview, whole,
};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    port::{Event, Row, Rows},
    step::{World, preview::told, sql as ask},
    text::{sql, sqlplus},
};
use std::sync::Arc;

pub struct RecoverPart(pub Arc<RecoverParams>);

/// The text: a tablespace by its name, else its files.
pub fn text(p: &RecoverParams) -> Result<sqlplus::RecoverPart<'_>, Fault> {
    let part = p.part()?;
    Ok(sqlplus::RecoverPart { tablespace: part.tablespace.as_deref().unwrap_or_default(), datafiles: &part.files })
}

/// Recovers it where V$RECOVER_FILE says that it needs to be.
pub fn recover(cx: &Cx<'_, World>, p: &RecoverParams) -> Result<(), Fault> {
    let release = p.release()?;
    let rows = ask::ask(cx.world, &ask::production(&p.site), &[sql::FILES_RECOVER.at(release, &[])?])?;
    let files = &p.part()?.files;
    let ours = |row: &Row<'_>| row.number("FILE#").is_ok_and(|n| files.iter().any(|f| u64::from(*f) == n));
    // A file that went offline with a checkpoint needs none (Database Reference, V$RECOVER_FILE.ERROR).
    let needs = |row: Row<'_>| row.get("ERROR").ok().flatten() != Some("OFFLINE NORMAL");
    if !rows.iter().flat_map(Rows::iter).filter(ours).any(needs) {
        return Ok(());
    }
    apply_if_needed(cx, p)
}

/// Where nothing was changed since the snapshot there may be nothing to apply (Error Messages, ORA-00264).
fn apply_if_needed(cx: &Cx<'_, World>, p: &RecoverParams) -> Result<(), Fault> {
    apply::recover(cx, p, &text(p)?, p.logs).or_else(apply::not_needed)
}

/// Brings back what the old disk holds of it: recovered to now, as it was before.
pub fn bring_back(cx: &Cx<'_, World>, p: &RecoverParams) -> Result<(), Fault> {
    if look(cx, p)?.files.is_empty() {
        let text = format!("{} was dropped since: there is nothing to bring online", p.part()?.what());
        cx.monitor.tell(&Event::Note(text));
        return Ok(());
    }
    if !whole::lost_before(cx, p)?.is_empty() {
        // Without one of its files it is as lost as before, and stays offline.
        return Ok(());
    }
    recover(cx, p)?;
    match bring_online(cx, p) {
        // A RECOVER that outlived its run went through the other disk, and V$RECOVER_FILE shows that one's state.
        Err(behind) if apply::says(&behind, "ORA-01113") => {
            apply_if_needed(cx, p)?;
            bring_online(cx, p)
        }
        done => done,
    }
}

/// What is seen of the part.
struct Seen {
    /// STATUS of each of its datafiles that is there.
    files: Vec<String>,
    /// OPEN_MODE of a pluggable database.
    mode: Option<String>,
    is_pdb: bool,
}

impl Seen {
    /// Every file is online (and the container open).
    fn is_online(&self) -> bool {
        let open = !self.is_pdb || self.mode.as_deref() == Some("READ WRITE");
        open && self.files.iter().all(|status| is_up(status))
    }

    /// No file is (or the container is closed: its files stay ONLINE then). One that is offline already says nothing of
    /// the others.
    fn is_offline(&self) -> bool {
        match self.is_pdb {
            true => self.mode.as_deref().is_none_or(|mode| mode == "MOUNTED"),
            false => !self.files.iter().any(|status| is_up(status)),
        }
    }
}

fn is_up(status: &str) -> bool {
    matches!(status, "ONLINE" | "SYSTEM")
}

fn look(cx: &Cx<'_, World>, p: &RecoverParams) -> Result<Seen, Fault> {
    let (release, part) = (p.release()?, p.part()?);
    let batch = [sql::FILES_DATA.at(release, &[])?, sql::DATABASE_PDBS.at(release, &[])?];
    let rows = ask::ask(cx.world, &ask::production(&p.site), &batch)?;
    let [files, pdbs] = rows.as_slice() else { return Err(super::no_answer(p)) };
    let status = |row: Row<'_>| row.text("STATUS").map(str::to_owned);
    let files = files.iter().filter(|row| part.holds(row)).map(status).collect::<Result<_, _>>()?;
    let container = pdbs.iter().find(|row| part.pdb.is_some() && row.get("NAME").ok().flatten() == part.pdb.as_deref());
    let mode = container.and_then(|row| row.get("OPEN_MODE").ok().flatten().map(str::to_owned));
    Ok(Seen { files, mode, is_pdb: part.pdb.is_some() })
}

impl Part {
    /// Whether a row of V$DATAFILE is of one of its files. A number may have been given to a file of another tablespace.
    #[must_use]
    pub fn holds(&self, row: &Row<'_>) -> bool {
        let known = row.number("FILE#").is_ok_and(|n| self.files.iter().any(|file| u64::from(*file) == n));
        let tablespace = row.get("TABLESPACE_NAME").ok().flatten();
        known && self.tablespace.as_deref().is_none_or(|name| tablespace == Some(name))
    }
}

/// Brings it online, unless it is, or was not before.
pub fn bring_online(cx: &Cx<'_, World>, p: &RecoverParams) -> Result<(), Fault> {
    if p.part()?.closed || look(cx, p)?.is_online() {
        return Ok(());
    }
    offline::send(cx, p, &p.part()?.online(p.release()?)?)
}

/// Takes it offline, unless all of it is.
pub fn take_offline(cx: &Cx<'_, World>, p: &RecoverParams) -> Result<(), Fault> {
    if look(cx, p)?.is_offline() {
        return Ok(());
    }
    offline::send(cx, p, &p.part()?.offline(p.release()?)?)
}

impl Step<World> for RecoverPart {
    const KIND: &'static str = "recover_part";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "only the reflinks are changed, and they are kept" };
    type Out = ();

    fn describe(&self) -> String {
        format!("apply {} logs of redo to it", self.0.logs)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(text(&self.0).and_then(|text| preview::script(&text)))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        apply_if_needed(cx, &self.0).map(Ran::Done)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        // Recovery that is begun again goes on where it was, and one that is at work is waited for.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        Ok(())
    }
}
