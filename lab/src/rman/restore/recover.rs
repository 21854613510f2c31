//! RECOVER: drives the server's media recovery and gives it the logs, from disk or out of pieces.

use crate::{
    db::api::{Command, ControlType, Database, Done, Recover, RecoverScope, Until as Stop},
    rman::{
        dates,
        session::{Channel, Session},
        stack::Failure,
        syntax::command::{Objects, Until},
    },
};
use std::path::PathBuf;

/// A log that recovery asks for.
struct Need {
    thread: u32,
    sequence: u32,
    change: u64,
    suggestion: PathBuf,
}

impl Session {
    /// RECOVER DATABASE | DATAFILE … | TABLESPACE … [UNTIL …].
    pub fn recover(&mut self, what: &Objects, until: Option<&Until>) -> Result<(), Failure> {
        let database = self.database()?;
        let (channels, _) = self.use_channels(None)?;
        self.out.line("");
        self.out.line(format!("Starting recover at {}", self.at()));
        let until = until.or(self.settings.until.as_ref()).cloned();
        let scopes = scopes(what, &database)?;
        self.out.lines(&[String::new(), "starting media recovery".into()]);
        let started = dates::now();
        for scope in scopes {
            let start = Recover::Start {
                scope,
                until: self.stop(until.as_ref())?,
                backup_controlfile: database.control_type == ControlType::Backup,
                automatic: false,
                from: None,
            };
            self.apply_all(start, until.as_ref(), &channels)?;
        }
        self.out.line(format!("media recovery complete, elapsed time: {}", dates::elapsed(dates::now() - started)));
        self.out.line(format!("Finished recover at {}", self.at()));
        Ok(())
    }

    fn stop(&self, until: Option<&Until>) -> Result<Stop, Failure> {
        match until {
            None => Ok(Stop::Complete),
            Some(Until::Scn(scn)) => Ok(Stop::Change(*scn)),
            Some(Until::Sequence(_)) => Ok(Stop::Cancel),
            Some(Until::Time(text)) => {
                Err(Failure::rman(600, format!("internal error, arguments [UNTIL TIME '{text}' is not simulated]")))
            }
        }
    }

    fn apply_all(&mut self, start: Recover, until: Option<&Until>, channels: &[Channel]) -> Result<(), Failure> {
        let target = self.target()?;
        let mut done = target.execute(&Command::Recover(start))?;
        while let Done::NeedsLog { change, thread, sequence, suggestion, .. } = done {
            if matches!(until, Some(Until::Sequence(end)) if sequence >= *end) {
                target.execute(&Command::Recover(Recover::Cancel))?;
                return Ok(());
            }
            let need = Need { thread, sequence, change, suggestion };
            let Some(file) = self.find_log(&need, channels)? else {
                let _ = target.execute(&Command::Recover(Recover::Cancel));
                let text = format!(
                    "media recovery requesting unknown archived log for thread {thread} with sequence {sequence} and starting SCN of {change}"
                );
                return Err(Failure::rman(6054, text));
            };
            self.out.line(format!("archived log file name={} thread={thread} sequence={sequence}", file.display()));
            done = target.execute(&Command::Recover(Recover::Apply { file: Some(file), auto: false }))?;
        }
        Ok(())
    }

    fn find_log(&mut self, need: &Need, channels: &[Channel]) -> Result<Option<PathBuf>, Failure> {
        let database = self.database()?;
        // Two branches may have the same sequence with other content.
        let branch = database.incarnation_of(need.change);
        let on_disk = database
            .archived
            .iter()
            .filter(|log| (log.thread, log.sequence) == (need.thread, need.sequence) && log.first_change <= need.change)
            .filter(|log| log.resetlogs_change == branch)
            .filter_map(|log| log.name.clone())
            .chain([need.suggestion.clone()])
            .find(|name| name.is_file());
        if let Some(name) = on_disk {
            let text = format!(
                "archived log for thread {} with sequence {} is already on disk as file {}",
                need.thread,
                need.sequence,
                name.display()
            );
            self.out.line(text);
            return Ok(Some(name));
        }
        let covers = |set_count, set_stamp| {
            let row = database
                .backup_redologs
                .iter()
                .find(|r| (r.set_count, r.set_stamp, r.sequence) == (set_count, set_stamp, need.sequence))
                .filter(|r| r.resetlogs_change == branch);
            row.is_some_and(|row| row.first_change <= need.change && need.change <= row.next_change)
        };
        let piece = database.pieces.iter().rev().find(|p| p.status == 'A' && covers(p.set_count, p.set_stamp));
        let Some(piece) = piece else { return Ok(None) };
        let logs = self.restore_log_piece(piece, &[need.sequence], false, channels)?;
        Ok(logs.into_iter().find_map(|log| log.name))
    }
}

/// Containers and what lies in them are files to the server: out of the root it is told their numbers.
fn scopes(what: &Objects, database: &Database) -> Result<Vec<RecoverScope>, Failure> {
    match what {
        Objects::Database if database.control_type == ControlType::Standby => Ok(vec![RecoverScope::StandbyDatabase]),
        Objects::Database => Ok(vec![RecoverScope::Database]),
        Objects::Tablespaces(names) if names.iter().all(|name| !name.contains(':')) => {
            Ok(vec![RecoverScope::Tablespaces(names.clone())])
        }
        Objects::Tablespaces(_) | Objects::Pdbs(_) => {
            let files = crate::rman::backup::chosen(what, database)?;
            Ok(vec![RecoverScope::Datafiles(files.iter().map(|f| PathBuf::from(f.file.to_string())).collect())])
        }
        Objects::Datafiles(names) => Ok(vec![RecoverScope::Datafiles(names.iter().map(PathBuf::from).collect())]),
    }
}
