//! Whether the way back of a recovery can be gone to its end, looked at before its first step.

use super::logs;
use crate::{
    fault::{Fault, Kind},
    flow::recover::{Part, RecoverParams, lies_on},
    model::{RunId, Scn},
    port::{Row, Rows},
    recovery::{Chain, chain::Reach},
    step::{
        World, gather,
        production::{self, State},
        sql as ask,
    },
    text::sql,
};

/// Behind a plain OPEN the database has gone on: the old disks must follow it, for which every log since is needed.
/// Where the database is down nobody can be asked, and the undo finds out.
pub fn old_disks_can_follow(world: &World, p: &RecoverParams, run: &RunId, whole_below: Scn) -> Result<(), Fault> {
    let release = p.release()?;
    if production::state(world, &p.site, release)? < State::Mounted {
        return Ok(());
    }
    let redo = gather::redo(world, &ask::production(&p.site), release, whole_below)?;
    let present = redo.path.present();
    let incarnation = redo.path.position(present.resetlogs, &present.time).unwrap_or_default();
    let reach = Reach { incarnation, from: whole_below, below: None };
    let links = logs::there(world, &p.site.host, &redo)?;
    Chain::prove(&redo.path, reach, &links).map(drop).map_err(|missing| {
        let text = format!("the old disks of {run} could not follow the database: {}", missing.message);
        Fault::new(Kind::User, "REC-073", text)
            .hint("restore the log into the archive destination (RMAN: RESTORE ARCHIVELOG), then try again")
            .hint("nothing was changed: the database works on the new disks, and the old ones are kept")
            .on(&p.site.host)
    })
}

/// Behind a RESETLOGS the old control files and online logs go back with the old disks: where one of them is gone no step
/// is begun.
pub fn kept_set_is_there(world: &World, p: &RecoverParams, run: &RunId) -> Result<(), Fault> {
    let folder = p.kept_set(run.as_str());
    let kept: Vec<String> = p.control_and_logs().iter().map(|file| format!("{folder}/{}", file.name)).collect();
    let places = gather::places(world, &p.site.host, &kept)?;
    let gone = kept.iter().zip(places).find(|(_, place)| place.is_none());
    gone.map_or(Ok(()), |(name, _)| {
        Err(Fault::new(Kind::User, "REC-074", format!("{name} is gone: the way back of {run} is not whole"))
            .hint("look who removed it, and restore it from a copy of that folder")
            .hint("nothing was changed: the database works on the new disks, and the old ones are kept")
            .on(&p.site.host))
    })
}

/// A part's disk goes back while the rest is open: a file of others that was made on it since would go with it.
pub fn nothing_of_others(world: &World, p: &RecoverParams, run: &RunId) -> Result<(), Fault> {
    let (Some(part), release) = (&p.part, p.release()?) else { return Ok(()) };
    if production::state(world, &p.site, release)? < State::Open {
        return Ok(());
    }
    let batch = [sql::FILES_DATA.at(release, &[])?, sql::FILES_TEMP.at(release, &[])?];
    let rows = ask::ask(world, &ask::production(&p.site), &batch)?;
    let data = || rows.first().into_iter().flat_map(Rows::iter);
    let Some(one) = data().find(|row| part.holds(row)) else { return Err(dropped(part, run)) };
    let container = one.get("CON_ID")?;
    let belongs = |row: &Row<'_>| match (&part.tablespace, &part.pdb) {
        (Some(name), _) => row.get("TABLESPACE_NAME") == Ok(Some(name)),
        (None, Some(_)) => row.get("CON_ID") == Ok(container),
        (None, None) => row.get("TABLESPACE_NAME").is_ok_and(|name| name.is_some()) && part.holds(row),
    };
    let here = |row: &Row<'_>| row.text("NAME").is_ok_and(|name| p.units.iter().any(|unit| lies_on(unit, name)));
    let other = rows.iter().flat_map(Rows::iter).find(|row| here(row) && !belongs(row));
    other.map_or(Ok(()), |row| {
        let text = format!("{} lies on the disk that would go: it is no part of {}", row.text("NAME")?, part.what());
        Err(Fault::new(Kind::User, "REC-075", text)
            .hint("move it to another disk or drop it, then try again")
            .hint_command("or give the way back up", format!("ovmirror commit {run}"))
            .on(&p.site.host))
    })
}

fn dropped(part: &Part, run: &RunId) -> Fault {
    Fault::new(
        Kind::User,
        "REC-077",
        format!("{} was dropped since: its old disk has nothing to go back to", part.what()),
    )
    .hint_command("give the way back up", format!("ovmirror commit {run}"))
    .hint("to have it as it was, recover the whole database to a point before the drop")
}

/// CURRENT_SCN, where the database is open and answers.
pub fn scn_now(world: &World, p: &RecoverParams) -> Option<Scn> {
    let now = sql::DATABASE_NOW.at(p.release().ok()?, &[]).ok()?;
    let rows = ask::ask(world, &ask::production(&p.site), &[now]).ok()?;
    let scn = rows.first()?.one().ok()?.scn("CURRENT_SCN").ok()?;
    (scn > Scn::default()).then_some(scn)
}
