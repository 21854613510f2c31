//! What several tests of the engine share.

use super::control::{self, ControlFile, Enabled, FileRecord, FileStatus};
use super::create::{CreateSpec, Sizes, create};
use super::engine::EngineOptions;
use crate::{context::Oracle, quirk::Quirks};
use std::path::Path;

/// The record of a file of USERS.
pub fn record(file: u32, blocks: u64, first_key: u32, keys: u32) -> FileRecord {
    FileRecord {
        file,
        ts: 4,
        tablespace: "USERS".into(),
        rfile: file,
        name: format!("/u02/users{file:02}.dbf").into(),
        status: FileStatus::Online,
        enabled: Enabled::ReadWrite,
        creation_change: 1,
        creation_time: 1,
        creation_sequence: 1,
        checkpoint_change: 1,
        checkpoint_time: 1,
        checkpoint_count: 1,
        offline_change: 0,
        online_change: 0,
        blocks,
        backup: None,
        first_key,
        keys,
        turns: Vec::new(),
        con_id: 0,
    }
}

/// Options of an instance `orcl`.
pub fn options(home: &Path, parameters: Vec<(String, String)>) -> EngineOptions {
    EngineOptions {
        home: home.to_owned(),
        sid: "orcl".into(),
        host: "slot021".into(),
        parameters,
        oracle: Oracle::V19,
        quirks: Quirks::default(),
    }
}

/// The control file of a database just made.
pub fn control() -> ControlFile {
    let folder = tempfile::tempdir().unwrap();
    let mut spec = CreateSpec::below(folder.path(), folder.path().join("home"), "orcl", Oracle::V19);
    let small = 64 << 10;
    spec.sizes = Sizes { system: small, sysaux: small, undo: small, users: small, temp: small, redo: small };
    spec.tablespaces.clear();
    create(&spec).unwrap();
    control::read(&spec.control_files[0]).unwrap()
}
