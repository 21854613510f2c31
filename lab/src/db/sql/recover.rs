//! RECOVER as SQL (`ALTER DATABASE RECOVER`) and as SQL*Plus command: one grammar (SQL*Plus User's Guide, RECOVER).

use super::alter_database::file_or_number;
use super::cursor::Cursor;
use super::{Sql, SqlError};
use crate::db::api::{Recover, RecoverScope, Until};
use chrono::{Local, NaiveDateTime, TimeZone};
use std::path::PathBuf;

/// Reads what follows the word RECOVER of a SQL*Plus line.
pub fn parse(text: &str) -> Sql<Recover> {
    let mut c = Cursor::new(text)?;
    let recover = clauses(&mut c)?;
    c.finish()?;
    Ok(recover)
}

/// Reads what follows the word RECOVER.
pub fn clauses(c: &mut Cursor) -> Sql<Recover> {
    if c.accept("CANCEL") {
        return Ok(Recover::Cancel);
    }
    if c.accept("CONTINUE") {
        let _ = c.accept("DEFAULT");
        return Ok(Recover::Apply { file: None, auto: false });
    }
    if c.accept("LOGFILE") {
        return Ok(Recover::Apply { file: Some(c.file()?), auto: false });
    }
    let automatic = c.accept("AUTOMATIC");
    let from = if c.accept("FROM") { Some(c.file()?) } else { None };
    start(c, automatic, from)
}

fn start(c: &mut Cursor, automatic: bool, from: Option<PathBuf>) -> Sql<Recover> {
    let scope = scope(c)?;
    let (mut until, mut backup_controlfile, mut parallel) = (Until::Complete, false, false);
    loop {
        if c.accept("UNTIL") {
            until = self::until(c)?;
        } else if c.accept("USING BACKUP CONTROLFILE") {
            backup_controlfile = true;
        } else if c.accept("PARALLEL") || c.accept("NOPARALLEL") {
            parallel = c.number().is_some() || parallel;
        } else if c.accept("SNAPSHOT TIME") {
            // Storage snapshot optimization is a licensed switch of the real thing.
            return Err(SqlError::at(0, 19840, "SNAPSHOT TIME recovery is not enabled"));
        } else {
            break;
        }
    }
    Ok(Recover::Start { scope, until, backup_controlfile, automatic, from })
}

fn scope(c: &mut Cursor) -> Sql<RecoverScope> {
    if c.accept("STANDBY DATABASE") {
        return Ok(RecoverScope::StandbyDatabase);
    }
    if c.accept("DATABASE") {
        return Ok(RecoverScope::Database);
    }
    if c.accept("PLUGGABLE DATABASE") {
        return super::pluggable::names(c).map(RecoverScope::Pdbs);
    }
    if c.accept("TABLESPACE") {
        return tablespaces(c).map(RecoverScope::Tablespaces);
    }
    if !c.accept("DATAFILE") {
        // RECOVER without a scope means the database (SQL*Plus User's Guide, RECOVER full_database_recovery).
        return if c.done() { Ok(RecoverScope::Database) } else { c.fail(905, "missing keyword") };
    }
    let mut files = vec![file_or_number(c)?];
    while c.sign(',') {
        files.push(file_or_number(c)?);
    }
    Ok(RecoverScope::Datafiles(files))
}

fn tablespaces(c: &mut Cursor) -> Sql<Vec<String>> {
    let mut names = Vec::new();
    loop {
        let at = c.place();
        names.push(c.name().ok_or_else(|| SqlError::at(at, 905, "missing keyword"))?);
        if !c.sign(',') {
            return Ok(names);
        }
    }
}

fn until(c: &mut Cursor) -> Sql<Until> {
    if c.accept("CANCEL") {
        return Ok(Until::Cancel);
    }
    if c.accept("CHANGE") {
        let number = c.number();
        return number.map_or_else(|| c.fail(285, "TIME not given as a string constant"), |n| Ok(Until::Change(n)));
    }
    if !c.accept("TIME") {
        return c.fail(905, "missing keyword");
    }
    let Some(text) = c.text() else { return c.fail(285, "TIME not given as a string constant") };
    time(&text)
}

/// `YYYY-MM-DD:HH24:MI:SS` in the database's time zone, whatever NLS_DATE_FORMAT says.
fn time(text: &str) -> Sql<Until> {
    let wall = NaiveDateTime::parse_from_str(text.trim(), "%Y-%m-%d:%H:%M:%S");
    let wall = wall.map_err(|_| SqlError::at(0, 1861, "literal does not match format string"))?;
    let local = Local.from_local_datetime(&wall).earliest();
    local
        .map(|t| Until::Time(t.timestamp()))
        .ok_or_else(|| SqlError::at(0, 1878, "specified field not found in datetime or interval"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("database", RecoverScope::Database, Until::Complete, false, false)]
    #[case("automatic database until cancel", RecoverScope::Database, Until::Cancel, false, true)]
    #[case("database until cancel using backup controlfile", RecoverScope::Database, Until::Cancel, true, false)]
    #[case(
        "database using backup controlfile until change 1000",
        RecoverScope::Database,
        Until::Change(1000),
        true,
        false
    )]
    #[case("tablespace users", RecoverScope::Tablespaces(vec!["USERS".into()]), Until::Complete, false, false)]
    #[case("tablespace a, b", RecoverScope::Tablespaces(vec!["A".into(), "B".into()]), Until::Complete, false, false)]
    #[case("datafile 4", RecoverScope::Datafiles(vec!["4".into()]), Until::Complete, false, false)]
    #[case("datafile 4, '/x'", RecoverScope::Datafiles(vec!["4".into(), "/x".into()]), Until::Complete, false, false)]
    #[case("pluggable database p", RecoverScope::Pdbs(vec!["P".into()]), Until::Complete, false, false)]
    #[case("standby database", RecoverScope::StandbyDatabase, Until::Complete, false, false)]
    fn clauses_in_any_order(
        #[case] text: &str,
        #[case] scope: RecoverScope,
        #[case] until: Until,
        #[case] backup_controlfile: bool,
        #[case] automatic: bool,
    ) {
        let want = Recover::Start { scope, until, backup_controlfile, automatic, from: None };
        assert_eq!(parse(text).unwrap(), want);
    }

    #[test]
    fn a_time_needs_its_own_format() {
        assert!(matches!(
            parse("database until time '2026-11-21:18:30:00'"),
            Ok(Recover::Start { until: Until::Time(_), .. })
        ));
        assert_eq!(parse("database until time '21-NOV-26'").unwrap_err().error.lines[0].0, 1861);
    }
}
