//! What a subject means: which files go into which sets.

use super::{
    divide::divide,
    set::{FileInput, Input, SetJob},
    single,
};
use crate::{
    db::{
        api::{ArchivedLog, ControlType, Database, Datafile},
        block::BLOCK_SIZE,
        control, header, redo,
    },
    rman::{
        piece::SetKind,
        session::Session,
        stack::Failure,
        syntax::command::{Backup, Logs, Objects, Subject},
        words,
    },
};
use std::path::{Path, PathBuf};

impl Session {
    /// The sets of one subject.
    pub(super) fn sets_of(
        &mut self,
        backup: &Backup,
        subject: &Subject,
        database: &Database,
        channels: usize,
    ) -> Result<Vec<SetJob>, Failure> {
        match subject {
            Subject::Files(objects) => {
                let inputs = self.file_inputs(objects, database)?;
                one_section(&inputs, backup.section)?;
                Ok(divide(
                    inputs,
                    channels,
                    backup.files_per_set,
                    |input| input.header.blocks,
                    SetKind::Datafiles,
                    |file| Input::Datafile(Box::new(file)),
                ))
            }
            Subject::Logs(logs) => self.log_sets(backup, logs, database, channels),
            Subject::ControlfileCopy(path) => self.controlfile_copy(Path::new(path), database),
            Subject::CurrentControlfile => {
                if database.control_type == ControlType::Backup {
                    return Err(words::control_file_is_a_backup(self.site.oracle));
                }
                Ok(vec![single(SetKind::Controlfile, Input::CurrentControlfile(self.snapshot_controlfile()))])
            }
            Subject::Spfile => Ok(vec![single(SetKind::Spfile, Input::Spfile(self.spfile()?))]),
        }
    }

    /// The files, with RMAN-06554 for each that is in backup mode (the backup goes on). RMAN-06169 and RMAN-06056 for a
    /// header that cannot be read, RMAN-06078 for a header that is newer than a control file which is not current.
    pub(super) fn file_inputs(&self, objects: &Objects, database: &Database) -> Result<Vec<FileInput>, Failure> {
        let mut inputs = Vec::new();
        for datafile in chosen(objects, database)? {
            let header = header::read(&datafile.name).map_err(|error| {
                let text = format!(
                    "could not read file header for datafile {} error reason {}",
                    datafile.file,
                    reason(error.text())
                );
                Failure::rman(6169, text).and_rman(6056, format!("could not access datafile {}", datafile.file))
            })?;
            let old =
                database.control_type == ControlType::Current && header.checkpoint_change > datafile.checkpoint_change;
            if old && !header.hot {
                return Err(Failure::rman(6078, format!("the control file is older than datafile {}", datafile.file)));
            }
            if header.hot {
                self.out.line(format!("RMAN-06554: WARNING: file {} is in backup mode", datafile.file));
            }
            inputs.push(FileInput { name: datafile.name, header });
        }
        let standby = database.control_type == ControlType::Standby;
        let hot = inputs.iter().find(|input| input.header.hot);
        // Reference 8.10: whether a standby control file takes files in hot backup mode is not settled.
        match hot.filter(|_| standby && self.site.quirks.is("rman-standby-hot-files", "refused")) {
            None => Ok(inputs),
            Some(input) => Err(Failure::rman(6056, format!("could not access datafile {}", input.header.file))),
        }
    }

    fn log_sets(
        &self,
        backup: &Backup,
        logs: &Logs,
        database: &Database,
        channels: usize,
    ) -> Result<Vec<SetJob>, Failure> {
        let found = chosen_logs(logs, database);
        if found.is_empty() {
            self.out.line("specification does not match any archived log in the repository");
        }
        for log in &found {
            check_log(log)?;
        }
        Ok(divide(
            found,
            channels,
            backup.files_per_set,
            |log| log.blocks,
            SetKind::Logs,
            |log| Input::Log(Box::new(log)),
        ))
    }

    /// ORA-19505/27037 where it is not there, ORA-00227 where it is no control file, RMAN-06090 for one that the target's
    /// control file does not know ("error while looking up control file copy": CATALOG makes it known).
    fn controlfile_copy(&self, path: &Path, database: &Database) -> Result<Vec<SetJob>, Failure> {
        let copy = control::read(path).map_err(|error| match error {
            control::ControlError::Io(_) => {
                Failure::ora(19505, format!("failed to identify file \"{}\"", path.display()))
                    .and(27037, "unable to obtain file status")
                    .text("Linux-x86_64 Error: 2: No such file or directory")
                    .text("Additional information: 3")
            }
            other => Failure::ora(227, other.to_string()),
        })?;
        if copy.dbid != database.dbid || !database.controlfile_copies.iter().any(|known| known == path) {
            return Err(Failure::rman(6090, format!("error while looking up control file copy: {}", path.display())));
        }
        Ok(vec![single(SetKind::Controlfile, Input::ControlfileCopy(path.to_owned()))])
    }

    /// RMAN-06062 if the instance was not started with one.
    pub(super) fn spfile(&self) -> Result<PathBuf, Failure> {
        let parameters = self.facts()?.parameters;
        let named = parameters.iter().find(|(name, value)| name == "spfile" && !value.is_empty());
        named.map(|(_, value)| PathBuf::from(value)).filter(|path| path.is_file()).ok_or_else(|| {
            Failure::rman(6062, "can not backup SPFILE because the instance was not started with SPFILE")
        })
    }
}

/// SECTION SIZE beyond the size of a file makes no sections of it (Backup and Recovery Reference, "SECTION SIZE"). Smaller ones
/// are not simulated, and said so.
fn one_section(inputs: &[FileInput], section: Option<u64>) -> Result<(), Failure> {
    let Some(section) = section else { return Ok(()) };
    match inputs.iter().find(|input| input.header.blocks * BLOCK_SIZE as u64 > section) {
        None => Ok(()),
        Some(input) => {
            let text = format!("SECTION SIZE {section} below the size of file {} is not simulated", input.header.file);
            Err(Failure::rman(600, format!("internal error, arguments [{text}]")))
        }
    }
}

/// The number RMAN-06169 gives for what is wrong with a header.
fn reason(words: &str) -> u32 {
    match words {
        "FILE NOT FOUND" => 4,
        "CANNOT OPEN FILE" => 3,
        "CANNOT READ HEADER" => 5,
        "CORRUPT HEADER" => 6,
        _ => 7,
    }
}

/// The data files of a subject. RMAN-20201/20202 for what is not there.
pub fn chosen(objects: &Objects, database: &Database) -> Result<Vec<Datafile>, Failure> {
    let all = &database.datafiles;
    match objects {
        Objects::Database => Ok(all.clone()),
        Objects::Datafiles(names) => names.iter().map(|name| one(name, all)).collect(),
        Objects::Tablespaces(names) => {
            let mut found = Vec::new();
            for name in names {
                let files = of_tablespace(name, database)?;
                if files.is_empty() {
                    let failure = Failure::rman(20202, "Tablespace not found in the recovery catalog");
                    return Err(failure.and_rman(6019, format!("could not translate tablespace name \"{name}\"")));
                }
                found.extend(files);
            }
            Ok(found)
        }
        Objects::Pdbs(names) => {
            let cons = names.iter().map(|name| container(name, database)).collect::<Result<Vec<_>, _>>()?;
            Ok(all.iter().filter(|file| cons.contains(&file.con_id)).cloned().collect())
        }
    }
}

/// CON_ID of a container. RMAN-06813 for one that is not there.
fn container(name: &str, database: &Database) -> Result<u32, Failure> {
    if name == "CDB$ROOT" && !database.containers.is_empty() {
        return Ok(1);
    }
    let found = database.containers.iter().find(|pdb| pdb.container.name == name);
    found
        .map(|pdb| pdb.container.con_id)
        .ok_or_else(|| Failure::rman(6813, format!("could not translate pluggable database {name}")))
}

/// The files of `t` (of the root) or `pdb:t`.
fn of_tablespace(name: &str, database: &Database) -> Result<Vec<Datafile>, Failure> {
    let root = u32::from(!database.containers.is_empty());
    let (con_id, name) = match name.split_once(':') {
        Some((pdb, tablespace)) => (container(pdb, database)?, tablespace),
        None => (root, name),
    };
    let of = |file: &&Datafile| file.con_id == con_id && file.tablespace == name;
    Ok(database.datafiles.iter().filter(of).cloned().collect())
}

/// Whether the instance has a file open: nothing can be restored over it.
pub fn in_use(file: &Datafile, database: &Database) -> bool {
    let pdb = database.containers.iter().find(|pdb| pdb.container.con_id == file.con_id);
    let open = pdb.map_or(database.open_mode.as_str(), |pdb| pdb.open_mode.as_str()) != "MOUNTED";
    open && matches!(file.status.as_str(), "ONLINE" | "SYSTEM")
}

fn one(name: &str, all: &[Datafile]) -> Result<Datafile, Failure> {
    let found = match name.parse::<u32>() {
        Ok(number) => all.iter().find(|file| file.file == number),
        Err(_) => all.iter().find(|file| file.name == Path::new(name)),
    };
    found.cloned().ok_or_else(|| {
        let failure = Failure::rman(20201, "datafile not found in the recovery catalog");
        failure.and_rman(6010, format!("error while looking up datafile: {name}"))
    })
}

/// The archived logs of a subject that are there to be read, each sequence once.
pub fn chosen_logs(logs: &Logs, database: &Database) -> Vec<ArchivedLog> {
    let mut found: Vec<ArchivedLog> = Vec::new();
    for log in database.archived.iter().filter(|log| log.status == 'A' && !log.deleted && wanted(logs, log)) {
        let same = |other: &ArchivedLog| {
            (other.thread, other.sequence, other.resetlogs_change) == (log.thread, log.sequence, log.resetlogs_change)
        };
        if !found.iter().any(same) {
            found.push(log.clone());
        }
    }
    found
}

fn wanted(logs: &Logs, log: &ArchivedLog) -> bool {
    let Some(name) = &log.name else { return false };
    let at_least = |bound: &Option<(bool, u64)>| {
        bound.is_none_or(|(scn, value)| if scn { log.next_change > value } else { u64::from(log.sequence) >= value })
    };
    let at_most = |bound: &Option<(bool, u64)>| {
        bound.is_none_or(|(scn, value)| if scn { log.first_change <= value } else { u64::from(log.sequence) <= value })
    };
    let like = logs.like.as_ref().is_none_or(|pattern| like(pattern, &name.to_string_lossy()));
    like && at_least(&logs.from) && at_most(&logs.until)
}

/// SQL's LIKE: `%` any text, `_` any character.
pub fn like(pattern: &str, text: &str) -> bool {
    fn go(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('%', rest)) => (0..=text.len()).any(|at| go(rest, &text[at..])),
            Some((char, rest)) => {
                text.split_first().is_some_and(|(first, more)| (*char == '_' || char == first) && go(rest, more))
            }
        }
    }
    let chars = |text: &str| text.chars().collect::<Vec<_>>();
    go(&chars(pattern), &chars(text))
}

/// RMAN-06059 with ORA-19625 for a log that is gone, ORA-19599 for one that is damaged.
fn check_log(log: &ArchivedLog) -> Result<(), Failure> {
    let name = log.name.clone().unwrap_or_default();
    match redo::verify(&name) {
        Ok(_) => Ok(()),
        Err(redo::LogError::Io(_)) => {
            let text = "expected archived log not found, loss of archived log compromises recoverability";
            Err(Failure::rman(6059, text)
                .and(19625, format!("error identifying file {}", name.display()))
                .and(27037, "unable to obtain file status")
                .text("Linux-x86_64 Error: 2: No such file or directory")
                .text("Additional information: 3"))
        }
        Err(redo::LogError::Record { block, .. }) => {
            Err(Failure::ora(19599, format!("block number {block} is corrupt in archived log {}", name.display())))
        }
        Err(_) => Err(Failure::ora(19599, format!("block number 1 is corrupt in archived log {}", name.display()))),
    }
}

#[cfg(test)]
mod tests {
    use super::like;
    use rstest::rstest;

    #[rstest]
    #[case("/a/%", "/a/b/1_2.dbf", true)]
    #[case("/a/%", "/ab/1", false)]
    #[case("%_3.dbf", "/x/1_3.dbf", true)]
    #[case("/a/_", "/a/bc", false)]
    fn patterns(#[case] pattern: &str, #[case] text: &str, #[case] expected: bool) {
        assert_eq!(like(pattern, text), expected);
    }
}
