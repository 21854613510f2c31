//! RENAME FILE and the change tracking file. Both can delete files: an Oracle-managed old file goes when it is renamed away
//! from, the tracking file goes when tracking is disabled.

use super::Database;
use crate::context::Oracle;
use crate::db::{
    api::{ControlType, OraError},
    errors::{self, Ora},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Whether a name is Oracle-managed (`o1_mf_…`).
pub(super) fn managed(name: &Path) -> bool {
    name.file_name().unwrap_or_default().to_string_lossy().starts_with("o1_mf_")
}

impl Database {
    /// ORA-01516; from 12c on it speaks of the container.
    pub fn nonexistent(&self, name: &str) -> OraError {
        let place = if self.env.oracle == Oracle::V11_2 { "" } else { " in the current container" };
        OraError::new(1516, format!("nonexistent log file, data file, or temporary file \"{name}\"{place}"))
    }

    /// ALTER DATABASE RENAME FILE. All refusals stand below ORA-01511: ORA-01516 unknown name, ORA-01121 file in use,
    /// ORA-01141 with ORA-27037 where the new data file is not there, ORA-01512 for a log member under the current control
    /// file: under another one OPEN RESETLOGS makes it. Temp files need not be there.
    /// An old file with an Oracle-managed name is deleted (Administrator's Guide, "Using Oracle Managed Files").
    pub fn rename_file(&mut self, from: &Path, to: &Path) -> Ora<()> {
        let refused = |below| errors::over(1511, "error in renaming log/data files", below);
        self.rename_any(from, to).map_err(refused)?;
        self.write_control()?;
        if managed(from) && from != to {
            // Where it is not there or not ours to delete Oracle only writes to its alert log.
            let _ = fs::remove_file(from);
        }
        Ok(())
    }

    fn rename_any(&mut self, from: &Path, to: &Path) -> Ora<()> {
        if let Some(file) = self.control.datafiles.iter().find(|f| f.name == from).map(|f| f.file) {
            return self.rename_datafile(file, from, to);
        }
        let open = self.is_open();
        if let Some(temp) = self.control.tempfiles.iter_mut().find(|temp| temp.3 == from) {
            if open {
                return Err(in_use(temp.0, from));
            }
            temp.3 = to.to_owned();
            return Ok(());
        }
        if self.control.tracking.as_deref() == Some(from) {
            return self.rename_tracking(to);
        }
        self.rename_member(from, to)
    }

    /// ORA-19771 while the database is open.
    fn rename_tracking(&mut self, to: &Path) -> Ora<()> {
        if self.is_open() {
            return Err(OraError::new(19771, "cannot rename change tracking file while database is open"));
        }
        self.control.tracking = Some(to.to_owned());
        Ok(())
    }

    fn rename_datafile(&mut self, file: u32, from: &Path, to: &Path) -> Ora<()> {
        self.in_root(self.record(file)?)?;
        let offline = self.record(file)?.status != crate::db::control::FileStatus::Online;
        if self.is_open() && !offline {
            return Err(in_use(file, from));
        }
        if !to.is_file() {
            let text = format!("error renaming data file {file} - new file '{}' not found", to.display());
            let (code, words) = errors::no_such_file();
            return Err(errors::about_file(1141, text, file, from).and(code, words));
        }
        if let Some(record) = self.control.datafile_mut(file) {
            record.name = to.to_owned();
        }
        Ok(())
    }

    fn rename_member(&mut self, from: &Path, to: &Path) -> Ora<()> {
        let writing = self.live.is_some();
        let unknown = self.nonexistent(&from.display().to_string());
        let group = self.control.groups.iter_mut().find(|g| g.members.iter().any(|member| member == from));
        let Some(group) = group else { return Err(unknown) };
        if writing && group.status == crate::db::control::GroupStatus::Current {
            let line = format!("online log {} thread 1: '{}'", group.group, from.display());
            return Err(OraError::new(1621, "cannot rename member of current log if database is open").and(312, line));
        }
        if self.control.kind == ControlType::Current && !to.is_file() {
            let (from, to) = (from.display(), to.display());
            let (code, words) = errors::no_such_file();
            let text = format!("error renaming log file {from} - new file {to} not found");
            return Err(OraError::new(1512, text).and(code, words));
        }
        group.members.iter_mut().filter(|member| *member == from).for_each(|member| *member = to.to_owned());
        Ok(())
    }

    /// ALTER DATABASE DISABLE BLOCK CHANGE TRACKING: also in MOUNT. The file is deleted. ORA-19759 if it is not enabled.
    pub fn disable_tracking(&mut self) -> Ora<()> {
        let Some(file) = self.control.tracking.take() else {
            return Err(OraError::new(19759, "block change tracking is not enabled"));
        };
        self.write_control()?;
        let _ = fs::remove_file(file);
        Ok(())
    }

    /// ALTER DATABASE ENABLE BLOCK CHANGE TRACKING USING FILE. ORA-19752 if it is enabled, ORA-19751 with ORA-19750 if the file
    /// cannot be made.
    pub fn enable_tracking(&mut self, file: &Path) -> Ora<()> {
        if self.control.tracking.is_some() {
            return Err(OraError::new(19752, "block change tracking is already enabled"));
        }
        make_tracking(file).map_err(|error| {
            let below = errors::create_failed(19750, format!("change tracking file: '{}'", file.display()), &error);
            errors::over(19751, "could not create the change tracking file", below)
        })?;
        self.control.tracking = Some(PathBuf::from(file));
        self.write_control()
    }
}

/// Makes the tracking file; it must not be there.
fn make_tracking(file: &Path) -> std::io::Result<()> {
    let made = fs::OpenOptions::new().create_new(true).write(true).open(file)?;
    made.set_len(1 << 20)?;
    made.sync_all()
}

fn in_use(file: u32, name: &Path) -> OraError {
    let text = format!("cannot rename database file {file} - file is in use or recovery");
    errors::about_file(1121, text, file, name)
}
