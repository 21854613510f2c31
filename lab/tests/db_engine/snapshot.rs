//! Split-mirror copies and clones on another host.

use crate::site::*;
use ovmirror_lab::db::{api::Command, engine::Engine};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A backup in the way the product makes it: files copied slowly in the window, BACKUP control file taken within.
pub struct Snapshot {
    pub pairs: Vec<(PathBuf, PathBuf)>,
    pub control: PathBuf,
    pub begin: u64,
    pub end: u64,
}

pub fn snapshot(site: &mut Site, engine: &mut Engine, name: &str) -> Snapshot {
    run(engine, Command::ArchiveLogCurrent);
    run(engine, Command::HoldWrites(true));
    begin(engine);
    let begin = database(engine).datafiles[0].backup_change;
    let control = site.path(&format!("{name}.bin"));
    run(engine, Command::BackupControlfile { to: control.clone(), reuse: true });
    let folder = site.path(name);
    let pairs = copy_slowly(engine, &folder, |engine| site.work(engine, 1));
    end(engine);
    let end = current_scn(engine);
    run(engine, Command::HoldWrites(false));
    run(engine, Command::ArchiveLogCurrent);
    Snapshot { pairs, control, begin, end }
}

/// A clone on another host: BACKUP control file, files and logs under other names.
pub fn clone_of(site: &Site, snapshot: &Snapshot, control: &Path, name: &str) -> Engine {
    let mut clone = site.clone_mounted(control, name);
    rename_to(&mut clone, &snapshot.pairs);
    let folder = site.path(&format!("{name}-redo"));
    fs::create_dir_all(&folder).unwrap();
    rename_logs(&mut clone, &folder);
    clone
}

/// Control files and online logs as they are now.
pub fn way_back(site: &Site) -> Vec<(PathBuf, Vec<u8>)> {
    let redo = fs::read_dir(&site.spec.redo_dirs[0]).unwrap().map(|entry| entry.unwrap().path());
    redo.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Puts them back.
pub fn put_way_back(kept: &[(PathBuf, Vec<u8>)]) {
    kept.iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
}

/// The data files of an instance that is down, copied.
pub fn copy_down(site: &Site, name: &str) -> Vec<(PathBuf, PathBuf)> {
    copy_at_once(&mut site.mounted(), &site.path(name))
}
