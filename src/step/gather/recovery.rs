//! What a recovery asks besides the survey: incarnations, redo and where it lies, files without redo, living guards.

use crate::{
    fault::{Fault, Kind},
    model::{HostName, Scn},
    port::{Bind, Row, Rows, SqlTarget},
    recovery::{Incarnation, Link, Path, Place},
    step::{World, folder::not_understood, shell, sql as ask},
    text::{
        Release,
        sh::{self, OracleEnv},
        sql,
    },
};
use std::collections::BTreeMap;

/// The database's redo and its history.
#[derive(Debug, Clone)]
pub struct Redo {
    /// The incarnation path.
    pub path: Path,
    /// Archived logs that are not deleted, and the online logs.
    pub links: Vec<Link>,
    /// Members of the online groups.
    pub members: BTreeMap<u64, Vec<String>>,
    /// Datafiles with changes that are in no redo: name and the SCN of the last.
    pub unrecoverable: Vec<(String, Scn)>,
    /// The database's time now, with offset.
    pub now: String,
    /// CURRENT_SCN; 0 while only mounted.
    pub scn: Scn,
}

/// Asks for everything that ends above `from`.
pub fn redo(world: &World, target: &SqlTarget, release: Release, from: Scn) -> Result<Redo, Fault> {
    let batch = [
        sql::DATABASE_INCARNATIONS.at(release, &[])?,
        sql::LOGS_SINCE.at(release, &[("scn", Bind::Number(from.get()))])?,
        sql::FILES_LOGS.at(release, &[])?,
        sql::FILES_REDO.at(release, &[])?,
        sql::FILES_DATA.at(release, &[])?,
        sql::DATABASE_NOW.at(release, &[])?,
    ];
    let rows = ask::ask(world, target, &batch)?;
    let [incarnations, archived, online, members, files, now] = rows.as_slice() else {
        return Err(Fault::new(Kind::Bug, "SRV-002", "the answers about redo are not complete"));
    };
    let path = Path::of(&incarnations.iter().map(incarnation).collect::<Result<Vec<_>, _>>()?)?;
    let mut links = self::archived(archived)?;
    links.extend(self::online(online, path.present())?);
    let now = now.one()?;
    Ok(Redo {
        path,
        links,
        members: self::members(members)?,
        unrecoverable: unrecoverable(files, from)?,
        now: now.text("NOW")?.to_owned(),
        scn: now.scn("CURRENT_SCN")?,
    })
}

fn incarnation(row: Row<'_>) -> Result<Incarnation, Fault> {
    Ok(Incarnation {
        number: row.number("INCARNATION#")?,
        prior: row.number("PRIOR_INCARNATION#")?,
        resetlogs: row.scn("RESETLOGS_CHANGE#")?,
        time: row.text("RESETLOGS_TIME")?.to_owned(),
        current: row.text("STATUS")? == "CURRENT",
    })
}

fn archived(rows: &Rows) -> Result<Vec<Link>, Fault> {
    let mut links = Vec::new();
    for row in rows.iter() {
        let there = row.get("DELETED")? == Some("NO") && row.get("STATUS")? == Some("A");
        let Some(name) = row.get("NAME")?.filter(|_| there) else { continue };
        links.push(Link {
            thread: row.number("THREAD#")?,
            sequence: row.number("SEQUENCE#")?,
            resetlogs: row.scn("RESETLOGS_CHANGE#")?,
            resetlogs_time: row.text("RESETLOGS_TIME")?.to_owned(),
            first: row.scn("FIRST_CHANGE#")?,
            next: Some(row.scn("NEXT_CHANGE#")?),
            from_time: row.text("FIRST_TIME")?.to_owned(),
            to_time: row.get("NEXT_TIME")?.map(str::to_owned),
            bytes: row.number("BYTES")?,
            place: Place::Archived(name.to_owned()),
        });
    }
    Ok(links)
}

/// Groups that hold redo; NEXT_CHANGE# of the current one is the highest number there is (Database Reference, V$LOG).
fn online(rows: &Rows, present: &Incarnation) -> Result<Vec<Link>, Fault> {
    let mut links = Vec::new();
    for row in rows.iter() {
        let status = row.text("STATUS")?;
        if matches!(status, "UNUSED" | "CLEARING" | "CLEARING_CURRENT") {
            continue;
        }
        let next = if status == "CURRENT" { None } else { row.get("NEXT_CHANGE#")?.and_then(|n| n.parse().ok()) };
        links.push(Link {
            thread: row.number("THREAD#")?,
            sequence: row.number("SEQUENCE#")?,
            resetlogs: present.resetlogs,
            resetlogs_time: present.time.clone(),
            first: row.scn("FIRST_CHANGE#")?,
            next: next.map(Scn::new),
            from_time: row.get("FIRST_TIME")?.unwrap_or_default().to_owned(),
            to_time: None,
            bytes: row.number("BYTES")?,
            place: Place::Online(row.number("GROUP#")?),
        });
    }
    Ok(links)
}

fn members(rows: &Rows) -> Result<BTreeMap<u64, Vec<String>>, Fault> {
    let mut all: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.get("TYPE") == Ok(Some("ONLINE"))) {
        all.entry(row.number("GROUP#")?).or_default().push(row.text("MEMBER")?.to_owned());
    }
    Ok(all)
}

/// Changes without redo (NOLOGGING, direct loads): their blocks come back unreadable (Error Messages, ORA-26040).
fn unrecoverable(rows: &Rows, from: Scn) -> Result<Vec<(String, Scn)>, Fault> {
    let mut all = Vec::new();
    for row in rows.iter() {
        let change = row.get("UNRECOVERABLE_CHANGE#")?.and_then(|text| text.parse().ok()).map(Scn::new);
        if let Some(change) = change.filter(|change| *change > from) {
            all.push((row.text("NAME")?.to_owned(), change));
        }
    }
    Ok(all)
}

/// Runs of the guards that live on a host.
pub fn guards(world: &World, host: &HostName) -> Result<Vec<String>, Fault> {
    let printed = shell::script(world, host, &sh::Guards {})?;
    if printed.lines().last() != Some("end") {
        return Err(not_understood(host, &printed));
    }
    Ok(printed.lines().filter_map(|line| line.strip_prefix("guard ")).map(str::to_owned).collect())
}

/// A moment on the wall clock of a host, as UNTIL TIME takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wall {
    /// `YYYY-MM-DD:HH24:MI:SS`
    pub time: String,
    /// Whether that clock shows it twice.
    pub twice: bool,
}

/// What the clock of the instance's processes shows at a moment.
pub fn wall(world: &World, host: &HostName, env: &OracleEnv, epoch: i64) -> Result<Wall, Fault> {
    let printed = shell::script(world, host, &sh::LocalTime { env, epoch })?;
    let time = printed.lines().find_map(|line| line.strip_prefix("local ")).map(str::to_owned);
    match time.filter(|_| printed.lines().last() == Some("end")) {
        Some(time) => Ok(Wall { time, twice: printed.lines().any(|line| line == "again") }),
        None => Err(not_understood(host, &printed)),
    }
}

/// What the beginning of a log's file shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogHead {
    /// Bytes of the file; `None`: it is not there or may not be read.
    pub bytes: Option<u64>,
    /// `Thread N, Seq# N, SCN 0xN-0xN` of its header; empty where it does not say so.
    pub text: String,
}

/// The heads of logs, in the same order.
pub fn log_heads(world: &World, host: &HostName, paths: &[String]) -> Result<Vec<LogHead>, Fault> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let printed = shell::script_within(world, host, &sh::LogHeads { paths }, world.limits.sql)?;
    let mut heads: Vec<LogHead> = Vec::new();
    for line in printed.lines() {
        match (line.split_once(' '), heads.last_mut()) {
            (None, _) if line == "missing" => heads.push(LogHead::default()),
            (Some(("bytes", size)), _) => heads.push(LogHead { bytes: size.trim().parse().ok(), text: String::new() }),
            (Some(("head", text)), Some(last)) => last.text = text.trim().to_owned(),
            _ => {}
        }
    }
    if heads.len() == paths.len() { Ok(heads) } else { Err(not_understood(host, &printed)) }
}

/// Files below mount points, at most so many of each.
pub fn other_files(world: &World, host: &HostName, points: &[String], most: u64) -> Result<Vec<String>, Fault> {
    let printed = shell::script(world, host, &sh::OtherFiles { points, most })?;
    if printed.lines().last() != Some("end") {
        return Err(not_understood(host, &printed));
    }
    Ok(printed.lines().filter_map(|line| line.strip_prefix("file ")).map(str::to_owned).collect())
}
