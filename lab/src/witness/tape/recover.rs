//! From restored files to rows.

use super::{choose::Choice, pieces::Tape};
use crate::{
    context::Oracle,
    db::{
        api::{Command, ControlType, Done, Instance, OraError, Recover, RecoverScope, Until},
        content,
        control::{self, ControlFile},
        engine::{Engine, EngineOptions},
    },
    quirk::Quirks,
    rman::piece::Item,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// An archived log that was restored.
struct Log {
    sequence: u32,
    resetlogs_change: u64,
    first_change: u64,
    next_change: u64,
    path: PathBuf,
}

/// Restores data files and logs, recovers through `at`, opens where the control file allows it, and reads every row.
pub fn rows_at(tape: &Tape, choice: &Choice, empty: &Path, at: u64) -> Result<BTreeMap<u32, String>, String> {
    let files = datafiles(tape, choice, empty)?;
    let logs = logs(tape, choice, empty)?;
    let mut engine = mounted(empty, &choice.control, &files)?;
    recover(&mut engine, &choice.control, &logs, at).map_err(|error| error.to_string())?;
    if choice.control.kind != ControlType::Standby {
        let open = Command::Open { resetlogs: true, read_only: false };
        engine.execute(&open).map_err(|error| error.to_string())?;
    }
    let rows = content::read_all(&mut engine).map_err(|error| error.to_string())?.rows;
    engine.execute(&Command::Shutdown { abort: true }).map_err(|error| error.to_string())?;
    Ok(rows)
}

/// The newest piece of a file under the tag counts.
fn datafiles(tape: &Tape, choice: &Choice, empty: &Path) -> Result<BTreeMap<u32, PathBuf>, String> {
    let folder = empty.join("data");
    fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let sources: BTreeMap<u32, &str> = tape.datafiles(&choice.tag).map(|(handle, file, _)| (file, handle)).collect();
    let name = |file: u32| folder.join(format!("{file}.dbf"));
    for handle in sources.values().copied().collect::<BTreeSet<_>>() {
        tape.restore(handle, |item| match item {
            Item::Datafile { header, .. } if sources.get(&header.file) == Some(&handle) => Some(name(header.file)),
            _ => None,
        })?;
    }
    Ok(sources.into_keys().map(|file| (file, name(file))).collect())
}

/// Every log on the tape once.
fn logs(tape: &Tape, choice: &Choice, empty: &Path) -> Result<Vec<Log>, String> {
    let folder = empty.join("logs");
    fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let name = |sequence: u32, resetlogs: u64| folder.join(format!("{sequence}_{resetlogs}.arc"));
    let mut found: Vec<Log> = Vec::new();
    for piece in tape.pieces.iter().filter(|piece| piece.header.dbid == choice.control.dbid) {
        let mut holds = false;
        for held in &piece.items {
            if let Item::Log { sequence, resetlogs_change, first_change, next_change, .. } = held.item {
                let path = name(sequence, resetlogs_change);
                if !found.iter().any(|log| log.path == path) {
                    found.push(Log { sequence, resetlogs_change, first_change, next_change, path });
                    holds = true;
                }
            }
        }
        if holds {
            tape.restore(&piece.handle, |item| match item {
                Item::Log { sequence, resetlogs_change, .. } => {
                    Some(name(*sequence, *resetlogs_change)).filter(|path| !path.exists())
                }
                _ => None,
            })?;
        }
    }
    Ok(found)
}

/// A mounted instance. The control file is given the restored names before: RENAME FILE deletes the old file where its name is
/// an Oracle-managed one, and on this machine that may be a living database's. So does DISABLE BLOCK CHANGE TRACKING.
fn mounted(empty: &Path, control: &ControlFile, files: &BTreeMap<u32, PathBuf>) -> Result<Engine, String> {
    let mut content = control.clone();
    // As RMAN leaves a control file that it restored.
    if content.kind == ControlType::Current {
        content.kind = ControlType::Backup;
    }
    content.tracking = None;
    for file in &mut content.datafiles {
        let absent = || empty.join(format!("absent-{}.dbf", file.file));
        file.name = files.get(&file.file).cloned().unwrap_or_else(absent);
    }
    for group in &mut content.groups {
        group.members = vec![empty.join(format!("redo{:02}.log", group.group))];
    }
    content.tempfiles.iter_mut().for_each(|temp| temp.3 = empty.join(format!("temp{:02}.dbf", temp.0)));
    let cdb = !content.containers.is_empty();
    let (home, path) = (empty.join("home"), empty.join("control.ctl"));
    for folder in [home.join("dbs"), empty.join("arch")] {
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    control::write_new(&path, &content, false).map_err(|error| error.to_string())?;
    start(empty, home, (&content.name, cdb), &path).map_err(|error| error.to_string())
}

fn start(empty: &Path, home: PathBuf, (name, cdb): (&str, bool), control: &Path) -> Result<Engine, OraError> {
    let parameters = [
        ("db_name", name.to_owned()),
        ("control_files", control.display().to_string()),
        ("enable_pluggable_database", cdb.to_string()),
        ("log_archive_dest_1", format!("LOCATION={}", empty.join("arch").display())),
    ];
    let mut engine = Engine::start(EngineOptions {
        home,
        sid: "verify".into(),
        host: "verify".into(),
        parameters: parameters.map(|(key, value)| (key.to_owned(), value)).to_vec(),
        oracle: Oracle::V19,
        quirks: Quirks::default(),
    })?;
    engine.execute(&Command::Mount)?;
    Ok(engine)
}

/// RECOVER DATABASE UNTIL CHANGE at + 1 USING BACKUP CONTROLFILE, each log named at its question.
fn recover(engine: &mut Engine, control: &ControlFile, logs: &[Log], at: u64) -> Result<(), OraError> {
    let standby = control.kind == ControlType::Standby;
    let scope = if standby { RecoverScope::StandbyDatabase } else { RecoverScope::Database };
    let until = Until::Change(at + 1);
    let start = Recover::Start { scope, until, backup_controlfile: !standby, automatic: false, from: None };
    let mut done = engine.execute(&Command::Recover(start))?;
    while let Done::NeedsLog { change, sequence, .. } = done {
        let fits = |log: &&Log| log.sequence == sequence && log.first_change <= change && change <= log.next_change;
        let holds = control.path().into_iter().rev().find(|i| i.resetlogs_change <= change);
        let of_branch = |log: &&Log| holds.is_none_or(|i| i.resetlogs_change == log.resetlogs_change);
        let Some(log) = logs.iter().filter(fits).find(of_branch) else {
            let text =
                format!("the tape has no log sequence {sequence} with change {change}, which is needed to reach {at}");
            return Err(OraError::new(308, text));
        };
        done = engine.execute(&Command::Recover(Recover::Apply { file: Some(log.path.clone()), auto: false }))?;
    }
    Ok(())
}
