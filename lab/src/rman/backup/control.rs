//! The control file that goes along with a backup: by itself with data file 1 where AUTOBACKUP is off, and the autobackup.

use super::{
    set::{Input, SetJob, placed},
    touches_files,
};
use crate::{
    db::api::{ControlType, Database},
    rman::{
        dates, names,
        piece::SetKind,
        session::{Channel, Session},
        stack::Failure,
        syntax::command::{Backup, Subject},
        words,
    },
};

impl Session {
    /// With AUTOBACKUP off a backup of data file 1 takes the control file along. Under a control file of type BACKUP the
    /// sources do not say whether that fails or is left out (reference 8.1): quirk `implicit-controlfile-on-backup-controlfile`.
    pub(super) fn implicit_controlfile(
        &mut self,
        backup: &Backup,
        database: &Database,
        channels: &[Channel],
    ) -> Result<(), Failure> {
        if backup.validate || self.autobackup(database) || !self.has_file_one(backup, database) {
            return Ok(());
        }
        if database.control_type == ControlType::Backup {
            if self.site.quirks.is("implicit-controlfile-on-backup-controlfile", "skipped") {
                return Ok(());
            }
            let failure = words::control_file_is_a_backup(self.site.oracle);
            let channel = channels.first().map_or("ORA_DISK_1", |channel| channel.name.as_str());
            return Err(failure.on_channel("backup", channel, &dates::stack_time(dates::now())));
        }
        let mut inputs = vec![Input::CurrentControlfile(self.snapshot_controlfile())];
        inputs.extend(self.spfile().ok().map(Input::Spfile));
        let job = SetJob { kind: SetKind::Controlfile, inputs, file: None };
        let database = self.database()?;
        self.run_sets(backup, &database, channels, vec![job])
    }

    fn has_file_one(&self, backup: &Backup, database: &Database) -> bool {
        let holds = |subject: &Subject| match subject {
            Subject::Files(objects) => {
                super::choose::chosen(objects, database).is_ok_and(|files| files.iter().any(|file| file.file == 1))
            }
            _ => false,
        };
        touches_files(backup) && backup.subjects.iter().any(holds)
    }

    /// The autobackup after a BACKUP command: RMAN-06497 instead under a control file of type BACKUP.
    pub(super) fn autobackup_after(&mut self, channels: &[Channel]) -> Result<(), Failure> {
        let database = self.database()?;
        if !self.autobackup(&database) {
            return Ok(());
        }
        if database.control_type == ControlType::Backup {
            self.out.line("RMAN-06497: WARNING: control file is not current, CONTROLFILE AUTOBACKUP skipped");
            return Ok(());
        }
        self.out.line("");
        self.out.line(format!("Starting Control File and SPFILE Autobackup at {}", self.at()));
        let Some(channel) = channels.first() else { return Ok(()) };
        let name = (0..=255)
            .map(|number| {
                placed(&*channel.media, &self.site.home, names::autobackup(database.dbid, dates::now(), number))
            })
            .find(|name| !channel.media.exists(name));
        let mut inputs = vec![Input::CurrentControlfile(self.snapshot_controlfile())];
        inputs.extend(self.spfile().ok().map(Input::Spfile));
        let job = SetJob { kind: SetKind::Autobackup, inputs, file: name };
        self.run_sets(&Backup::default(), &database, std::slice::from_ref(channel), vec![job])?;
        self.out.line(format!("Finished Control File and SPFILE Autobackup at {}", self.at()));
        Ok(())
    }
}
