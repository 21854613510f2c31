//! Crashes (reference 1.6), the lock, the control files.

use crate::site::*;
use ovmirror_lab::db::api::{Command, ControlType, Instance, Status, Until};
use std::fs;

#[test]
fn a_clean_shutdown_and_an_abort_lose_nothing() {
    let mut site = Site::new(10);
    let mut engine = site.open();
    assert_eq!(engine.facts().status, Status::Open);
    for round in 0..4 {
        site.work(&mut engine, 60);
        if round % 2 == 0 {
            abort(engine)
        } else {
            shutdown(engine)
        }
        engine = site.open();
        assert_eq!(contents(&mut engine).rows, site.all(), "round {round}");
    }
}

#[test]
fn sequences_go_on_and_full_logs_are_switched_and_archived() {
    let mut site = Site::with(11, |spec| spec.sizes.redo = 32 << 10);
    let mut engine = site.open();
    site.work(&mut engine, 400);
    for _ in 0..10 {
        engine.tick();
    }
    let seen = database(&mut engine);
    let mut logs = seen.archived.clone();
    logs.sort_by_key(|log| log.sequence);
    assert!(logs.len() > 4, "{}", logs.len());
    for pair in logs.windows(2) {
        assert_eq!((pair[0].sequence + 1, pair[0].next_change), (pair[1].sequence, pair[1].first_change));
    }
    for log in &logs {
        ovmirror_lab::db::redo::verify(log.name.as_ref().unwrap()).unwrap();
        assert_eq!(fs::metadata(log.name.as_ref().unwrap()).unwrap().len(), (log.blocks + 1) * 512);
    }
    abort(engine);
    let mut engine = site.open();
    assert_eq!(contents(&mut engine).rows, site.all());
}

#[test]
fn a_destination_that_is_gone_stops_the_work() {
    let mut site = Site::with(12, |spec| spec.sizes.redo = 64 << 10);
    let mut engine = site.open();
    fs::rename(&site.spec.archive_dir, site.path("away")).unwrap();
    let mut stopped = None;
    for key in 0..2000_u32 {
        let change = ovmirror_lab::db::api::RowChange { key: key % 500, value: "x".into() };
        if let Err(error) = engine.execute(&Command::Commit(vec![change])) {
            stopped = Some(codes(&error));
            break;
        }
    }
    assert_eq!(stopped.unwrap()[0], 16014);
    fs::rename(site.path("away"), &site.spec.archive_dir).unwrap();
    site.work(&mut engine, 10);
}

#[test]
fn a_crash_in_backup_mode_wants_end_backup_in_mount() {
    let mut site = Site::new(13);
    let mut engine = site.open();
    site.work(&mut engine, 20);
    begin(&mut engine);
    site.work(&mut engine, 60);
    abort(engine);
    let mut engine = site.mounted();
    assert_eq!(codes(&open(&mut engine).unwrap_err()), [10873, 1110]);
    assert_eq!(database(&mut engine).datafiles[0].backup_status, "ACTIVE");
    end(&mut engine);
    open(&mut engine).unwrap();
    assert_eq!(contents(&mut engine).rows, site.all());
    // And the next crash is an ordinary one.
    site.work(&mut engine, 20);
    abort(engine);
    let mut engine = site.open();
    assert_eq!(contents(&mut engine).rows, site.all());
}

#[test]
fn a_crash_in_backup_mode_with_checkpoints_and_switches_ends_by_recovery_too() {
    let mut site = Site::new(14);
    let mut engine = site.open();
    begin(&mut engine);
    site.work(&mut engine, 40);
    run(&mut engine, Command::Checkpoint);
    run(&mut engine, Command::ArchiveLogCurrent);
    site.work(&mut engine, 40);
    abort(engine);
    let mut engine = site.mounted();
    recover(&mut engine, Until::Complete, false).unwrap();
    open(&mut engine).unwrap();
    assert_eq!(contents(&mut engine).rows, site.all());
    assert_eq!(refused(&mut engine, Command::EndBackup { tablespace: None }), [1142]);
}

#[test]
fn a_process_killed_while_writes_are_held_leaves_whole_blocks_at_the_next_mount() {
    let mut site = Site::new(15);
    let mut engine = site.open();
    run(&mut engine, Command::HoldWrites(true));
    for _ in 0..20 {
        site.work(&mut engine, 3);
        engine.tick();
    }
    // What a kill leaves: the files as they are now. (Ending this engine would end its writes.)
    let left = site.path("left");
    let pairs = copy_at_once(&mut engine, &left);
    let word = site.spec.home.join("dbs/hc_orcl.dat");
    let held = fs::read(&word).unwrap();
    let controls: Vec<_> = site.spec.control_files.iter().map(|p| (p.clone(), fs::read(p).unwrap())).collect();
    let logs: Vec<_> = (1..=3).map(|n| site.spec.redo_dirs[0].join(format!("redo0{n}.log"))).collect();
    let logs: Vec<_> = logs.into_iter().map(|p| (p.clone(), fs::read(p).unwrap())).collect();
    abort(engine);
    put_back(&pairs);
    fs::write(&word, held).unwrap();
    controls.into_iter().chain(logs).for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
    let mut engine = site.open();
    assert_eq!(contents(&mut engine).rows, site.all());
    assert!(!word.exists());
}

#[test]
fn a_name_is_mounted_once_per_home() {
    let mut site = Site::new(16);
    let first = site.mounted();
    assert_eq!(refused(&mut site.started(), Command::Mount), [1102]);
    assert!(site.spec.home.join("dbs/lkORCL").exists());
    drop(first);
    site.mounted();
    site.quirks.set("lock-file-name=db-name").unwrap();
    let mut parameters = vec![("db_name".to_owned(), "ORCL".to_owned())];
    parameters.push(("db_unique_name".into(), "OTHER".into()));
    let controls: Vec<_> = site.spec.control_files.iter().map(|p| p.display().to_string()).collect();
    parameters.push(("control_files".into(), controls.join(",")));
    let _first = site.mounted();
    assert_eq!(refused(&mut site.started_with(parameters), Command::Mount), [1102]);
}

#[test]
fn control_files_must_be_there_agree_and_bear_the_name() {
    let site = Site::new(17);
    let [first, second] = [&site.spec.control_files[0], &site.spec.control_files[1]];
    let old = fs::read(second).unwrap();
    let mut engine = site.open();
    run(&mut engine, Command::ArchiveLogCurrent);
    shutdown(engine);
    let new = fs::read(second).unwrap();
    fs::write(second, old).unwrap();
    assert_eq!(refused(&mut site.started(), Command::Mount), [214]);
    fs::remove_file(second).unwrap();
    assert_eq!(refused(&mut site.started(), Command::Mount), [205]);
    fs::write(second, new).unwrap();
    let named = |name: &str| {
        let controls = format!("{}, {}", first.display(), second.display());
        site.started_with(vec![("db_name".into(), name.into()), ("control_files".into(), controls)])
    };
    assert_eq!(refused(&mut named("OTHER"), Command::Mount), [1103]);
    let mut engine = named("orcl");
    assert_eq!(refused(&mut engine, Command::Checkpoint), [1507]);
    run(&mut engine, Command::Mount);
    assert_eq!(refused(&mut engine, Command::Mount), [1100]);
    assert_eq!((kind(&mut engine), current_scn(&mut engine)), (ControlType::Current, 0));
    open(&mut engine).unwrap();
    assert_eq!(codes(&open(&mut engine).unwrap_err()), [1531]);
}

#[test]
fn a_log_member_lost_is_survived() {
    let mut site = Site::with(90, |spec| spec.redo_dirs.push(spec.redo_dirs[0].with_file_name("redo_b")));
    let mut engine = site.open();
    site.work(&mut engine, 20);
    abort(engine);
    let second = site.path("redo_b/redo01.log");
    assert_eq!(fs::read(&second).unwrap(), fs::read(site.path("redo/redo01.log")).unwrap());
    fs::remove_file(&second).unwrap();
    let mut engine = site.open();
    assert_eq!(contents(&mut engine).rows, site.all());
    for _ in 0..4 {
        site.work(&mut engine, 5);
        run(&mut engine, Command::SwitchLogfile);
    }
    abort(engine);
    assert_eq!(contents(&mut site.open()).rows, site.all());
}

#[test]
fn an_engine_may_move_between_threads() {
    fn sendable<T: Send>() {}
    sendable::<ovmirror_lab::db::engine::Engine>();
}

#[test]
fn a_control_file_of_a_newer_release_is_refused() {
    let site = Site::new(91);
    let mut parameters = vec![("db_name".to_owned(), "ORCL".to_owned()), ("compatible".into(), "12.2.0".into())];
    parameters.push(("control_files".into(), site.spec.control_files[0].display().to_string()));
    assert_eq!(refused(&mut site.started_with(parameters), Command::Mount), [201, 202]);
}

#[test]
fn a_missing_log_or_file_stops_the_open_by_name() {
    let mut site = Site::new(18);
    let mut engine = site.open();
    site.work(&mut engine, 5);
    abort(engine);
    let log = site.spec.redo_dirs[0].join("redo01.log");
    fs::rename(&log, site.path("away.log")).unwrap();
    assert_eq!(codes(&open(&mut site.mounted()).unwrap_err()), [313, 312, 27037]);
    fs::rename(site.path("away.log"), &log).unwrap();
    let users = site.spec.data_dir.join("users01.dbf");
    fs::rename(&users, site.path("away.dbf")).unwrap();
    let mut engine = site.mounted();
    assert_eq!(codes(&open(&mut engine).unwrap_err()), [1157, 1110]);
    let seen = database(&mut engine).datafiles.into_iter().find(|f| f.tablespace == "USERS").unwrap();
    assert_eq!(seen.header.unwrap_err(), "FILE NOT FOUND");
    let data = site.spec.data_dir.join("data01.dbf");
    fs::copy(&data, &users).unwrap();
    assert_eq!(codes(&open(&mut engine).unwrap_err()), [1122, 1110, 1204]);
    let other = Site::new(19);
    fs::copy(other.spec.data_dir.join("users01.dbf"), &users).unwrap();
    assert_eq!(codes(&open(&mut engine).unwrap_err()), [1122, 1110, 1206]);
    fs::copy(site.path("away.dbf"), &users).unwrap();
    open(&mut engine).unwrap();
    assert_eq!(contents(&mut engine).rows, site.all());
}
