//! SQL as the database understands it: queries over the dictionary, and the few statements that change something.
//!
//! Queries are parsed with the Oracle dialect of `sqlparser`, names are resolved against [`crate::db::view`], and the
//! result is evaluated in SQLite. What is valid Oracle SQL but not built here is refused with ORA-03001
//! (unimplemented feature), never answered wrongly.

mod alter_database;
mod alter_system;
mod block;
mod cond;
mod cursor;
mod date;
mod date_parse;
mod effect;
mod expr;
mod from;
mod function;
mod functions_sqlite;
mod lexer;
mod mask;
mod number;
mod pluggable;
mod query;
mod recover;
mod scope;
mod select;
mod sqlite;
mod syntax;
mod tablespace;
mod typed;

pub use effect::{Effect, Said, Scope as ParameterScope, parse as parse_effect};
pub use number::canonical;
pub use query::{Context, run};
pub use recover::parse as parse_recover;

use super::api::OraError;
use super::view::Kind;
use crate::quirk::Quirk;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Switches of the SQL side.
pub const QUIRKS: &[Quirk] = &[Quirk {
    name: "begin-backup-sabotage",
    values: &["no", "yes"],
    about: "With yes, BEGIN and END BACKUP are answered and shown in V$BACKUP, but never done: copies taken are torn. \
        Proves that a check of the copies can fail.",
}];

/// A bind variable's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bind {
    /// NUMBER, as text.
    Number(Option<String>),
    /// VARCHAR2(n)
    Text(Option<String>, u32),
}

/// Bind variables by upper-case name.
pub type Binds = BTreeMap<String, Bind>;

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutColumn {
    /// The heading.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// How many characters a value takes at most, for text and dates.
    pub width: u32,
}

/// A result. Numbers are full decimal text, dates are formatted by the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// The columns.
    pub columns: Vec<OutColumn>,
    /// The values; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
}

/// An error, and where in the statement's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlError {
    /// The stack.
    pub error: OraError,
    /// Characters from the beginning of the text.
    pub at: usize,
}

impl SqlError {
    /// At a place.
    pub fn at(at: usize, code: u32, text: impl Into<String>) -> Self {
        Self { error: OraError::new(code, text), at }
    }

    /// Valid Oracle SQL that the lab does not do.
    #[must_use]
    pub fn unbuilt(at: usize) -> Self {
        Self::at(at, 3001, "unimplemented feature")
    }
}

impl From<OraError> for SqlError {
    fn from(error: OraError) -> Self {
        Self { error, at: 0 }
    }
}

/// A number's full text by a format model, for SQL*Plus's COLUMN FORMAT and SET NUMFORMAT.
pub fn format_number(text: &str, model: &str) -> Result<String, OraError> {
    number::format(number::parse(text)?, model)
}

/// `Result` of this module.
pub type Sql<T> = Result<T, SqlError>;
