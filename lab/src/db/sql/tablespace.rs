//! ALTER TABLESPACE, CREATE TABLESPACE and DROP TABLESPACE.

use super::cursor::Cursor;
use super::effect::Effect;
use super::{Sql, SqlError};
use crate::db::api::{Command, Contents, Offline};

/// Reads what follows `ALTER TABLESPACE`.
pub fn alter(c: &mut Cursor) -> Sql<Effect> {
    let Some(name) = c.name() else { return c.fail(959, "tablespace '' does not exist") };
    let named = || Some(name.clone());
    let command = match () {
        () if c.accept("BEGIN BACKUP") => Command::BeginBackup { tablespace: named() },
        () if c.accept("END BACKUP") => Command::EndBackup { tablespace: named() },
        () if c.accept("ONLINE") => Command::TablespaceOnline { tablespace: name },
        () if c.accept("OFFLINE") => Command::TablespaceOffline { tablespace: name, how: how(c) },
        () if c.accept("READ ONLY") => Command::TablespaceReadOnly { tablespace: name, read_only: true },
        () if c.accept("READ WRITE") => Command::TablespaceReadOnly { tablespace: name, read_only: false },
        () if c.accept("ADD DATAFILE") => {
            let (file, bytes) = first_file(c)?;
            Command::AddDatafile { tablespace: name, file, bytes }
        }
        () if c.accept("RENAME DATAFILE") => return rename(c, &name),
        () if ["RENAME", "RESIZE", "AUTOEXTEND", "FORCE", "DROP", "DEFAULT", "FLASHBACK", "LOGGING", "COALESCE"]
            .iter()
            .any(|w| c.accept(w)) =>
        {
            return Err(SqlError::unbuilt(0));
        }
        () => return c.fail(2142, "missing or invalid ALTER TABLESPACE option"),
    };
    c.finish()?;
    Ok(Effect::Engine(vec![command], "Tablespace altered."))
}

/// `'a' [, …] TO 'b' [, …]`
fn rename(c: &mut Cursor, tablespace: &str) -> Sql<Effect> {
    let command = |(from, to)| Command::RenameDatafile { tablespace: tablespace.to_owned(), from, to };
    let commands = super::alter_database::pairs(c)?.into_iter().map(command).collect();
    c.finish()?;
    Ok(Effect::Engine(commands, "Tablespace altered."))
}

/// Reads what follows `DROP TABLESPACE`.
pub fn drop_it(c: &mut Cursor) -> Sql<Effect> {
    let Some(name) = c.name() else { return c.fail(959, "tablespace '' does not exist") };
    let contents = match () {
        () if c.accept("INCLUDING CONTENTS AND DATAFILES") => Contents::WithFiles,
        () if c.accept("INCLUDING CONTENTS KEEP DATAFILES") || c.accept("INCLUDING CONTENTS") => Contents::Included,
        () => Contents::Kept,
    };
    let _ = contents != Contents::Kept && c.accept("CASCADE CONSTRAINTS");
    if !c.done() {
        return c.fail(2173, "invalid option for DROP TABLESPACE");
    }
    Ok(Effect::Engine(vec![Command::DropTablespace { name, contents }], "Tablespace dropped."))
}

fn how(c: &mut Cursor) -> Offline {
    if c.accept("IMMEDIATE") {
        return Offline::Immediate;
    }
    if c.accept("TEMPORARY") {
        return Offline::Temporary;
    }
    let _ = c.accept("NORMAL");
    Offline::Normal
}

/// Reads what follows `CREATE TABLESPACE`.
pub fn create(c: &mut Cursor) -> Sql<Effect> {
    let Some(name) = c.name() else { return c.fail(2180, "invalid option for CREATE TABLESPACE") };
    if !c.accept("DATAFILE") {
        return if c.done() {
            c.fail(2199, "missing DATAFILE/TEMPFILE clause")
        } else {
            c.fail(2180, "invalid option for CREATE TABLESPACE")
        };
    }
    let (file, bytes) = first_file(c)?;
    c.finish()?;
    Ok(Effect::Engine(vec![Command::CreateTablespace { name, file, bytes }], "Tablespace created."))
}

/// `'name' SIZE n`; without a name it is an Oracle-managed one.
fn first_file(c: &mut Cursor) -> Sql<(Option<std::path::PathBuf>, u64)> {
    if c.accept("SIZE") {
        return Ok((None, c.size()?));
    }
    let file = Some(c.file()?);
    if !c.accept("SIZE") {
        // Without a size the file must exist already, which the engine cannot take over.
        return Err(SqlError::unbuilt(0));
    }
    Ok((file, c.size()?))
}
