//! The dictionary: which views there are, their columns in each release, the state they need, and their rows.
//!
//! Columns follow Oracle's Database Reference (11.2 E40402, 12.2 E49633, 19c E96196, 23ai F47026), chapters
//! "Dynamic Performance Views" and "Static Data Dictionary Views".

mod archive;
mod backup;
mod cell;
mod column;
mod container;
mod database;
mod datafile;
mod dictionary;
pub(crate) mod instance;
pub(crate) mod memory;
pub mod parameter;
mod redo;
mod rman;
mod session;

pub use cell::{Cell, Row};
pub use column::{Column, Kind};

use crate::context::Oracle;
use crate::db::api::{Database, Facts, OraError, Status};
use crate::db::session::{JobRow, Longop, SessionRow};

/// The state an instance must have reached before a view can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// Any running instance.
    Started,
    /// The control file: ORA-01507 before.
    Mounted,
    /// Segments on disk: ORA-01219 before.
    Open,
}

/// One view.
pub struct View {
    /// `V$DATABASE`
    pub name: &'static str,
    /// The first release that has it.
    pub since: Oracle,
    /// What it needs.
    pub needs: Needs,
    /// Its columns, in the notation of [`column`].
    pub columns: &'static str,
    /// Its rows now. A column that a row does not name is null.
    pub rows: fn(&World<'_>) -> Vec<Row>,
}

/// What rows are made from.
pub struct World<'a> {
    /// What the engine says.
    pub facts: &'a Facts,
    /// The release played.
    pub release: Oracle,
    /// `ORACLE_HOME` of the instance.
    pub home: &'a str,
    /// The file STARTUP read, when it was an spfile.
    pub spfile: Option<&'a str>,
    /// Sessions now, background ones included.
    pub sessions: &'a [SessionRow],
    /// Long operations since startup.
    pub longops: &'a [Longop],
    /// RMAN jobs since startup.
    pub jobs: &'a [JobRow],
    /// Parameters changed by ALTER SYSTEM since startup.
    pub changed: &'a [(String, String)],
}

impl World<'_> {
    /// The mounted database.
    #[must_use]
    pub fn database(&self) -> Option<&Database> {
        self.facts.database.as_ref()
    }

    /// One value per item of the mounted database.
    fn each<T>(&self, list: impl FnOnce(&Database) -> Vec<T>) -> Vec<T> {
        self.database().map_or_else(Vec::new, list)
    }
}

/// A view as a statement finds it: `GV$` variants and the `SYS.V_$` names included.
#[derive(Clone, Copy)]
pub struct Found {
    /// The view.
    pub view: &'static View,
    /// Whether INST_ID stands in front.
    pub global: bool,
}

impl Found {
    /// Its columns in a release.
    #[must_use]
    pub fn columns(&self, release: Oracle) -> Vec<Column> {
        let mut columns = column::parse(self.view.columns, release);
        if self.global {
            columns.insert(0, Column { name: "INST_ID", kind: Kind::Number });
        }
        columns
    }

    /// Its rows, each in column order.
    #[must_use]
    pub fn rows(&self, world: &World<'_>) -> Vec<Vec<Cell>> {
        let columns = self.columns(world.release);
        let pick = |row: &Row, name: &str| match name {
            "INST_ID" if self.global => Cell::Int(1),
            _ => row.iter().find(|(n, _)| *n == name).map_or_else(|| default(name), |(_, cell)| cell.clone()),
        };
        (self.view.rows)(world).iter().map(|row| columns.iter().map(|c| pick(row, c.name)).collect()).collect()
    }

    /// Refuses a view that the instance's state does not carry yet.
    pub fn allowed(&self, status: Status, release: Oracle) -> Result<(), OraError> {
        match self.view.needs {
            Needs::Mounted if status < Status::Mounted => Err(OraError::new(1507, "database not mounted")),
            Needs::Open if status < Status::Open => Err(not_open(release)),
            _ => Ok(()),
        }
    }
}

/// CON_ID is 0 in a database that is no CDB.
fn default(column: &str) -> Cell {
    if column == "CON_ID" { Cell::Int(0) } else { Cell::Null }
}

fn not_open(release: Oracle) -> OraError {
    OraError::new(
        1219,
        if release == Oracle::V11_2 {
            "database not open: queries allowed on fixed tables/views only"
        } else {
            "database or pluggable database not open: queries allowed on fixed tables or views only"
        },
    )
}

/// All views of all releases.
pub fn all() -> impl Iterator<Item = &'static View> {
    [
        database::VIEWS,
        container::VIEWS,
        datafile::VIEWS,
        redo::VIEWS,
        archive::VIEWS,
        backup::VIEWS,
        rman::VIEWS,
        session::VIEWS,
        parameter::VIEWS,
        instance::VIEWS,
        memory::VIEWS,
        dictionary::VIEWS,
    ]
    .into_iter()
    .flatten()
}

/// Finds a view by its name without schema; `None` is ORA-00942.
#[must_use]
pub fn find(name: &str, release: Oracle) -> Option<Found> {
    let (plain, global) = match name.strip_prefix('G') {
        Some(rest) if rest.starts_with("V$") => (rest, true),
        _ => (name, false),
    };
    let view = all().find(|v| v.name == plain && v.since <= release)?;
    Some(Found { view, global })
}
