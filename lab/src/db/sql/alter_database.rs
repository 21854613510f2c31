//! ALTER DATABASE.

use super::cursor::Cursor;
use super::effect::Effect;
use super::{Sql, SqlError, recover};
use crate::db::api::{Command, Facts, NewName};
use std::path::PathBuf;

const SAID: &str = "Database altered.";

/// Reads what follows `ALTER DATABASE`.
pub fn parse(c: &mut Cursor, facts: &Facts) -> Sql<Effect> {
    let at = c.place();
    if c.accept("RECOVER") {
        let command = Command::Recover(recover::clauses(c)?);
        c.finish()?;
        return Ok(Effect::Engine(vec![command], SAID));
    }
    let found = match plain(c).or_else(|| switches(c)) {
        Some(command) => Some(vec![command]),
        None => files(c, facts)?,
    };
    if let Some(commands) = found {
        c.finish()?;
        return Ok(Effect::Engine(commands, SAID));
    }
    if unbuilt(c) { Err(SqlError::unbuilt(at)) } else { named(c, facts) }
}

/// States and backup mode.
fn plain(c: &mut Cursor) -> Option<Command> {
    if c.accept("MOUNT STANDBY DATABASE") || c.accept("MOUNT") {
        return Some(Command::Mount);
    }
    if c.accept("OPEN") {
        let read_only = c.accept("READ ONLY");
        let resetlogs = !read_only && c.accept("RESETLOGS");
        let _ = !read_only && !resetlogs && (c.accept("NORESETLOGS") || c.accept("READ WRITE"));
        return Some(Command::Open { resetlogs, read_only });
    }
    if c.accept("BEGIN BACKUP") {
        return Some(Command::BeginBackup { tablespace: None });
    }
    c.accept("END BACKUP").then_some(Command::EndBackup { tablespace: None })
}

fn switches(c: &mut Cursor) -> Option<Command> {
    if c.accept("DISABLE BLOCK CHANGE TRACKING") {
        return Some(Command::DisableTracking);
    }
    if c.accept("ARCHIVELOG") {
        return Some(Command::ArchiveMode { on: true });
    }
    c.accept("NOARCHIVELOG").then_some(Command::ArchiveMode { on: false })
}

fn files(c: &mut Cursor, facts: &Facts) -> Sql<Option<Vec<Command>>> {
    if c.accept("BACKUP CONTROLFILE TO TRACE") {
        return Err(SqlError::unbuilt(0));
    }
    if c.accept("BACKUP CONTROLFILE TO") {
        return Ok(Some(vec![Command::BackupControlfile { to: c.file()?, reuse: c.accept("REUSE") }]));
    }
    if c.accept("CREATE STANDBY CONTROLFILE AS") || c.accept("CREATE PHYSICAL STANDBY CONTROLFILE AS") {
        return Ok(Some(vec![Command::StandbyControlfile { to: c.file()?, reuse: c.accept("REUSE") }]));
    }
    if c.accept("CREATE DATAFILE") {
        return create_datafile(c).map(Some);
    }
    if c.accept("ENABLE BLOCK CHANGE TRACKING") {
        if !c.accept("USING FILE") {
            // Without OMF (DB_CREATE_FILE_DEST) a name is needed.
            return Err(SqlError::at(0, 19773, "must specify change tracking file name"));
        }
        let file = c.file()?;
        let _ = c.accept("REUSE");
        return Ok(Some(vec![Command::EnableTracking { file }]));
    }
    if c.accept("RENAME FILE") {
        return rename(c).map(Some);
    }
    if c.accept("DATAFILE") { datafile(c, facts).map(Some) } else { Ok(None) }
}

fn list(c: &mut Cursor) -> Sql<Vec<PathBuf>> {
    let mut list = vec![c.file()?];
    while c.sign(',') {
        list.push(c.file()?);
    }
    Ok(list)
}

/// A file by its number or its name.
pub fn file_or_number(c: &mut Cursor) -> Sql<PathBuf> {
    c.number().map_or_else(|| c.file(), |number| Ok(PathBuf::from(number.to_string())))
}

/// `CREATE DATAFILE n | 'name' [, …] [AS NEW | 'name' [SIZE n] [REUSE] [, …]]`. The size is that of the lost file, whatever
/// SIZE says: recovery needs it so.
fn create_datafile(c: &mut Cursor) -> Sql<Vec<Command>> {
    let mut from = vec![file_or_number(c)?];
    while c.sign(',') {
        from.push(file_or_number(c)?);
    }
    let to = if c.accept("AS") { new_names(c)? } else { from.iter().map(|_| NewName::Same).collect() };
    if to.len() != from.len() {
        return Err(SqlError::at(0, 1985, "cannot rename file - number of old names does not match new names"));
    }
    Ok(from.into_iter().zip(to).map(|(from, to)| Command::CreateDatafile { from, to }).collect())
}

fn new_names(c: &mut Cursor) -> Sql<Vec<NewName>> {
    let mut names = Vec::new();
    loop {
        let name = if c.accept("NEW") { NewName::Managed } else { NewName::As(c.file()?) };
        if c.accept("SIZE") {
            c.size()?;
        }
        let _ = c.accept("REUSE");
        names.push(name);
        if !c.sign(',') {
            return Ok(names);
        }
    }
}

fn rename(c: &mut Cursor) -> Sql<Vec<Command>> {
    Ok(pairs(c)?.into_iter().map(|(from, to)| Command::RenameFile { from, to }).collect())
}

/// `'a' [, …] TO 'b' [, …]`: ORA-00946, ORA-01985.
pub fn pairs(c: &mut Cursor) -> Sql<Vec<(PathBuf, PathBuf)>> {
    let from = list(c)?;
    if !c.accept("TO") {
        return c.fail(946, "missing TO keyword");
    }
    let to = list(c)?;
    if from.len() != to.len() {
        return Err(SqlError::at(0, 1985, "cannot rename file - number of old names does not match new names"));
    }
    Ok(from.into_iter().zip(to).collect())
}

/// `DATAFILE n | 'name' [, …] ONLINE | OFFLINE [FOR DROP]`.
fn datafile(c: &mut Cursor, facts: &Facts) -> Sql<Vec<Command>> {
    let mut numbers = vec![file_number(c, facts)?];
    while c.sign(',') {
        numbers.push(file_number(c, facts)?);
    }
    let online = match () {
        () if c.accept("ONLINE") => true,
        () if c.accept("OFFLINE") => false,
        () if c.accept("RESIZE") || c.accept("AUTOEXTEND") || c.accept("END BACKUP") => {
            return Err(SqlError::unbuilt(0));
        }
        () => return c.fail(2231, "missing or invalid option to ALTER DATABASE"),
    };
    if !online && c.accept("FOR DROP") {
        return Ok(numbers.into_iter().map(|file| Command::DatafileForDrop { file }).collect());
    }
    Ok(numbers.into_iter().map(|file| Command::DatafileOnline { file, online }).collect())
}

fn file_number(c: &mut Cursor, facts: &Facts) -> Sql<u32> {
    let at = c.place();
    if let Some(number) = c.number() {
        return u32::try_from(number).map_err(|_| SqlError::at(at, 2236, "invalid file name"));
    }
    let name = c.file()?;
    let files = facts.database.as_ref().map_or(&[][..], |d| &d.datafiles);
    let found = files.iter().find(|f| f.name == name).map(|f| f.file);
    found.ok_or_else(|| {
        SqlError::at(0, 1516, format!("nonexistent log file, data file, or temporary file \"{}\"", name.display()))
    })
}

/// Clauses of ALTER DATABASE that the lab's engine has no part in.
fn unbuilt(c: &mut Cursor) -> bool {
    let words = "CLOSE DISMOUNT FORCE NO FLASHBACK ADD DROP CLEAR CREATE TEMPFILE SET ACTIVATE COMMIT CONVERT \
        REGISTER GUARD START STOP DEFAULT ENABLE DISABLE MOVE SUSPEND RESUME";
    words.split_whitespace().any(|w| c.accept(w))
}

/// `ALTER DATABASE name …`: the name must be the database's.
fn named(c: &mut Cursor, facts: &Facts) -> Sql<Effect> {
    let at = c.place();
    let wrong = || SqlError::at(at, 2231, "missing or invalid option to ALTER DATABASE");
    let name = c.name().ok_or_else(wrong)?;
    if c.done() {
        return Err(wrong());
    }
    let own = facts.parameters.iter().find(|(n, _)| n == "db_name").map_or("", |(_, v)| v.as_str());
    if !own.eq_ignore_ascii_case(&name) {
        let text = format!("database name '{name}' does not match parameter db_name '{own}'");
        return Err(SqlError::at(0, 1504, text));
    }
    parse(c, facts)
}
