//! BACKUP.

mod choose;
mod control;
mod divide;
mod run;
mod scan;
mod set;
mod text;
mod validate;

use super::{
    dates,
    session::{Channel, Session},
    stack::Failure,
    syntax::command::{Backup, Device, Subject},
    words,
};
use crate::db::{
    api::{Command, ControlType, Database},
    session::JobRow,
};
use set::{Input, SetJob};

pub use choose::{chosen, in_use};
pub use scan::{Scan, scan_file};

impl Session {
    /// BACKUP. What a mounted control file of type BACKUP forbids is refused by the rules of the reference (2.3).
    pub fn backup(&mut self, backup: &Backup) -> Result<(), Failure> {
        let database = self.database()?;
        self.may_back_up(backup, &database)?;
        if backup.plus_archivelog {
            self.switch_logs()?;
        }
        let (channels, automatic) = self.use_channels(backup.device)?;
        let mut job = self.begin_job(backup, &channels);
        let result = self.backup_on(backup, &channels);
        self.end_job(&mut job, result.is_ok());
        if automatic {
            // An automatic channel stays until the session ends; it prints nothing when it goes.
            drop(channels);
        }
        result
    }

    fn backup_on(&mut self, backup: &Backup, channels: &[Channel]) -> Result<(), Failure> {
        self.out.line("");
        self.out.line(format!("Starting backup at {}", self.at()));
        let database = self.database()?;
        self.check_encryption(&database, channels)?;
        let jobs = self.jobs(backup, &database, channels.len())?;
        if jobs.is_empty() {
            self.out.line("backup cancelled because there are no files to backup");
            self.out.line(format!("Finished backup at {}", self.at()));
            return Ok(());
        }
        self.run_sets(backup, &database, channels, jobs)?;
        self.implicit_controlfile(backup, &database, channels)?;
        self.out.line(format!("Finished backup at {}", self.at()));
        if backup.validate { Ok(()) } else { self.autobackup_after(channels) }
    }

    /// What can be refused before anything is read.
    fn may_back_up(&self, backup: &Backup, database: &Database) -> Result<(), Failure> {
        let of_backup = database.control_type == ControlType::Backup;
        let on_channel = |failure: Failure| {
            let channel = self.channels.first().map_or("ORA_DISK_1", |channel| channel.name.as_str());
            failure.on_channel("backup", channel, &dates::stack_time(dates::now()))
        };
        // Reference 8.1: the manual wants a current control file, a shipping product backs up under one of type BACKUP. The
        // refusing release is played with the text that RMAN's own snapshot of such a control file gives.
        if of_backup && self.site.quirks.is("backup-with-backup-controlfile", "refused") {
            return Err(on_channel(words::control_file_is_a_backup(self.site.oracle)));
        }
        if of_backup && backup.skip.iter().any(|word| word == "OFFLINE" || word == "READONLY") {
            return Err(Failure::rman(6131, "skip offline/readonly only allowed with current control file"));
        }
        if let Some(level) = backup.level.filter(|level| *level > 0) {
            return Err(Failure::rman(
                600,
                format!("internal error, arguments [INCREMENTAL LEVEL {level} is not simulated]"),
            ));
        }
        if backup.section.is_some() && backup.subjects.iter().any(|s| !matches!(s, Subject::Files(_))) {
            return Err(Failure::rman(558, "error encountered while parsing input commands")
                .and_rman(1009, "syntax error: found \"section\": expecting one of: \"datafile, database\""));
        }
        if database.open_mode != "MOUNTED" && !database.archivelog && touches_files(backup) {
            return Err(on_channel(Failure::ora(19602, "cannot backup or copy active file in NOARCHIVELOG mode")));
        }
        Ok(())
    }

    /// PLUS ARCHIVELOG begins with a log switch, which a mounted clone refuses (ORA-01109).
    fn switch_logs(&mut self) -> Result<(), Failure> {
        self.target()?.execute(&Command::ArchiveLogCurrent).map_err(|error| {
            Failure::from(error).of_command("backup plus archivelog", &dates::stack_time(dates::now()))
        })?;
        self.out.line("current log archived");
        Ok(())
    }

    /// ORA-19919: RMAN's own encryption goes to no third-party library (reference 2.8).
    fn check_encryption(&self, database: &Database, channels: &[Channel]) -> Result<(), Failure> {
        let tape = channels.iter().find(|channel| channel.media.device() == Device::Sbt);
        match tape.filter(|_| self.encrypts(database)) {
            None => Ok(()),
            Some(channel) => {
                let text = "encrypted backups to tertiary storage require Oracle Secure Backup";
                Err(Failure::ora(19919, text).on_channel("backup", &channel.name, &dates::stack_time(dates::now())))
            }
        }
    }

    fn jobs(&mut self, backup: &Backup, database: &Database, channels: usize) -> Result<Vec<SetJob>, Failure> {
        let mut jobs = Vec::new();
        for subject in &backup.subjects {
            jobs.extend(self.sets_of(backup, subject, database, channels)?);
        }
        if backup.plus_archivelog {
            jobs.extend(self.sets_of(backup, &Subject::Logs(Default::default()), database, channels)?);
        }
        if backup.include_controlfile {
            jobs.extend(self.sets_of(backup, &Subject::CurrentControlfile, database, channels)?);
        }
        Ok(jobs)
    }

    fn begin_job(&mut self, backup: &Backup, channels: &[Channel]) -> JobRow {
        let device = channels.first().map_or("DISK", |channel| channel.media.device().name());
        let mut job = JobRow {
            key: 0,
            sid: self.target().map_or(0, |target| target.sid()),
            serial: 0,
            command_id: self.command_id().to_owned(),
            start_time: dates::now(),
            end_time: None,
            input_bytes: 0,
            output_bytes: 0,
            device_type: device.into(),
            autobackup: false,
            status: "RUNNING".into(),
            input_type: input_type(backup).into(),
            output: Vec::new(),
        };
        job.key = self.report_job(&job);
        job
    }

    fn end_job(&mut self, job: &mut JobRow, good: bool) {
        let (input, output) = self.take_volume();
        (job.input_bytes, job.output_bytes) = (input, output);
        job.end_time = Some(dates::now());
        job.status = if good { "COMPLETED" } else { "FAILED" }.into();
        job.output = self.out.kept();
        self.report_job(job);
    }
}

fn touches_files(backup: &Backup) -> bool {
    backup.subjects.iter().any(|subject| matches!(subject, Subject::Files(_)))
}

/// V$RMAN_BACKUP_JOB_DETAILS.INPUT_TYPE
fn input_type(backup: &Backup) -> &'static str {
    match backup.subjects.first() {
        Some(Subject::Files(super::syntax::command::Objects::Database)) => "DB FULL",
        Some(Subject::Files(_)) => "DATAFILE FULL",
        Some(Subject::Logs(_)) => "ARCHIVELOG",
        Some(Subject::ControlfileCopy(_) | Subject::CurrentControlfile) => "CONTROLFILE",
        Some(Subject::Spfile) => "SPFILE",
        None => "",
    }
}

/// One set of one input.
fn single(kind: super::piece::SetKind, input: Input) -> SetJob {
    SetJob { kind, inputs: vec![input], file: None }
}
