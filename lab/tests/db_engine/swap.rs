//! Data file disks swapped back: what the control file knows of the time between (reference 4.1 to 4.7).

use crate::{site::*, snapshot::*};
use ovmirror_lab::db::api::{Command, Done, Instance, NewName, Offline, Recover, RecoverScope, Until};
use std::{fs, path::Path};

fn read_only(tablespace: &str, read_only: bool) -> Command {
    Command::TablespaceReadOnly { tablespace: tablespace.into(), read_only }
}

fn new_tablespace(name: &str, file: &Path) -> Command {
    Command::CreateTablespace { name: name.into(), file: Some(file.to_owned()), bytes: 256 << 10 }
}

fn alert(site: &Site) -> String {
    let path = "home/log/diag/rdbms/orcl/orcl/trace/alert_orcl.log";
    fs::read_to_string(site.path(path)).unwrap_or_default()
}

fn enabled(engine: &mut ovmirror_lab::db::engine::Engine, tablespace: &str) -> String {
    database(engine).datafiles.into_iter().find(|f| f.tablespace == tablespace).unwrap().enabled
}

#[test]
fn a_file_made_after_the_point_must_go_offline_and_leaves_the_control_file() {
    let mut site = Site::new(60);
    let mut engine = site.open();
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    site.work(&mut engine, 20);
    let target = current_scn(&mut engine) + 1;
    let added = site.spec.data_dir.join("new01.dbf");
    run(&mut engine, new_tablespace("NEW", &added));
    let file = database(&mut engine).datafiles.len() as u32;
    site.work(&mut engine, 20);
    shutdown(engine);
    put_back(&snapshot.pairs);
    let mut engine = site.mounted();
    let error = recover(&mut engine, Until::Change(target), false).unwrap_err();
    assert_eq!(codes(&error), [1547, 1152, 1110], "the new file is newer than the point");
    let gone = site.path("away");
    fs::rename(&added, &gone).unwrap();
    let error = recover(&mut engine, Until::Change(target), false).unwrap_err();
    assert_eq!(codes(&error), [283, 1110, 1157, 1110]);
    assert_eq!(codes(&open_resetlogs(&mut engine).unwrap_err()), [1157, 1110]);
    run(&mut engine, Command::DatafileForDrop { file });
    assert_eq!(recover(&mut engine, Until::Change(target), false).unwrap(), Done::RecoveryComplete);
    open_resetlogs(&mut engine).unwrap();
    site.forget_from(target);
    assert_eq!(contents(&mut engine).rows, site.all());
    assert!(database(&mut engine).datafiles.iter().all(|f| f.file != file));
    let text = alert(&site);
    let told =
        format!("File #{file} in the controlfile not found in data dictionary.\nRemoving file from controlfile.\n");
    assert!(text.contains(&told), "{text}");
    assert!(text.contains(&format!("RESETLOGS after incomplete recovery UNTIL CHANGE {target}")), "{text}");
    // Its name and number are free.
    run(&mut engine, new_tablespace("NEW", &added));
    site.work(&mut engine, 10);
    abort(engine);
    assert_eq!(contents(&mut site.open()).rows, site.all());
}

#[test]
fn in_noarchivelog_for_drop_is_the_only_way_offline_and_none_back() {
    let site = Site::with(61, |spec| spec.archivelog = false);
    let mut engine = site.open();
    let file = database(&mut engine).datafiles.into_iter().find(|f| f.tablespace == "USERS").unwrap().file;
    assert_eq!(refused(&mut engine, Command::DatafileOnline { file, online: false }), [1145]);
    assert_eq!(refused(&mut engine, turned("USERS", false, Offline::Immediate)), [1145]);
    assert_eq!(refused(&mut engine, Command::DatafileForDrop { file: 1 }), [1541]);
    run(&mut engine, Command::DatafileForDrop { file });
    assert_eq!(refused(&mut engine, Command::DatafileOnline { file, online: true }), [1113, 1110]);
}

#[test]
fn back_to_before_a_tablespace_became_read_only_and_to_after() {
    for before in [true, false] {
        let mut site = Site::new(62);
        let mut engine = site.open();
        let snapshot = snapshot(&mut site, &mut engine, "snap");
        site.work(&mut engine, 20);
        let early = current_scn(&mut engine) + 1;
        run(&mut engine, read_only("DATA", true));
        site.commit_rows(&mut engine, vec![(0, "meanwhile".into())]);
        let late = current_scn(&mut engine) + 1;
        run(&mut engine, read_only("DATA", false));
        site.work(&mut engine, 20);
        run(&mut engine, read_only("DATA", true));
        shutdown(engine);
        put_back(&snapshot.pairs);
        let target = if before { early } else { late };
        let logs = |site: &Site| {
            way_back(site)
                .into_iter()
                .filter(|(name, _)| name.extension().is_some_and(|e| e == "log"))
                .collect::<Vec<_>>()
        };
        let untouched = logs(&site);
        let mut engine = site.mounted();
        recover(&mut engine, Until::Change(target), false).unwrap();
        assert!(untouched.len() == 3 && logs(&site) == untouched, "media recovery writes no online log");
        open_resetlogs(&mut engine).unwrap();
        assert_eq!(contents(&mut engine).rows, site.model(target));
        assert_eq!(enabled(&mut engine, "DATA"), if before { "READ WRITE" } else { "READ ONLY" });
        site.forget_from(target);
        if !before {
            run(&mut engine, read_only("DATA", false));
        }
        site.work(&mut engine, 20);
        abort(engine);
        assert_eq!(contents(&mut site.open()).rows, site.all());
    }
}

#[test]
fn a_copy_of_a_read_only_file_needs_no_redo_of_before_its_read_write() {
    for complete in [true, false] {
        let mut site = Site::new(63);
        let mut engine = site.open();
        run(&mut engine, read_only("DATA", true));
        for _ in 0..3 {
            site.commit_rows(&mut engine, vec![(0, "old".into())]);
            run(&mut engine, Command::ArchiveLogCurrent);
        }
        // What was archived until now is gone from the disk for good.
        let old = database(&mut engine).archived;
        let snapshot = snapshot_read_only(&mut site, &mut engine);
        old.iter().filter_map(|log| log.name.as_ref()).for_each(|name| fs::remove_file(name).unwrap());
        let before = current_scn(&mut engine) + 1;
        run(&mut engine, read_only("DATA", false));
        site.work(&mut engine, 20);
        shutdown(engine);
        put_back(&snapshot.pairs);
        let mut engine = site.mounted();
        if complete {
            recover(&mut engine, Until::Complete, false).unwrap();
            open(&mut engine).unwrap();
        } else {
            recover(&mut engine, Until::Change(before), false).unwrap();
            open_resetlogs(&mut engine).unwrap();
            site.forget_from(before);
            assert_eq!(enabled(&mut engine, "DATA"), "READ ONLY");
        }
        assert_eq!(contents(&mut engine).rows, site.all(), "complete: {complete}");
    }
}

fn snapshot_read_only(site: &mut Site, engine: &mut ovmirror_lab::db::engine::Engine) -> Snapshot {
    run(engine, Command::ArchiveLogCurrent);
    begin(engine);
    let begin = current_scn(engine);
    let pairs = copy_slowly(engine, &site.path("snap"), |engine| site.commit_rows(engine, vec![(1, "in".into())]));
    end(engine);
    let end = current_scn(engine);
    run(engine, Command::ArchiveLogCurrent);
    Snapshot { pairs, control: site.path("none"), begin, end }
}

#[test]
fn an_offline_tablespace_stays_out_and_comes_back_after_resetlogs_if_it_went_cleanly() {
    for how in [Offline::Normal, Offline::Immediate] {
        let mut site = Site::new(64);
        let mut engine = site.open();
        site.work(&mut engine, 10);
        run(&mut engine, turned("RO", false, how));
        let snapshot = snapshot(&mut site, &mut engine, "snap");
        site.work(&mut engine, 10);
        let target = current_scn(&mut engine) + 1;
        site.work(&mut engine, 10);
        shutdown(engine);
        let pairs: Vec<_> = snapshot.pairs.iter().filter(|(name, _)| !name.ends_with("ro01.dbf")).cloned().collect();
        put_back(&pairs);
        let mut engine = site.mounted();
        recover(&mut engine, Until::Change(target), false).unwrap();
        open_resetlogs(&mut engine).unwrap();
        let back = turned("RO", true, Offline::Normal);
        if how == Offline::Normal {
            run(&mut engine, back);
        } else {
            assert_eq!(refused(&mut engine, back), [1190, 1110], "its redo ended with the old incarnation");
        }
        site.forget_from(target);
        site.work(&mut engine, 10);
        assert_eq!(contents(&mut engine).rows, site.all());
    }
}

#[test]
fn offline_immediate_writes_nothing_and_wants_recovery() {
    let mut site = Site::new(65);
    let mut engine = site.open();
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    site.work(&mut engine, 40);
    assert_eq!(refused(&mut engine, turned("SYSTEM", false, Offline::Immediate)), [1541]);
    run(&mut engine, turned("DATA", false, Offline::Immediate));
    assert_eq!(refused(&mut engine, turned("DATA", true, Offline::Normal)), [1113, 1110]);
    let pairs: Vec<_> =
        snapshot.pairs.iter().filter(|(name, _)| name.to_string_lossy().contains("data0")).cloned().collect();
    assert_eq!(pairs.len(), 2);
    put_back(&pairs);
    site.commit_rows(&mut engine, vec![(0, "meanwhile".into())]);
    let names = vec!["DATA".to_owned()];
    recover_scope(&mut engine, RecoverScope::Tablespaces(names), Until::Complete, false).unwrap();
    run(&mut engine, turned("DATA", true, Offline::Normal));
    assert_eq!(contents(&mut engine).rows, site.all());
    // The same by files, one named, one numbered.
    run(&mut engine, turned("DATA", false, Offline::Immediate));
    put_back(&pairs);
    let number = database(&mut engine).datafiles.iter().find(|f| f.name == pairs[1].0).unwrap().file;
    let files = vec![pairs[0].0.clone(), number.to_string().into()];
    recover_scope(&mut engine, RecoverScope::Datafiles(files), Until::Complete, false).unwrap();
    run(&mut engine, turned("DATA", true, Offline::Normal));
    assert_eq!(contents(&mut engine).rows, site.all());
    let until = recover_scope(&mut engine, RecoverScope::Tablespaces(vec!["DATA".into()]), Until::Change(9), false);
    assert_eq!(codes(&until.unwrap_err()), [283, 274]);
}

#[test]
fn system_offline_does_not_open() {
    let site = Site::new(66);
    shutdown(site.open());
    let mut engine = site.mounted();
    run(&mut engine, Command::DatafileOnline { file: 1, online: false });
    assert_eq!(codes(&open(&mut engine).unwrap_err()), [1147, 1110]);
    run(&mut engine, Command::DatafileOnline { file: 1, online: true });
    open(&mut engine).unwrap();
}

#[test]
fn a_managed_file_is_made_anew_under_a_managed_name() {
    let mut site = Site::with(67, |spec| spec.omf = true);
    let mut engine = site.open();
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    run(&mut engine, Command::CreateTablespace { name: "NEW".into(), file: None, bytes: 256 << 10 });
    let added = database(&mut engine).datafiles.pop().unwrap();
    let name = added.name.to_string_lossy().into_owned();
    assert!(name.contains("/oradata/ORCL/datafile/o1_mf_new_") && name.ends_with("_.dbf"), "{name}");
    let key = site.spec.rows + 1;
    site.commit_rows(&mut engine, vec![(key, "in the new file".into())]);
    shutdown(engine);
    put_back(&snapshot.pairs);
    fs::remove_file(&added.name).unwrap();
    let mut engine = site.mounted();
    assert_eq!(codes(&open(&mut engine).unwrap_err()), [1157, 1110]);
    let make = |from: &str| Command::CreateDatafile { from: from.into(), to: NewName::Managed };
    assert_eq!(refused(&mut engine, make("1")), [1180, 1110]);
    assert_eq!(refused(&mut engine, make("77")), [1516]);
    run(&mut engine, make(&added.file.to_string()));
    let renamed = database(&mut engine).datafiles.pop().unwrap().name;
    assert!(renamed != added.name && renamed.is_file() && renamed.parent() == added.name.parent());
    recover(&mut engine, Until::Complete, false).unwrap();
    open(&mut engine).unwrap();
    assert_eq!(contents(&mut engine).rows, site.all());
    let none = Site::new(68);
    let mut engine = none.open();
    let unnamed = Command::CreateTablespace { name: "NEW".into(), file: None, bytes: 256 << 10 };
    assert_eq!(refused(&mut engine, unnamed), [2236], "without DB_CREATE_FILE_DEST a name is wanted");
}

#[test]
fn everything_put_back_after_an_abort_needs_crash_recovery_alone() {
    let mut site = Site::new(69);
    let mut engine = site.open();
    engine.seed(69);
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    run(&mut engine, Command::HoldWrites(true));
    site.work(&mut engine, 60);
    abort(engine);
    let (old, kept) = (copy_down(&site, "old"), way_back(&site));
    put_back(&snapshot.pairs);
    let mut engine = site.mounted();
    recover(&mut engine, Until::Change(snapshot.end + 1), false).unwrap();
    open_resetlogs(&mut engine).unwrap();
    engine.execute(&Command::Commit(vec![])).unwrap();
    shutdown(engine);
    put_back(&old);
    put_way_back(&kept);
    assert_eq!(contents(&mut site.open()).rows, site.all());
}

#[test]
fn a_second_recovery_from_an_ancestor_makes_the_branch_between_an_orphan() {
    let mut site = Site::new(70);
    let mut engine = site.open();
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    let mut targets = Vec::new();
    for _ in 0..2 {
        site.work(&mut engine, 20);
        targets.push(current_scn(&mut engine) + 1);
        site.work(&mut engine, 20);
    }
    for (target, states) in [
        (targets[1], &["PARENT", "CURRENT"][..]),
        (targets[0], &["PARENT", "ORPHAN", "CURRENT"]),
        (targets[0], &["PARENT", "ORPHAN", "ORPHAN", "CURRENT"]),
    ] {
        shutdown(engine);
        put_back(&snapshot.pairs);
        engine = site.mounted();
        recover(&mut engine, Until::Change(target), false).unwrap();
        open_resetlogs(&mut engine).unwrap();
        let seen = database(&mut engine).incarnations;
        assert_eq!(seen.iter().map(|i| i.status.as_str()).collect::<Vec<_>>(), states);
        assert_eq!(contents(&mut engine).rows, site.model(target));
        engine.execute(&Command::Commit(vec![])).unwrap();
        run(&mut engine, Command::ArchiveLogCurrent);
    }
    let archived = database(&mut engine).archived;
    let names: std::collections::BTreeSet<_> = archived.iter().filter_map(|log| log.name.clone()).collect();
    assert_eq!(names.len(), archived.len(), "each incarnation's logs have names of their own");
}

#[test]
fn all_control_files_are_lost() {
    let mut site = Site::new(71);
    let mut engine = site.open();
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    site.work(&mut engine, 30);
    let logs = database(&mut engine).logs;
    let temp = database(&mut engine).tempfiles[0].3.clone();
    abort(engine);
    site.spec.control_files.iter().for_each(|path| fs::remove_file(path).unwrap());
    let mut engine = site.started();
    assert_eq!(refused(&mut engine, Command::Mount), [205]);
    site.spec.control_files.iter().for_each(|path| fs::copy(&snapshot.control, path).map(drop).unwrap());
    fs::remove_file(&temp).unwrap();
    run(&mut engine, Command::Mount);
    assert_eq!(codes(&open(&mut engine).unwrap_err()), [1589]);
    let start = Recover::Start {
        scope: RecoverScope::Database,
        until: Until::Cancel,
        backup_controlfile: true,
        automatic: false,
        from: None,
    };
    let ask = |engine: &mut _, answer: Recover| {
        let done = ovmirror_lab::db::api::Instance::execute(engine, &Command::Recover(answer)).unwrap();
        let Done::NeedsLog { sequence, suggestion, .. } = done else { return None };
        Some((sequence, suggestion))
    };
    let mut asked = ask(&mut engine, start).unwrap();
    while asked.1.is_file() {
        asked = ask(&mut engine, Recover::Apply { file: None, auto: false }).unwrap();
    }
    let member = logs.iter().find(|group| group.sequence == asked.0).unwrap().members[0].clone();
    assert_eq!(ask(&mut engine, Recover::Apply { file: Some(member), auto: false }), None, "Media recovery complete.");
    open_resetlogs(&mut engine).unwrap();
    assert_eq!(contents(&mut engine).rows, site.all());
    assert!(temp.is_file(), "temp files are made again");
    let database = database(&mut engine);
    assert_eq!(database.incarnations.len(), 2);
    assert!(database.logs.iter().all(|group| group.members.iter().all(|member| member.is_file())));
}

#[test]
fn a_log_that_was_never_written_holds_no_redo() {
    let mut site = Site::new(72);
    let mut engine = site.open();
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    let mut clone = clone_of(&site, &snapshot, &snapshot.control, "sm1");
    let unused = site.path("unused.log");
    ovmirror_lab::db::redo::create_online(&unused, 1 << 20).unwrap();
    let start = Recover::Start {
        scope: RecoverScope::Database,
        until: Until::Cancel,
        backup_controlfile: true,
        automatic: false,
        from: None,
    };
    run(&mut clone, Command::Recover(start));
    let apply = Command::Recover(Recover::Apply { file: Some(unused), auto: false });
    assert_eq!(refused(&mut clone, apply), [339, 334, 1547, 1195, 1110]);
}
