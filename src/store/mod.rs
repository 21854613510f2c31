//! One SQLite file holds the journal, the catalog and who holds what. Catalog tables are a projection of events, written
//! in the transaction of the event. The statements stand in `sql/`, the schema in `migrations/`.

mod append;
mod crash;
mod error;
mod host;
mod lease;
mod lock;
mod migrate;
mod private;
mod projection;
mod read;
mod record;
mod statement;
#[cfg(test)]
pub(crate) mod tests;

pub use host::ControlHost;
pub use lease::Lease;
pub use lock::{Holder, Lock};
pub use private::only_ours;
pub use read::RunRow;
pub use record::{CatalogChange, Disk, Piece, SnapshotRecord, SnapshotState, Tape, TapeState};

/// What the journal knows of a run; here for those who ask the store and not the engine.
pub use crate::engine::{RunState, StepRun};

use crate::fault::{Fault, Kind};
use error::sql;
use rusqlite::{Connection, OptionalExtension};
use std::path::{Path, PathBuf};

/// Name of the file in the state folder.
pub const FILE: &str = "ovmirror.db";

/// An open store.
pub struct Store {
    conn: Connection,
    dir: PathBuf,
    simulated: bool,
    crash: crash::Crash,
}

impl Store {
    /// Opens the store of a state folder, creating both (0700, 0600) where they are absent. Refuses wider modes, a store
    /// of a later version or of another control host, and to mix a lab with a real site.
    pub fn open(state_dir: &Path, simulated: bool) -> Result<Self, Fault> {
        Self::open_as(state_dir, simulated, &ControlHost::here())
    }

    fn open_as(state_dir: &Path, simulated: bool, here: &ControlHost) -> Result<Self, Fault> {
        let store = Self::of_any_host(state_dir, simulated)?;
        store.check_host(here)?;
        Ok(store)
    }

    fn of_any_host(state_dir: &Path, simulated: bool) -> Result<Self, Fault> {
        private::folder(state_dir)?;
        let path = state_dir.join(FILE);
        private::file(&path)?;
        let conn = Connection::open(&path).map_err(sql("open the store"))?;
        configure(&conn).map_err(sql("set up the store"))?;
        migrate::migrate(&conn)?;
        let store = Self { conn, dir: state_dir.to_owned(), simulated, crash: crash::Crash::of_environment(simulated) };
        store.check_site()?;
        Ok(store)
    }

    /// Whether it belongs to a lab.
    #[must_use]
    pub fn simulated(&self) -> bool {
        self.simulated
    }

    fn check_site(&self) -> Result<(), Fault> {
        let asked = if self.simulated { "1" } else { "0" };
        let found: Option<String> = self
            .conn
            .query_row(statement::GET_META, ["simulated"], |row| row.get(0))
            .optional()
            .map_err(sql("read the store"))?;
        match found {
            None => {
                self.conn.execute(statement::SET_META, ["simulated", asked]).map(drop).map_err(sql("mark the store"))
            }
            Some(found) if found == asked => Ok(()),
            Some(_) => Err(self.mixed()),
        }
    }

    fn mixed(&self) -> Fault {
        let (is, asked) = if self.simulated { ("a real site", "a lab") } else { ("a lab", "a real site") };
        let text = format!("the store in {} belongs to {is}, the configuration describes {asked}", self.dir.display());
        Fault::new(Kind::User, "STO-003", text)
            .hint("give the lab a state folder of its own (`state` in its configuration)")
            .hint("`simulated = true` stands only in configurations that ovmirror-lab writes")
    }
}

fn configure(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(std::time::Duration::from_secs(30))?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", true)
}
