//! Evaluation in SQLite: the views that a query reads become tables, and the result comes back as text.

use super::query::{Context, Emitted};
use super::typed::name;
use super::{Sql, SqlError, date, functions_sqlite, number};
use crate::db::api::OraError;
use crate::db::view::{self, Cell, Kind};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, params_from_iter};
use std::collections::BTreeSet;

/// Runs an emitted query.
pub fn evaluate(query: &Emitted, views: &BTreeSet<String>, context: &Context<'_>) -> Sql<Vec<Vec<Option<String>>>> {
    let connection = Connection::open_in_memory().map_err(|e| fault(&e))?;
    functions_sqlite::register(&connection, context).map_err(|e| fault(&e))?;
    for view in views {
        load(&connection, view, context).map_err(|e| fault(&e))?;
    }
    let kinds: Vec<_> = query.columns.iter().map(|(_, kind)| *kind).collect();
    read(&connection, &query.sql, &kinds, context)
}

fn load(connection: &Connection, view: &str, context: &Context<'_>) -> rusqlite::Result<()> {
    let world = context.world;
    let Some(found) = view::find(view, world.release) else { return Ok(()) };
    let columns: Vec<_> = found.columns(world.release).iter().map(|c| name(c.name)).collect();
    connection.execute(&format!("CREATE TABLE {} ({})", name(view), columns.join(", ")), [])?;
    let marks = vec!["?"; columns.len()].join(", ");
    let mut insert = connection.prepare(&format!("INSERT INTO {} VALUES ({marks})", name(view)))?;
    for row in found.rows(world) {
        insert.execute(params_from_iter(row.iter().map(value)))?;
    }
    Ok(())
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Int(n) | Cell::Stamp(n) => Value::Integer(*n),
        Cell::Real(x) => Value::Real(*x),
        Cell::Text(t) => Value::Text(t.clone()),
        Cell::Date(seconds) => Value::Integer(date::wall(*seconds)),
    }
}

fn read(connection: &Connection, sql: &str, kinds: &[Kind], context: &Context<'_>) -> Sql<Vec<Vec<Option<String>>>> {
    let mut statement = connection.prepare(sql).map_err(|e| fault(&e))?;
    let mut rows = statement.query([]).map_err(|e| fault(&e))?;
    let mut out = Vec::new();
    while let Some(row) = rows.next().map_err(|e| fault(&e))? {
        let mut cells = Vec::with_capacity(kinds.len());
        for (i, kind) in kinds.iter().enumerate() {
            let raw = row.get_ref(i).map_err(|e| fault(&e))?;
            cells.push(text(raw, *kind, context)?);
        }
        out.push(cells);
    }
    Ok(out)
}

fn text(raw: ValueRef<'_>, kind: Kind, context: &Context<'_>) -> Sql<Option<String>> {
    Ok(match (raw, kind) {
        (ValueRef::Null, _) => None,
        (ValueRef::Integer(n), Kind::Date) => Some(date::date_text(n, &context.masks.date)?),
        (ValueRef::Integer(n), Kind::Stamp) => Some(date::stamp_text(n, &context.masks.stamp)?),
        (ValueRef::Integer(n), _) => Some(n.to_string()),
        (ValueRef::Real(x), _) => Some(number::canonical(x)),
        (ValueRef::Text(t), _) => Some(String::from_utf8_lossy(t).into_owned()),
        (ValueRef::Blob(_), _) => return Err(SqlError::unbuilt(0)),
    })
}

/// An error of ours comes through SQLite as text; anything else is a fault of the translation and says so.
fn fault(error: &rusqlite::Error) -> SqlError {
    let text = error.to_string();
    let ours = text.find("ORA-").and_then(|at| {
        let (code, rest) = text[at + 4..].split_once(": ")?;
        Some(OraError::new(code.parse().ok()?, rest.lines().next()?))
    });
    ours.unwrap_or_else(|| OraError::new(600, format!("internal error code, arguments: [lab sql], [{text}]"))).into()
}
