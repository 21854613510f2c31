//! SQL sessions. Two implementations, `driver::sqlplus` over `Remote` and `transport::oci`, and one set of contract tests.

use crate::{
    fault::{Fault, Hint, Kind, Remedy, Retry},
    model::{HostName, Scn},
};
use std::time::Duration;

/// The role a session connects with. SYSBACKUP exists from 12.1 (Database Administrator's Guide, "Administrative
/// Privileges"); 11.2 has SYSDBA only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `/ AS SYSBACKUP`
    Sysbackup,
    /// `/ AS SYSDBA`
    Sysdba,
}

/// The instance a session is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlTarget {
    /// The host it runs on.
    pub host: HostName,
    /// ORACLE_HOME, the same string as at instance start.
    pub oracle_home: String,
    /// ORACLE_SID.
    pub sid: String,
    /// The role.
    pub role: Role,
    /// Connect string, for `oci` only.
    pub connect: Option<String>,
    /// TZ that the instance had when it last ran; a STARTUP gives it again.
    pub tz: Option<String>,
}

/// A value bound to a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bind {
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
}

/// One statement of `sql/` with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The statement's id (`database/identity`), for messages.
    pub id: String,
    /// Its text without terminator, binds as `:name`.
    pub text: String,
    /// Values by bind name.
    pub binds: Vec<(String, Bind)>,
    /// The columns of its answer, in order; empty where it answers no rows.
    pub columns: Vec<String>,
}

/// Rows of one answer. Every value is text: numbers as TO_CHAR 'TM9', dates with an explicit mask.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    /// Column names, upper case.
    pub columns: Vec<String>,
    /// Values; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
}

/// One row, read by column name.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    columns: &'a [String],
    values: &'a [Option<String>],
}

impl Rows {
    /// The rows.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|values| Row { columns: &self.columns, values })
    }

    /// The only row; an error when there are none or several.
    pub fn one(&self) -> Result<Row<'_>, Fault> {
        match self.rows.as_slice() {
            [values] => Ok(Row { columns: &self.columns, values }),
            rows => Err(not_understood(format!("one row was expected, {} came", rows.len()))),
        }
    }
}

impl<'a> Row<'a> {
    /// The value, `None` for NULL.
    pub fn get(&self, column: &str) -> Result<Option<&'a str>, Fault> {
        let place = self.columns.iter().position(|c| c.eq_ignore_ascii_case(column));
        let place = place.ok_or_else(|| not_understood(format!("the answer has no column {column}")))?;
        Ok(self.values.get(place).and_then(Option::as_deref))
    }

    /// The value; NULL is an error.
    pub fn text(&self, column: &str) -> Result<&'a str, Fault> {
        self.get(column)?.ok_or_else(|| not_understood(format!("{column} is empty")))
    }

    /// The value as a number.
    pub fn number(&self, column: &str) -> Result<u64, Fault> {
        let text = self.text(column)?;
        text.trim().parse().map_err(|_| not_understood(format!("{column} is `{text}`, not a number")))
    }

    /// The value as an SCN.
    pub fn scn(&self, column: &str) -> Result<Scn, Fault> {
        self.number(column).map(Scn::new)
    }
}

fn not_understood(why: String) -> Fault {
    Fault::new(Kind::External, "SQL-001", format!("the database's answer was not understood: {why}"))
}

/// What one statement of a batch gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Rows.
    Rows(Rows),
    /// Done, no rows.
    Done,
}

impl Outcome {
    /// The rows; a statement without rows gives none.
    #[must_use]
    pub fn rows(self) -> Rows {
        match self {
            Self::Rows(rows) => rows,
            Self::Done => Rows::default(),
        }
    }
}

/// Why a batch ended early.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// The database refused a statement.
    #[error("{statement}: {text}")]
    Database {
        /// Id of the statement.
        statement: String,
        /// `ORA-nnnnn` of the first line.
        code: String,
        /// The error text, all lines.
        text: String,
        /// How many statements of the batch had been done before.
        done: usize,
    },
    /// The client refused (SP2-, DPI-) or its answer was not understood.
    #[error("{message}")]
    Client {
        /// Stable code (`SP2-0158`, `DPI-1047`, `SQL-002`).
        code: String,
        /// What happened.
        message: String,
        /// What to do.
        hints: Vec<Hint>,
    },
    /// The way to the host failed.
    #[error("the SQL session failed")]
    Remote(#[source] super::RemoteError),
}

impl Remedy for SqlError {
    fn code(&self) -> String {
        match self {
            Self::Database { code, .. } | Self::Client { code, .. } => code.clone(),
            Self::Remote(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Database { .. } | Self::Client { .. } => Kind::External,
            Self::Remote(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<Hint> {
        match self {
            // The remedy for a vendor code comes from the table in driver::oracle_codes.
            Self::Database { .. } => Vec::new(),
            Self::Client { hints, .. } => hints.clone(),
            Self::Remote(error) => error.hints(),
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Database { .. } | Self::Client { .. } => Retry::Never,
            Self::Remote(error) => error.retry(),
        }
    }
}

/// An open session. Dropping it ends it.
pub trait SqlSession: Send {
    /// Runs the statements in order in ONE round trip; stops at the first that fails.
    fn batch(&mut self, statements: &[Statement], deadline: Duration) -> Result<Vec<Outcome>, SqlError>;
}

/// Opens sessions.
pub trait Sql: Send + Sync {
    /// Connects. Works for an idle instance too where the implementation can (sqlplus can).
    fn open(&self, target: &SqlTarget) -> Result<Box<dyn SqlSession>, SqlError>;
}
