//! The old disks of a database that has gone on since they were taken away: what was added since is not on them, and
//! what went offline since is not reached by RECOVER DATABASE.

use super::{added, apply, params::RecoverParams};
use crate::{
    engine::Cx,
    fault::{Fault, Kind},
    port::{Bind, Event, Row, Rows},
    step::{World, gather, sql as ask},
    survey::Unit,
    text::{sql, sqlplus},
};

/// Recovers what V$RECOVER_FILE shows, to now. The database is mounted. Tells whether it can be opened then.
pub fn make_whole(cx: &Cx<'_, World>, p: &RecoverParams) -> Result<bool, Fault> {
    let lost = lost_before(cx, p)?;
    if p.gone_essential && !lost.is_empty() {
        let text = format!("{} stays in MOUNT: it cannot be opened without what was lost before", p.site.database);
        cx.monitor.tell(&Event::Note(text));
        return Ok(false);
    }
    let lost = leave_out(cx, p, &lost)?;
    make_again(cx, p, &[])?;
    let release = p.release()?;
    let rows = ask::ask(cx.world, &ask::production(&p.site), &[sql::FILES_RECOVER.at(release, &[])?])?;
    let (online, offline): (Vec<Row<'_>>, Vec<Row<'_>>) =
        rows.iter().flat_map(Rows::iter).partition(|row| row.get("ONLINE_STATUS") == Ok(Some("ONLINE")));
    if !online.is_empty() {
        apply::recover(cx, p, &sqlplus::Recover::complete(), 0)?;
    }
    for row in offline {
        let file = row.number("FILE#")?;
        if !lost.contains(&file) {
            recover_offline(cx, p, file)?;
        }
    }
    Ok(true)
}

/// Datafiles that were lost before the recovery and are not there now: FILE# and name.
pub fn lost_before(cx: &Cx<'_, World>, p: &RecoverParams) -> Result<Vec<(u64, String)>, Fault> {
    let data = sql::FILES_DATA.at(p.release()?, &[])?;
    let rows = if p.gone.is_empty() { Vec::new() } else { ask::ask(cx.world, &ask::production(&p.site), &[data])? };
    let named = |row: Row<'_>| Ok((row.number("FILE#")?, row.text("NAME")?.to_owned()));
    let mut files = rows.iter().flat_map(Rows::iter).map(named).collect::<Result<Vec<_>, Fault>>()?;
    files.retain(|(_, name)| p.gone.contains(name));
    let names: Vec<String> = files.iter().map(|(_, name)| name.clone()).collect();
    let places = gather::places(cx.world, &p.site.host, &names)?;
    let lost: Vec<_> =
        files.into_iter().zip(places).filter(|(_, place)| place.is_none()).map(|(file, _)| file).collect();
    for (number, name) in &lost {
        let text = format!("datafile {number}, {name} is not there, as before the run");
        cx.monitor.tell(&Event::Note(text));
    }
    Ok(lost)
}

/// The rest can be opened without them once they are offline (ORA-01157).
fn leave_out(cx: &Cx<'_, World>, p: &RecoverParams, lost: &[(u64, String)]) -> Result<Vec<u64>, Fault> {
    let lost: Vec<u64> = lost.iter().map(|(number, _)| *number).collect();
    let release = p.release()?;
    let offline = |file: &u64| sql::CHANGE_DATAFILE_OFFLINE.at(release, &[("file", Bind::Number(*file))]);
    let batch = lost.iter().map(offline).collect::<Result<Vec<_>, Fault>>()?;
    if !batch.is_empty() {
        ask::ask(cx.world, &ask::production(&p.site), &batch)?;
    }
    Ok(lost)
}

/// A file that went offline since. One that was offline all along stays as it is.
fn recover_offline(cx: &Cx<'_, World>, p: &RecoverParams, file: u64) -> Result<(), Fault> {
    let was_offline = p.surveyed.datafiles.iter().any(|known| known.number == file && !known.is_online());
    let Ok(number) = u32::try_from(file) else { return Ok(()) };
    if was_offline {
        return Ok(());
    }
    // One that went offline with a checkpoint is as it was then.
    apply::recover(cx, p, &sqlplus::RecoverPart { tablespace: "", datafiles: &[number] }, 0).or_else(apply::not_needed)
}

/// Whether a file was there when the recovery began: then it is not made again but looked for.
fn was_there(p: &RecoverParams, number: u64) -> bool {
    p.surveyed.datafiles.iter().any(|file| file.number == number)
        || p.added.iter().any(|file| file.number == number && !file.managed)
}

fn not_mounted(p: &RecoverParams, name: &str) -> Fault {
    Fault::new(Kind::External, "REC-035", format!("{name} is not there: is its file system mounted?"))
        .hint("mount it, or put the file back")
        .on(&p.site.host)
}

/// Whether a file lies on a file system, by its name.
#[must_use]
pub fn lies_on(unit: &Unit, name: &str) -> bool {
    name.strip_prefix(unit.target.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
}

/// Files that were added since: empty ones under their names, which recovery fills. One that is there is left alone.
/// Only what lies on these file systems, where there are any.
pub fn make_again(cx: &Cx<'_, World>, p: &RecoverParams, only: &[Unit]) -> Result<(), Fault> {
    let (release, target) = (p.release()?, ask::production(&p.site));
    let batch = [sql::FILES_RECOVER.at(release, &[])?, sql::FILES_DATA.at(release, &[])?];
    let rows = ask::ask(cx.world, &target, &batch)?;
    let [recover, data] = rows.as_slice() else { return Err(super::no_answer(p)) };
    let listed: Vec<u64> = recover.iter().map(|row| row.number("FILE#")).collect::<Result<_, _>>()?;
    let mut files = Vec::new();
    for row in data.iter().filter(|row| row.number("FILE#").is_ok_and(|number| listed.contains(&number))) {
        files.push((row.number("FILE#")?, row.text("NAME")?.to_owned()));
    }
    files.retain(|(_, name)| !p.gone.contains(name));
    files.retain(|(_, name)| only.is_empty() || only.iter().any(|unit| lies_on(unit, name)));
    let names: Vec<String> = files.iter().map(|(_, name)| name.clone()).collect();
    let places = gather::places(cx.world, &p.site.host, &names)?;
    let missing: Vec<_> = files.iter().zip(places).filter(|(_, place)| place.is_none()).map(|(file, _)| file).collect();
    if let Some((_, name)) = missing.iter().find(|(number, _)| was_there(p, *number)) {
        return Err(not_mounted(p, name));
    }
    let create = missing.iter().map(|(_, name)| added::again(release, name, added::is_managed(name)));
    let create = create.collect::<Result<Vec<_>, Fault>>()?;
    if create.is_empty() { Ok(()) } else { ask::ask(cx.world, &target, &create).map(drop) }
}
