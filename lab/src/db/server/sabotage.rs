//! The switch `begin-backup-sabotage`: backup mode is shown but never entered.

use crate::db::api::{Command, Database, Done, Facts, Instance, OraError};
use std::collections::BTreeMap;

/// An instance that only pretends to be in backup mode.
pub struct Sabotage {
    inner: Box<dyn Instance>,
    /// CHANGE# and TIME of each file that is said to be in backup mode.
    shown: BTreeMap<u32, (u64, i64)>,
}

impl Sabotage {
    /// Around an instance.
    pub fn new(inner: Box<dyn Instance>) -> Self {
        Self { inner, shown: BTreeMap::new() }
    }

    fn begin(&mut self, tablespace: Option<&str>) -> Result<Done, OraError> {
        // The checkpoint that BEGIN BACKUP makes is made: the headers then fit what V$BACKUP shows.
        self.inner.execute(&Command::Checkpoint)?;
        let facts = self.inner.facts();
        let Some(database) = facts.database.filter(|d| d.open_mode == "READ WRITE") else {
            return Err(OraError::new(1109, "database not open"));
        };
        for file in affected(&database, tablespace) {
            self.shown.insert(file.file, (file.checkpoint_change, file.checkpoint_time));
        }
        Ok(Done::Ok)
    }

    fn end(&mut self, tablespace: Option<&str>) -> Result<Done, OraError> {
        let facts = self.inner.facts();
        let files: Vec<u32> = facts.database.iter().flat_map(|d| affected(d, tablespace)).map(|f| f.file).collect();
        let before = self.shown.len();
        self.shown.retain(|file, _| !files.contains(file));
        if self.shown.len() == before {
            return Err(OraError::new(1142, "cannot end online backup - none of the files are in backup"));
        }
        Ok(Done::Ok)
    }
}

fn affected<'a>(d: &'a Database, tablespace: Option<&'a str>) -> impl Iterator<Item = &'a crate::db::api::Datafile> {
    let online =
        |f: &&crate::db::api::Datafile| matches!(f.status.as_str(), "ONLINE" | "SYSTEM") && f.enabled == "READ WRITE";
    d.datafiles.iter().filter(online).filter(move |f| tablespace.is_none_or(|t| f.tablespace.eq_ignore_ascii_case(t)))
}

impl Instance for Sabotage {
    fn facts(&mut self) -> Facts {
        let mut facts = self.inner.facts();
        for file in facts.database.iter_mut().flat_map(|d| &mut d.datafiles) {
            if let Some((change, time)) = self.shown.get(&file.file) {
                "ACTIVE".clone_into(&mut file.backup_status);
                (file.backup_change, file.backup_time) = (*change, *time);
            }
        }
        facts
    }

    fn execute(&mut self, command: &Command) -> Result<Done, OraError> {
        match command {
            Command::BeginBackup { tablespace } => self.begin(tablespace.as_deref()),
            Command::EndBackup { tablespace } => self.end(tablespace.as_deref()),
            other => self.inner.execute(other),
        }
    }

    fn rows(&mut self) -> Result<(u64, BTreeMap<u32, String>), OraError> {
        self.inner.rows()
    }

    fn tick(&mut self) {
        self.inner.tick();
    }
}
