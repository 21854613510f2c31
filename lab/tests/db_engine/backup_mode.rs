//! BEGIN and END BACKUP (reference 1.2, 1.3, 1.6).

use crate::site::*;
use ovmirror_lab::db::{
    api::{Command, Instance, Offline},
    block::{self, BLOCK_SIZE, Verdict},
    header,
    redo::{LogReader, Redo},
};

fn tablespace(name: &str, begin: bool) -> Command {
    let tablespace = Some(name.to_owned());
    if begin { Command::BeginBackup { tablespace } } else { Command::EndBackup { tablespace } }
}

#[test]
fn begin_freezes_the_headers_and_end_lets_them_go_on() {
    let mut site = Site::new(1);
    let mut engine = site.open();
    site.work(&mut engine, 20);
    begin(&mut engine);
    let files = database(&mut engine).datafiles;
    let change = files[0].backup_change;
    for file in &files {
        let seen = file.header.as_ref().unwrap();
        assert_eq!((file.backup_status.as_str(), seen.checkpoint_change, seen.fuzzy), ("ACTIVE", change, true));
        assert_eq!(file.backup_change, change);
    }
    site.work(&mut engine, 20);
    run(&mut engine, Command::Checkpoint);
    for file in database(&mut engine).datafiles {
        assert_eq!(file.header.unwrap().checkpoint_change, change);
    }
    end(&mut engine);
    for file in database(&mut engine).datafiles {
        assert_eq!(file.backup_status, "NOT ACTIVE");
        assert_eq!(file.backup_change, change, "CHANGE# stays");
        assert!(file.header.unwrap().checkpoint_change > change);
    }
    assert_eq!(contents(&mut engine).rows, site.all());
}

#[test]
fn refusals_of_begin_and_end() {
    let mut site = Site::new(2);
    let mut engine = site.open();
    assert_eq!(refused(&mut engine, Command::EndBackup { tablespace: None }), [1142]);
    run(&mut engine, Command::TablespaceReadOnly { tablespace: "RO".into(), read_only: true });
    assert_eq!(refused(&mut engine, tablespace("RO", true)), [1642]);
    assert_eq!(refused(&mut engine, tablespace("RO", false)), [1140]);
    assert_eq!(refused(&mut engine, tablespace("NONE", true)), [959]);
    run(&mut engine, tablespace("USERS", true));
    assert_eq!(refused(&mut engine, Command::BeginBackup { tablespace: None }), [1146, 1110]);
    assert_eq!(refused(&mut engine, Command::Shutdown { abort: false }), [1149, 1110]);
    let offline = |online| turned("USERS", online, Offline::Normal);
    assert_eq!(refused(&mut engine, offline(false)), [1150, 1110]);
    let read_only = Command::TablespaceReadOnly { tablespace: "USERS".into(), read_only: true };
    assert_eq!(refused(&mut engine, read_only), [1150, 1110]);
    run(&mut engine, tablespace("USERS", false));
    run(&mut engine, offline(false));
    assert_eq!(refused(&mut engine, tablespace("USERS", true)), [1128, 1110]);
    // The database form leaves read-only and offline files out.
    begin(&mut engine);
    let states: Vec<_> = database(&mut engine).datafiles.into_iter().map(|f| (f.tablespace, f.backup_status)).collect();
    for (name, status) in states {
        let expected = match name.as_str() {
            "USERS" => "OFFLINE NORMAL",
            "RO" => "NOT ACTIVE",
            _ => "ACTIVE",
        };
        assert_eq!(status, expected, "{name}");
    }
    end(&mut engine);
    run(&mut engine, offline(true));
    site.work(&mut engine, 5);
    assert_eq!(contents(&mut engine).rows, site.all());
}

#[test]
fn noarchivelog_and_mount_refuse() {
    let site = Site::with(3, |spec| spec.archivelog = false);
    let mut engine = site.mounted();
    assert_eq!(refused(&mut engine, Command::BeginBackup { tablespace: None }), [1109]);
    assert_eq!(refused(&mut engine, Command::ArchiveLogCurrent), [1109]);
    open(&mut engine).unwrap();
    assert_eq!(refused(&mut engine, Command::BeginBackup { tablespace: None }), [1123]);
    assert_eq!(refused(&mut engine, Command::ArchiveLogCurrent), [258]);
    assert_eq!(refused(&mut engine, Command::ArchiveMode { on: true }), [1126]);
    shutdown(engine);
    let mut engine = site.mounted();
    run(&mut engine, Command::ArchiveMode { on: true });
    open(&mut engine).unwrap();
    begin(&mut engine);
    end(&mut engine);
}

fn images(site: &Site) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(&site.spec.archive_dir).unwrap() {
        let mut reader = LogReader::open(&entry.unwrap().path()).unwrap();
        while let Some(record) = reader.next_record().unwrap() {
            count += usize::from(matches!(record.redo, Redo::Image { .. }));
        }
    }
    count
}

#[test]
fn images_go_into_the_redo_in_backup_mode_alone_and_once_per_block() {
    let mut site = Site::new(4);
    let mut engine = site.open();
    site.work(&mut engine, 10);
    run(&mut engine, Command::ArchiveLogCurrent);
    assert_eq!(images(&site), 0);
    begin(&mut engine);
    for n in 0..10 {
        site.commit_rows(&mut engine, vec![(7, format!("n{n}"))]);
    }
    end(&mut engine);
    run(&mut engine, Command::ArchiveLogCurrent);
    // The row's block, the marker of SYSTEM, and the markers of the other files in turn.
    let files = database(&mut engine).datafiles.len();
    assert_eq!(images(&site), 1 + files);
    site.work(&mut engine, 10);
    run(&mut engine, Command::ArchiveLogCurrent);
    assert_eq!(images(&site), 1 + files);
}

fn fractured(site: &Site) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(&site.spec.data_dir).unwrap() {
        let path = entry.unwrap().path();
        let Ok(head) = header::read(&path) else { continue };
        let bytes = std::fs::read(&path).unwrap();
        let blocks = (0_u32..).zip(bytes.chunks(BLOCK_SIZE));
        count += blocks.filter(|(n, b)| block::verify(b, head.file, *n) == Verdict::Fractured).count();
    }
    count
}

#[test]
fn held_writes_leave_fractured_blocks_for_certain_until_released() {
    let mut site = Site::new(5);
    let mut engine = site.open();
    site.work(&mut engine, 10);
    run(&mut engine, Command::HoldWrites(true));
    assert!(fractured(&site) >= 1, "also where nothing was dirty");
    begin(&mut engine);
    for _ in 0..30 {
        assert!(fractured(&site) >= 1);
        site.work(&mut engine, 2);
        engine.tick();
    }
    run(&mut engine, Command::Checkpoint);
    assert!(fractured(&site) >= 1, "a checkpoint writes them, the next are held at once");
    run(&mut engine, Command::HoldWrites(false));
    assert_eq!(fractured(&site), 0);
    end(&mut engine);
    assert_eq!(contents(&mut engine).rows, site.all());
}
