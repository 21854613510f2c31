//! Versioned migrations: each file runs once, in order, in one transaction.

use super::{error::sql, statement};
use crate::fault::{Fault, Kind};
use rusqlite::{Connection, Transaction, TransactionBehavior};

const MIGRATIONS: [(i64, &str, &str); 1] = [(1, "start", include_str!("migrations/0001_start.sql"))];

/// Brings the schema to this program's version; refuses one that is later.
pub(super) fn migrate(conn: &Connection) -> Result<(), Fault> {
    let tx = Transaction::new_unchecked(conn, TransactionBehavior::Immediate).map_err(sql("lock the store"))?;
    tx.execute(statement::BOOTSTRAP, []).map_err(sql("read the store's version"))?;
    let version: i64 =
        tx.query_row(statement::SCHEMA_VERSION, [], |row| row.get(0)).map_err(sql("read the store's version"))?;
    let newest = MIGRATIONS[MIGRATIONS.len() - 1].0;
    if version > newest {
        return Err(later(version, newest));
    }
    for (number, name, text) in MIGRATIONS.iter().filter(|(number, _, _)| *number > version) {
        tx.execute_batch(text).map_err(sql("migrate the store"))?;
        tx.execute(statement::ADD_MIGRATION, (number, name)).map_err(sql("migrate the store"))?;
    }
    tx.execute_batch(statement::APPEND_ONLY).map_err(sql("protect the journal"))?;
    tx.commit().map_err(sql("migrate the store"))
}

fn later(version: i64, newest: i64) -> Fault {
    let text = format!("the store has schema version {version}, this program knows up to {newest}");
    Fault::new(Kind::User, "STO-006", text).hint("use the version of ovmirror that wrote it, or a later one")
}
