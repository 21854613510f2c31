//! A store belongs to one control host: its locks are files, and two hosts would not see each other's.

use super::{Store, error::sql, private, statement};
use crate::fault::{Fault, Kind};
use rusqlite::OptionalExtension;
use std::{fs, path::Path};

/// Name of the row in `meta`.
const ROW: &str = "control_host";

/// Who this machine is: the id that systemd or D-Bus gave it, and its node name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlHost {
    id: String,
    name: String,
}

impl ControlHost {
    /// This machine. Where it has no id its name must do.
    #[must_use]
    pub fn here() -> Self {
        let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let ids = ["/etc/machine-id", "/var/lib/dbus/machine-id"].map(fs::read_to_string);
        let id = ids.into_iter().flatten().map(|id| id.trim().to_owned()).find(|id| !id.is_empty());
        Self { id: id.unwrap_or_else(|| "-".to_owned()), name }
    }

    /// One of these words, for tests.
    #[cfg(test)]
    pub(super) fn of(id: &str, name: &str) -> Self {
        Self { id: id.to_owned(), name: name.to_owned() }
    }

    fn text(&self) -> String {
        format!("{} {}", self.id, self.name)
    }
}

/// The name in a row.
fn name(row: &str) -> &str {
    row.split_once(' ').map_or(row, |(_, name)| name)
}

impl Store {
    /// Refuses the store of another control host; a new one becomes this one's.
    pub(super) fn check_host(&self, here: &ControlHost) -> Result<(), Fault> {
        match self.control_host()? {
            None => self.set_host(here),
            Some(row) if row == here.text() => Ok(()),
            Some(row) => Err(self.of_another(&row, here)),
        }
    }

    fn control_host(&self) -> Result<Option<String>, Fault> {
        let row = self.conn.query_row(statement::GET_META, [ROW], |row| row.get(0));
        row.optional().map_err(sql("read the store"))
    }

    fn set_host(&self, here: &ControlHost) -> Result<(), Fault> {
        self.conn.execute(statement::SET_META, [ROW, &here.text()]).map(drop).map_err(sql("mark the store"))
    }

    fn of_another(&self, row: &str, here: &ControlHost) -> Fault {
        let (theirs, dir) = (name(row), self.dir.display());
        let what = if theirs == here.name { "another machine of the same name".to_owned() } else { theirs.to_owned() };
        Fault::new(
            Kind::User,
            "STO-011",
            format!("the store in {dir} belongs to control host {what}, this is {}", here.name),
        )
        .cause("two control hosts on one store do not see each other's locks")
        .hint(format!("run ovmirror on {theirs}, or give this one a state folder and databases of its own"))
        .hint_command(
            "was the store moved here for good, or was this machine renamed, and works nobody on the other one",
            "ovmirror take-over",
        )
    }

    /// Makes the store this machine's, where no live process works with it; gives the name of the one before.
    pub fn take_over(state_dir: &Path, simulated: bool) -> Result<Option<String>, Fault> {
        let store = Self::of_any_host(state_dir, simulated)?;
        let before = store.control_host()?.map(|row| name(&row).to_owned());
        store.nobody_works()?;
        store.set_host(&ControlHost::here())?;
        Ok(before)
    }

    /// The name of the control host that a store belongs to, whoever asks.
    pub fn belongs_to(state_dir: &Path, simulated: bool) -> Result<Option<String>, Fault> {
        Ok(Self::of_any_host(state_dir, simulated)?.control_host()?.map(|row| name(&row).to_owned()))
    }

    fn nobody_works(&self) -> Result<(), Fault> {
        let folder = self.dir.join("locks");
        private::folder(&folder)?;
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        for key in entries.filter_map(|entry| entry.file_name().into_string().ok()) {
            if self.is_locked(&key)? {
                return Err(Fault::new(Kind::Locked, "LCK-004", format!("a live process holds {key} in this store"))
                    .hint_command("see what it does, on the host that the store belongs to", "ovmirror status")
                    .hint("take the store over when it has ended"));
            }
        }
        Ok(())
    }
}
