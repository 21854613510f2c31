//! The dictionary check of OPEN RESETLOGS. The dictionary lies in SYSTEM and is as old as the point that was recovered to;
//! the control file may be younger. Here the control file's own history stands for the dictionary.

use super::{Database, checkpoint::write_header, identify, new_record};
use crate::db::{
    alert::Alert,
    control::{FileRecord, FileStatus},
    errors::Ora,
    header::Made,
};

impl Database {
    /// Takes the control file's records back to how things were below `scn`: read only or not; files that were made later
    /// leave it and are given back; SCNs of later have no time.
    pub(super) fn turn_back(&mut self, scn: u64) -> Vec<FileRecord> {
        let (later, known) = self.control.datafiles.drain(..).partition(|f| f.creation_change >= scn);
        self.control.datafiles = known;
        self.control.datafiles.iter_mut().for_each(|record| record.turn_back(scn));
        self.control.scn_times.retain(|(noted, _)| *noted < scn);
        later
    }

    /// The dictionary in SYSTEM knows a new file.
    pub(super) fn note_made(&mut self, made: Made) -> Ora<()> {
        let Some(system) = self.live()?.files.get_mut(&1) else { return Ok(()) };
        system.header.made(made);
        write_header(system)
    }

    /// The dictionary forgets files.
    pub(super) fn note_unmade(&mut self, files: &[u32]) -> Ora<()> {
        let Some(system) = self.live()?.files.get_mut(&1) else { return Ok(()) };
        system.header.unmade(files);
        write_header(system)
    }

    /// Files that the dictionary has and the control file has not, as one that is older than they are: they come offline under
    /// the name MISSINGnnnnn.
    pub(super) fn missing_files(&mut self) -> Ora<Vec<FileRecord>> {
        let system = identify(&self.control, self.record(1)?)?;
        let unknown = |made: &Made| self.control.datafile(made.file.file).is_none();
        let found: Vec<FileRecord> =
            system.dictionary.into_iter().filter(unknown).map(|m| self.missing_made(&m)).collect();
        self.control.datafiles.extend(found.iter().cloned());
        self.control.datafiles.sort_by_key(|f| f.file);
        Ok(found)
    }

    fn missing_made(&self, made: &Made) -> FileRecord {
        self.missing(new_record(&made.file, (made.scn, made.time), made.sequence))
    }

    /// What the alert log says before the new incarnation begins.
    pub(super) fn tell_resetlogs(&self, scn: u64) {
        let kind = if self.control.recovered_to.is_some() { "incomplete" } else { "complete" };
        self.say(&format!("RESETLOGS after {kind} recovery UNTIL CHANGE {scn}"));
    }

    /// What it says of the difference between dictionary and control file (Administrator's Guide, "Checking for Missing or
    /// Extra Files").
    pub(super) fn dictionary_check(&self, removed: &[FileRecord], missing: &[FileRecord]) {
        self.say("Dictionary check beginning");
        for record in missing {
            self.say(&format!(
                "File #{0} found in data dictionary but not in controlfile.\nCreating OFFLINE file 'MISSING{0:05}' in the controlfile.",
                record.file
            ));
        }
        for record in removed {
            let (file, name) = (record.file, record.name.display());
            self.say(&format!(
                "File #{file} in the controlfile not found in data dictionary.\nRemoving file from controlfile.\n\
                 data file {file}: '{name}'"
            ));
        }
        for record in self.control.datafiles.iter().filter(|f| f.status != FileStatus::Online) {
            let (file, name) = (record.file, record.name.display());
            self.say(&format!(
                "File #{file} is offline, but is part of an online tablespace.\ndata file {file}: '{name}'"
            ));
        }
        self.say("Dictionary check complete");
    }

    /// Writes into the alert log.
    pub(super) fn say(&self, text: &str) {
        let env = &self.env;
        Alert::new(&env.home, &env.sid, env.oracle, &env.parameters).say(text);
    }
}
