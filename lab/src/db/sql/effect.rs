//! Statements that do something, by their own small grammar (SQL Language Reference: ALTER DATABASE, ALTER SYSTEM,
//! ALTER TABLESPACE, ALTER SESSION, CREATE TABLESPACE).

use super::cursor::Cursor;
use super::{Sql, SqlError, alter_database, alter_system, block, pluggable, tablespace};
use crate::context::Oracle;
use crate::db::api::{Command, Facts};

/// What SQL*Plus says afterwards.
pub type Said = &'static str;

/// SCOPE= of ALTER SYSTEM SET.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Of this run.
    Memory,
    /// Of the next one.
    Spfile,
    /// Of both.
    Both,
}

/// What a statement does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Engine commands in turn.
    Engine(Vec<Command>, Said),
    /// ALTER SESSION SET name = value.
    SetSession(String, String),
    /// ALTER SYSTEM KILL SESSION.
    Kill {
        /// SID
        sid: u32,
        /// SERIAL#
        serial: u32,
        /// IMMEDIATE
        immediate: bool,
    },
    /// ALTER SYSTEM SET name = value.
    SetSystem {
        /// Lower case.
        name: String,
        /// Its value.
        value: String,
        /// SCOPE, when given.
        scope: Option<Scope>,
    },
    /// Nothing to do in this database (COMMIT without a transaction).
    Nothing(Said),
    /// The statements of a PL/SQL block.
    Block(Vec<String>),
}

/// Reads a statement that is no query.
pub fn parse(text: &str, facts: &Facts, release: Oracle) -> Sql<Effect> {
    let mut c = Cursor::new(text)?;
    if c.accept("ALTER DATABASE") {
        return alter_database::parse(&mut c, facts);
    }
    if c.accept("ALTER PLUGGABLE DATABASE") && release >= Oracle::V12_2 {
        return pluggable::parse(&mut c);
    }
    if c.accept("ALTER SYSTEM") {
        return alter_system::system(&mut c);
    }
    if c.accept("ALTER SESSION") {
        return alter_system::session(&mut c, facts, release);
    }
    if c.accept("ALTER TABLESPACE") {
        return tablespace::alter(&mut c);
    }
    if c.accept("CREATE TABLESPACE") {
        return tablespace::create(&mut c);
    }
    if c.accept("DROP TABLESPACE") {
        return tablespace::drop_it(&mut c);
    }
    if ["BEGIN", "DECLARE"].iter().any(|w| c.accept(w)) {
        return block::parse(text).map(Effect::Block);
    }
    other(&mut c, facts)
}

fn other(c: &mut Cursor, facts: &Facts) -> Sql<Effect> {
    if c.accept("COMMIT") {
        return Ok(Effect::Nothing("Commit complete."));
    }
    if c.accept("ROLLBACK") {
        return Ok(Effect::Nothing("Rollback complete."));
    }
    refuse(c, facts)
}

/// No statement, or one that the lab does not have. Tables to change do not exist here.
fn refuse(c: &mut Cursor, facts: &Facts) -> Sql<Effect> {
    let start = c.place();
    let Some(word) = c.name() else { return Err(SqlError::at(start, 900, "invalid SQL statement")) };
    if c.done() && word != "SELECT" {
        return Err(SqlError::at(start, 900, "invalid SQL statement"));
    }
    match word.as_str() {
        "ALTER" => c.fail(940, "invalid ALTER command"),
        "CREATE" if known_object(c) => Err(SqlError::unbuilt(start)),
        "CREATE" => c.fail(901, "invalid CREATE command"),
        "DROP" if known_object(c) => Err(SqlError::unbuilt(start)),
        "DROP" => c.fail(950, "invalid DROP option"),
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" if facts.status != crate::db::api::Status::Open => {
            Err(SqlError::at(start, 1109, "database not open"))
        }
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "GRANT" | "REVOKE" | "TRUNCATE" | "ANALYZE" | "AUDIT"
        | "COMMENT" | "LOCK" | "SAVEPOINT" | "SET" | "EXPLAIN" | "CALL" | "FLASHBACK" | "PURGE" | "RENAME" => {
            Err(SqlError::unbuilt(start))
        }
        _ => Err(SqlError::at(start, 900, "invalid SQL statement")),
    }
}

fn known_object(c: &mut Cursor) -> bool {
    let words = "TABLE INDEX VIEW USER ROLE PROFILE SEQUENCE SYNONYM DIRECTORY PFILE SPFILE CONTROLFILE DATABASE \
        TEMPORARY UNDO BIGFILE SMALLFILE RESTORE PUBLIC OR PROCEDURE FUNCTION PACKAGE TRIGGER TABLESPACE PLUGGABLE GLOBAL";
    words.split_whitespace().any(|w| c.accept(w))
}
