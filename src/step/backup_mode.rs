//! Ending backup mode under law 2: END BACKUP is sent only while the instance is OPEN, the database is the right one,
//! and the ACTIVE files carry exactly the CHANGE# that this run's BEGIN gave them. In MOUNT, where an instance stands that
//! went down inside the window and cannot be opened (ORA-10873), it is RECOVER DATABASE that ends it: were one of the
//! files from a backup, END BACKUP would spoil it.

use super::{World, guard, params::DbSite, production, sql as ask};
use crate::{
    fault::{Fault, Kind, Retry},
    model::Scn,
    port::{Bind, Clock, Rows, Statement},
    text::{Release, sql, sqlplus},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// An ACTIVE file and the SCN that BEGIN gave it.
pub type Active = BTreeMap<u64, Scn>;

/// What is known of this run's own BEGIN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ours {
    /// BEGIN answered: exactly these.
    Exactly(Active),
    /// BEGIN never answered. `before`: files that were ACTIVE when the guard was armed; `floor`: the SCN then.
    InDoubt {
        /// ACTIVE already at `arm guard`.
        before: Vec<u64>,
        /// CURRENT_SCN at `arm guard`.
        floor: Scn,
    },
}

impl Ours {
    /// Whether the files that are ACTIVE now are all ours.
    fn owns(&self, active: &Active, spooled: &[(u64, Scn)]) -> bool {
        match self {
            Self::Exactly(begun) => active.iter().all(|(file, change)| begun.get(file) == Some(change)),
            Self::InDoubt { .. } if !spooled.is_empty() => {
                active.iter().all(|(file, change)| spooled.contains(&(*file, *change)))
            }
            Self::InDoubt { before, floor } => {
                active.iter().all(|(file, change)| !before.contains(file) && change >= floor)
            }
        }
    }
}

/// What one look at the database saw.
#[derive(Debug)]
struct Look {
    instance: String,
    startup_time: String,
    dbid: u64,
    open_mode: String,
    active: Active,
    names: Vec<String>,
}

/// The session that sent BEGIN: until it is gone its server process may still finish the statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// SID.
    pub sid: u64,
    /// SERIAL#.
    pub serial: u64,
}

/// Everything that ending needs to know.
#[derive(Debug)]
pub struct Ending<'a> {
    /// The database.
    pub site: &'a DbSite,
    /// Its DBID (law 10).
    pub dbid: u64,
    /// The release, for the text of statements.
    pub release: Release,
    /// The run.
    pub run: &'a str,
    /// What is ours.
    pub ours: Ours,
    /// The session that sent BEGIN, where its end is in doubt.
    pub sender: Option<&'a Sender>,
    /// V$INSTANCE.STARTUP_TIME when that session was opened.
    pub startup_time: &'a str,
}

/// How often a doubt is looked at, a second apart.
const LOOKS: u32 = 60;

/// Ends what this run began and returns when nothing of it is ACTIVE. A known BEGIN needs one empty look; one in doubt
/// needs two, after its session is gone.
pub fn end(world: &World, clock: &dyn Clock, ending: &Ending<'_>) -> Result<(), Fault> {
    if let Some(sender) = ending.sender {
        end_sender(world, clock, ending, sender)?;
    }
    let wanted = if matches!(ending.ours, Ours::Exactly(_)) { 1 } else { 2 };
    let mut empty = 0;
    for _ in 0..LOOKS {
        let look = look(world, ending)?;
        if look.active.is_empty() {
            empty += 1;
            if empty >= wanted {
                return Ok(());
            }
        } else {
            empty = 0;
            send_end(world, ending, &look)?;
        }
        clock.sleep(Duration::from_secs(u64::from(!look.active.is_empty() || wanted > 1)));
    }
    Err(stuck(ending, "after many looks files are still ACTIVE", &[]))
}

fn send_end(world: &World, ending: &Ending<'_>, look: &Look) -> Result<(), Fault> {
    let is_open = look.instance == "OPEN" && look.open_mode == "READ WRITE";
    if !is_open && look.open_mode != "MOUNTED" {
        let why = format!("the instance is {} and the database {}", look.instance, look.open_mode);
        let fault = stuck(ending, &why, &look.names);
        return Err(fault.hint("open it: RECOVER DATABASE in MOUNT ends backup mode, then ALTER DATABASE OPEN"));
    }
    let spooled = match ending.ours {
        Ours::Exactly(_) => Vec::new(),
        Ours::InDoubt { .. } => spooled(world, ending)?,
    };
    if !ending.ours.owns(&look.active, &spooled) {
        return Err(stuck(ending, "ACTIVE files carry another CHANGE# than this run's BEGIN gave", &look.names));
    }
    if !is_open {
        return recover(world, ending);
    }
    let batch = guarded_end(ending.release, look.dbid, &look.startup_time, &look.active)?;
    match ask::ask(world, &ask::production(ending.site), &batch) {
        // ORA-01142: somebody (the guard) was faster. ORA-01476: what is ACTIVE is not what was looked at. The next
        // look decides.
        Err(fault) if !matches!(fault.code.as_str(), "ORA-01142" | "ORA-01476") => Err(fault),
        _ => Ok(()),
    }
}

/// Complete recovery with the current control file: redo of the window ends backup mode (Backup and Recovery User's
/// Guide, "Recovery After an Instance Failure During Backup Mode").
fn recover(world: &World, ending: &Ending<'_>) -> Result<(), Fault> {
    let limit = world.limits.start_stop;
    production::script(world, ending.site, &sqlplus::Recover::complete(), limit).map(drop).map_err(|fault| {
        fault.hint("by hand, in MOUNT: RECOVER DATABASE, which ends backup mode, then ALTER DATABASE OPEN")
    })
}

/// END BACKUP behind its check, to be sent in one call: where other files or CHANGE#s are ACTIVE by now, the check
/// divides by zero (ORA-01476), and nothing after a failed statement is sent.
pub fn guarded_end(release: Release, dbid: u64, startup_time: &str, active: &Active) -> Result<Vec<Statement>, Fault> {
    // CHANGE# only grows: count and sum together are the same only if every single one is.
    let total: u64 = active.values().map(|scn| scn.get()).sum();
    let check = [
        ("files", Bind::Number(active.len() as u64)),
        ("total", Bind::Number(total)),
        ("dbid", Bind::Number(dbid)),
        ("startup_time", Bind::Text(startup_time.to_owned())),
    ];
    Ok(vec![sql::BACKUP_END_GUARD.at(release, &check)?, sql::BACKUP_END.at(release, &[])?])
}

/// What the BEGIN call left to the guard.
fn spooled(world: &World, ending: &Ending<'_>) -> Result<Vec<(u64, Scn)>, Fault> {
    let report = guard::look(world, &ending.site.host, ending.run)?.unwrap_or_default();
    Ok(report.begun.into_iter().map(|(file, change)| (u64::from(file), change)).collect())
}

fn look(world: &World, ending: &Ending<'_>) -> Result<Look, Fault> {
    let release = ending.release;
    let batch = [
        sql::INSTANCE_STATE.at(release, &[])?,
        sql::DATABASE_IDENTITY.at(release, &[])?,
        sql::BACKUP_ACTIVE.at(release, &[])?,
    ];
    // A lost connection here may be followed by a better one: the engine asks again.
    let rows = ask::ask(world, &ask::production(ending.site), &batch).map_err(|fault| fault.retry(Retry::Again))?;
    let look = read(&rows)?;
    if look.dbid != ending.dbid {
        let why = format!("its DBID is {}, not {}: this is another database", look.dbid, ending.dbid);
        return Err(stuck(ending, &why, &[]));
    }
    Ok(look)
}

fn read(rows: &[Rows]) -> Result<Look, Fault> {
    let [instance, identity, active] = rows else {
        return Err(Fault::new(Kind::Bug, "BKP-003", "a look has three answers"));
    };
    let files = active.iter();
    let instance = instance.one()?;
    Ok(Look {
        instance: instance.text("STATUS")?.to_owned(),
        startup_time: instance.text("STARTUP_TIME")?.to_owned(),
        dbid: identity.one()?.number("DBID")?,
        open_mode: identity.one()?.text("OPEN_MODE")?.to_owned(),
        active: active_files(active)?,
        names: files.map(|row| row.text("NAME").map(str::to_owned)).collect::<Result<_, _>>()?,
    })
}

/// FILE# and CHANGE# of the rows of V$BACKUP.
pub fn active_files(rows: &Rows) -> Result<Active, Fault> {
    rows.iter().map(|row| Ok((row.number("FILE#")?, row.scn("CHANGE#")?))).collect()
}

/// Kills the session that sent BEGIN, if it is still there, and waits until it is gone. After a restart of the instance
/// it is gone, and its numbers may be those of somebody else's session.
fn end_sender(world: &World, clock: &dyn Clock, ending: &Ending<'_>, sender: &Sender) -> Result<(), Fault> {
    let target = ask::production(ending.site);
    let values = [("sid", Bind::Number(sender.sid)), ("serial", Bind::Number(sender.serial))];
    let present = [sql::INSTANCE_STATE.at(ending.release, &[])?, sql::SESSION_PRESENT.at(ending.release, &values)?];
    for _ in 0..LOOKS {
        let rows = ask::ask(world, &target, &present).map_err(|f| f.retry(Retry::Again))?;
        if gone(&rows, ending.startup_time)? {
            return Ok(());
        }
        let kill = sql::SESSION_KILL.at(ending.release, &values)?;
        match ask::ask(world, &target, &[kill]) {
            Err(fault) if !ends_by_itself(&fault.code) => return Err(fault),
            _ => clock.sleep(Duration::from_secs(1)),
        }
    }
    Err(stuck(ending, &format!("session {},{} does not end", sender.sid, sender.serial), &[]))
}

/// Answers to KILL SESSION behind which the next look decides: the session is gone (ORA-00030), is marked and goes
/// (ORA-00031), or went meanwhile and the session that asks got its SID (ORA-00027).
fn ends_by_itself(code: &str) -> bool {
    matches!(code, "ORA-00027" | "ORA-00030" | "ORA-00031")
}

/// Whether the instance is another one than the session's, or has no such session.
fn gone(rows: &[Rows], startup_time: &str) -> Result<bool, Fault> {
    let [instance, session] = rows else {
        return Err(Fault::new(Kind::Bug, "BKP-004", "a look for a session has two answers"));
    };
    Ok(session.rows.is_empty() || instance.one()?.text("STARTUP_TIME")? != startup_time)
}

fn stuck(ending: &Ending<'_>, why: &str, names: &[String]) -> Fault {
    let text = format!("backup mode of {} cannot be ended: {why}", ending.site.database);
    let fault = Fault::new(Kind::Stuck, "BKP-002", text).on(&ending.site.host);
    let fault = if names.is_empty() { fault } else { fault.cause(format!("ACTIVE: {}", names.join(", "))) };
    fault.hint("look at V$BACKUP; END BACKUP is right only if no other backup needs these files ACTIVE")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn rows<const N: usize>(columns: [&str; N], values: &[[&str; N]]) -> Rows {
        let row = |values: &[&str; N]| values.iter().map(|value| Some((*value).to_owned())).collect();
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        Rows { columns, rows: values.iter().map(row).collect() }
    }

    /// SID and SERIAL# name a session only within one run of the instance.
    #[rstest]
    #[case::there("2026-11-21 20:00:00", &[["17", "4711"]], false)]
    #[case::ended("2026-11-21 20:00:00", &[], true)]
    #[case::of_somebody_else_after_a_restart("2026-11-21 20:45:00", &[["17", "4711"]], true)]
    fn a_session_is_looked_for_in_its_own_instance(
        #[case] startup: &str,
        #[case] sessions: &[[&str; 2]],
        #[case] ended: bool,
    ) {
        let answers = [rows(["STARTUP_TIME"], &[[startup]]), rows(["SID", "SERIAL#"], sessions)];
        assert_eq!(gone(&answers, "2026-11-21 20:00:00").unwrap(), ended);
    }

    #[rstest]
    #[case::its_sid_is_ours_by_now("ORA-00027", true)]
    #[case::gone("ORA-00030", true)]
    #[case::marked("ORA-00031", true)]
    #[case::not_allowed("ORA-01031", false)]
    fn who_is_gone_needs_no_kill(#[case] code: &str, #[case] ends: bool) {
        assert_eq!(ends_by_itself(code), ends);
    }

    #[test]
    fn law_02_the_check_stands_before_end_backup_in_the_same_call() {
        let active = Active::from([(1, Scn::new(1001)), (3, Scn::new(1005))]);
        let batch = guarded_end(Release::new(19, 0), 7, "2026-11-21 20:00:00", &active).unwrap();
        let ids: Vec<_> = batch.iter().map(|statement| statement.id.as_str()).collect();
        assert_eq!(ids, ["backup/end_guard", "backup/end"]);
        let bound = |name: &str| batch[0].binds.iter().find(|(bind, _)| bind == name).map(|(_, value)| value.clone());
        assert_eq!(bound("files"), Some(Bind::Number(2)));
        assert_eq!(bound("total"), Some(Bind::Number(2006)));
        assert_eq!(bound("dbid"), Some(Bind::Number(7)));
        assert_eq!(bound("startup_time"), Some(Bind::Text("2026-11-21 20:00:00".to_owned())));
    }
}
