//! VALIDATE and BACKUP VALIDATE: the table that says what was found. Corruption is no error here.

use super::{scan::Scan, set::FileInput};
use crate::rman::{
    session::Session,
    stack::Failure,
    syntax::command::{Backup, Objects, Subject},
};

impl Session {
    /// VALIDATE DATABASE | DATAFILE …
    pub fn validate_files(&mut self, objects: &Objects) -> Result<(), Failure> {
        let backup = Backup { validate: true, subjects: vec![Subject::Files(objects.clone())], ..Backup::default() };
        let database = self.database()?;
        let (channels, _) = self.use_channels(None)?;
        self.out.line("");
        self.out.line(format!("Starting validate at {}", self.at()));
        let jobs = self.sets_of(&backup, &backup.subjects[0], &database, channels.len())?;
        self.run_sets(&backup, &database, &channels, jobs)?;
        self.out.line(format!("Finished validate at {}", self.at()));
        Ok(())
    }

    /// The table of files that were looked at.
    pub(super) fn list_validated(&self, seen: &[(FileInput, Scan)]) {
        if seen.is_empty() {
            return;
        }
        let mut lines = vec![
            "List of Datafiles".to_owned(),
            "=================".to_owned(),
            "File Status Marked Corrupt Empty Blocks Blocks Examined High SCN".to_owned(),
            "---- ------ -------------- ------------ --------------- ----------".to_owned(),
        ];
        for (file, scan) in seen {
            let failing = scan.corrupt.len();
            let status = if failing == 0 { "OK" } else { "FAILED" };
            let number = file.header.file;
            lines
                .push(format!("{number:<4} {status:<6} {:<14} {:<12} {:<15} {:<10}", 0, 0, scan.blocks, scan.high_scn));
            lines.push(format!("  File Name: {}", file.name.display()));
            lines.push("  Block Type Blocks Failing Blocks Processed".into());
            lines.push("  ---------- -------------- ----------------".into());
            lines.push(format!("  Data       {failing:<14} {:<16}", scan.blocks));
            lines.push(String::new());
        }
        self.out.lines(&lines);
    }
}
