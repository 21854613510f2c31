//! Read-only and offline files, added files, renames, change tracking (reference 2.7, 4.6, 4.7).

use crate::site::*;
use ovmirror_lab::db::api::{Command, Done, Instance, NewName, Offline, RecoverScope, Until};
use std::fs;

fn turn(name: &str, read_only: bool) -> Command {
    Command::TablespaceReadOnly { tablespace: name.into(), read_only }
}

#[test]
fn a_read_only_file_keeps_its_header_and_refuses_changes() {
    let mut site = Site::new(40);
    let mut engine = site.open();
    site.work(&mut engine, 20);
    run(&mut engine, turn("DATA", true));
    let seen = database(&mut engine).datafiles.into_iter().find(|f| f.tablespace == "DATA").unwrap();
    let header = seen.header.clone().unwrap();
    assert_eq!(
        (seen.enabled.as_str(), header.fuzzy, header.checkpoint_change),
        ("READ ONLY", false, seen.checkpoint_change)
    );
    let key = site.spec.rows - 1;
    let change = ovmirror_lab::db::api::RowChange { key, value: "x".into() };
    assert_eq!(refused(&mut engine, Command::Commit(vec![change])), [372, 1110]);
    assert_eq!(refused(&mut engine, turn("DATA", true)), [1644]);
    assert_eq!(refused(&mut engine, turn("SYSTEM", true)), [1643]);
    assert_eq!(refused(&mut engine, turn("USERS", false)), [1646]);
    site.commit_rows(&mut engine, vec![(0, "a".into())]);
    run(&mut engine, Command::Checkpoint);
    let later = database(&mut engine).datafiles.into_iter().find(|f| f.tablespace == "DATA").unwrap();
    assert_eq!(later.header.unwrap(), header);
    abort(engine);
    let mut engine = site.open();
    run(&mut engine, turn("DATA", false));
    site.work(&mut engine, 10);
    assert_eq!(contents(&mut engine).rows, site.all());
}

#[test]
fn recovery_goes_through_read_only_and_back() {
    // Copied while read write, read only at the end; and the other way round.
    for at_copy in [false, true] {
        let mut site = Site::new(41);
        let mut engine = site.open();
        site.work(&mut engine, 20);
        if at_copy {
            run(&mut engine, turn("DATA", true));
        }
        begin(&mut engine);
        let pairs = copy_at_once(&mut engine, &site.path("snap"));
        end(&mut engine);
        run(&mut engine, turn("DATA", !at_copy));
        site.commit_rows(&mut engine, vec![(0, "later".into())]);
        if at_copy {
            site.work(&mut engine, 20);
        }
        run(&mut engine, Command::ArchiveLogCurrent);
        shutdown(engine);
        put_back(&pairs);
        let mut engine = site.mounted();
        recover(&mut engine, Until::Complete, false).unwrap();
        open(&mut engine).unwrap();
        assert_eq!(contents(&mut engine).rows, site.all(), "read only at the copy: {at_copy}");
    }
}

#[test]
fn read_only_files_under_a_backup_control_file_must_be_offline() {
    let mut site = Site::new(42);
    let mut engine = site.open();
    run(&mut engine, turn("RO", true));
    site.work(&mut engine, 10);
    begin(&mut engine);
    let control = site.path("cf.bin");
    run(&mut engine, Command::BackupControlfile { to: control.clone(), reuse: false });
    let pairs = copy_at_once(&mut engine, &site.path("snap"));
    end(&mut engine);
    let end = current_scn(&mut engine);
    run(&mut engine, Command::ArchiveLogCurrent);
    let mut clone = site.clone_mounted(&control, "sm1");
    rename_to(&mut clone, &pairs);
    let folder = site.path("redo2");
    fs::create_dir(&folder).unwrap();
    rename_logs(&mut clone, &folder);
    assert_eq!(codes(&recover(&mut clone, Until::Change(end + 1), true).unwrap_err()), [283, 1233, 1110]);
    let file = database(&mut clone).datafiles.into_iter().find(|f| f.tablespace == "RO").unwrap().file;
    run(&mut clone, Command::DatafileOnline { file, online: false });
    recover(&mut clone, Until::Change(end + 1), true).unwrap();
    open_resetlogs(&mut clone).unwrap();
    run(&mut clone, Command::TablespaceOnline { tablespace: "RO".into() });
    run(&mut clone, turn("RO", false));
    assert_eq!(contents(&mut clone).rows, site.model(end + 1));
    shutdown(clone);
}

#[test]
fn a_datafile_offline_is_recovered_while_the_rest_is_open() {
    let mut site = Site::new(43);
    let mut engine = site.open();
    begin(&mut engine);
    let pairs = copy_at_once(&mut engine, &site.path("snap"));
    end(&mut engine);
    site.work(&mut engine, 40);
    let file = database(&mut engine).datafiles.into_iter().find(|f| f.tablespace == "USERS").unwrap();
    let one = |online| Command::DatafileOnline { file: file.file, online };
    assert_eq!(refused(&mut engine, Command::DatafileOnline { file: 1, online: false }), [1541]);
    let recover_it = |engine: &mut _| {
        recover_scope(engine, RecoverScope::Datafiles(vec![file.file.to_string().into()]), Until::Complete, false)
    };
    assert_eq!(codes(&recover_it(&mut engine).unwrap_err()), [283, 1124, 1110]);
    run(&mut engine, one(false));
    let change = ovmirror_lab::db::api::RowChange { key: 0, value: "x".into() };
    assert_eq!(refused(&mut engine, Command::Commit(vec![change])), [376, 1110]);
    assert_eq!(refused(&mut engine, one(true)), [1113, 1110]);
    let pair = pairs.iter().find(|(name, _)| *name == file.name).unwrap();
    put_back(std::slice::from_ref(pair));
    site.commit_rows(&mut engine, vec![(site.spec.rows - 1, "meanwhile".into())]);
    recover_it(&mut engine).unwrap();
    run(&mut engine, one(true));
    assert_eq!(contents(&mut engine).rows, site.all());
    site.work(&mut engine, 10);
    abort(engine);
    assert_eq!(contents(&mut site.open()).rows, site.all());
}

#[test]
fn a_tablespace_goes_offline_normally_and_comes_back_without_recovery() {
    let mut site = Site::new(44);
    let mut engine = site.open();
    site.work(&mut engine, 20);
    let turn = |online| turned("DATA", online, Offline::Normal);
    let undo = turned("UNDOTBS1", false, Offline::Immediate);
    assert_eq!(refused(&mut engine, undo), [30042]);
    run(&mut engine, turn(false));
    site.commit_rows(&mut engine, vec![(0, "x".into())]);
    abort(engine);
    let mut engine = site.open();
    run(&mut engine, turn(true));
    assert_eq!(contents(&mut engine).rows, site.all());
    // With a file that cannot be reached only IMMEDIATE and TEMPORARY are left.
    run(&mut engine, turn(false));
    run(&mut engine, turn(true));
    let data = site.spec.data_dir.join("data01.dbf");
    fs::rename(&data, site.path("away")).unwrap();
    assert_eq!(refused(&mut engine, turn(false)), [1116, 1110, 27041]);
    run(&mut engine, turned("DATA", false, Offline::Temporary));
    fs::rename(site.path("away"), &data).unwrap();
    let status = |engine: &mut _, name: &str| {
        let files = database(engine).datafiles.into_iter();
        files.filter(|f| f.tablespace == name).map(|f| f.status).collect::<Vec<_>>()
    };
    assert_eq!(status(&mut engine, "DATA"), ["RECOVER", "OFFLINE"]);
    assert_eq!(refused(&mut engine, turn(true)), [1113, 1110]);
    recover_scope(&mut engine, RecoverScope::Tablespaces(vec!["DATA".into()]), Until::Complete, false).unwrap();
    run(&mut engine, turn(true));
    assert_eq!(contents(&mut engine).rows, site.all());
}

#[test]
fn descriptors_are_kept_after_offline_by_quirk_alone() {
    for (value, held, later) in [("no", false, false), ("a-while", true, false), ("yes", true, true)] {
        let mut site = Site::new(45);
        site.quirks.set(&format!("descriptors-kept-after-offline={value}")).unwrap();
        let mut engine = site.open();
        let file = database(&mut engine).datafiles.into_iter().find(|f| f.tablespace == "RO").unwrap();
        let holds = || {
            let links = fs::read_dir("/proc/self/fd").unwrap().flatten();
            links.filter(|link| fs::read_link(link.path()).is_ok_and(|to| to == file.name)).count() > 0
        };
        assert!(holds());
        run(&mut engine, Command::DatafileOnline { file: file.file, online: false });
        assert_eq!(holds(), held);
        let begun = std::time::Instant::now();
        while holds() && begun.elapsed() < std::time::Duration::from_secs(6) {
            engine.tick();
            std::thread::park_timeout(std::time::Duration::from_millis(20));
        }
        assert_eq!(holds(), later, "{value}");
    }
}

#[test]
fn a_file_added_after_the_copy_under_both_control_files() {
    let mut site = Site::new(46);
    let mut engine = site.open();
    begin(&mut engine);
    let control = site.path("cf.bin");
    run(&mut engine, Command::BackupControlfile { to: control.clone(), reuse: false });
    let pairs = copy_at_once(&mut engine, &site.path("snap"));
    end(&mut engine);
    let added = site.spec.data_dir.join("new01.dbf");
    let new = |name: &str, file: &std::path::Path| Command::CreateTablespace {
        name: name.into(),
        file: Some(file.to_owned()),
        bytes: 256 << 10,
    };
    run(&mut engine, new("NEW", &added));
    assert_eq!(refused(&mut engine, new("NEW", &site.path("x"))), [1543]);
    assert_eq!(refused(&mut engine, new("NEW2", &added)), [1119, 27038]);
    assert_eq!(refused(&mut engine, new("NEW2", &site.path("no/where.dbf"))), [1119, 27040]);
    let key = site.spec.rows + 3;
    site.commit_rows(&mut engine, vec![(key, "in the new file".into()), (1, "old".into())]);
    run(&mut engine, Command::ArchiveLogCurrent);
    let until = current_scn(&mut engine);
    shutdown(engine);
    // Current control file, the new file lost: made again from redo.
    put_back(&pairs);
    fs::rename(&added, site.path("away")).unwrap();
    let mut engine = site.mounted();
    let error = codes(&recover(&mut engine, Until::Complete, false).unwrap_err());
    assert_eq!(error, [283, 1110, 1157, 1110]);
    run(&mut engine, Command::CreateDatafile { from: added.clone(), to: NewName::Same });
    recover(&mut engine, Until::Complete, false).unwrap();
    open(&mut engine).unwrap();
    assert_eq!(contents(&mut engine).rows, site.all());
    shutdown(engine);
    // Backup control file of before: the file comes up unnamed.
    let mut clone = site.clone_mounted(&control, "sm1");
    rename_to(&mut clone, &pairs);
    let folder = site.path("redo2");
    fs::create_dir(&folder).unwrap();
    rename_logs(&mut clone, &folder);
    let error = recover(&mut clone, Until::Change(until), true).unwrap_err();
    assert_eq!(codes(&error), [283, 1244, 1110]);
    let unnamed = database(&mut clone).datafiles.pop().unwrap().name;
    assert!(unnamed.ends_with("home/dbs/UNNAMED00008"), "{}", unnamed.display());
    let error = recover(&mut clone, Until::Change(until), true).unwrap_err();
    assert_eq!(codes(&error), [283, 1110, 1111, 1110, 1157]);
    let to = site.path("snap/new01.dbf");
    run(&mut clone, Command::CreateDatafile { from: unnamed, to: NewName::As(to) });
    recover(&mut clone, Until::Change(until), true).unwrap();
    open_resetlogs(&mut clone).unwrap();
    assert_eq!(contents(&mut clone).rows, site.model(until));
}

#[test]
fn rename_wants_the_new_file_and_deletes_a_managed_old_one() {
    let site = Site::with(47, |spec| spec.omf = true);
    let mut engine = site.mounted();
    let file = database(&mut engine).datafiles.into_iter().find(|f| f.tablespace == "USERS").unwrap();
    let managed = file.name.file_name().unwrap().to_string_lossy().into_owned();
    assert!(managed.starts_with("o1_mf_users_") && managed.ends_with("_.dbf"), "{managed}");
    let to = site.path("users.dbf");
    let rename = Command::RenameFile { from: file.name.clone(), to: to.clone() };
    assert_eq!(refused(&mut engine, rename.clone()), [1511, 1141, 1110, 27037]);
    let unknown = Command::RenameFile { from: "/x".into(), to: to.clone() };
    assert_eq!(refused(&mut engine, unknown), [1511, 1516]);
    fs::copy(&file.name, &to).unwrap();
    run(&mut engine, rename);
    assert!(!file.name.exists(), "an Oracle-managed file goes when it is renamed away from");
    open(&mut engine).unwrap();
    let back = Command::RenameFile { from: to.clone(), to: file.name };
    assert_eq!(refused(&mut engine, back), [1511, 1121, 1110]);
}

#[test]
fn change_tracking() {
    let mut site = Site::new(48);
    let mut engine = site.open();
    let file = site.path("bct.f");
    assert_eq!(refused(&mut engine, Command::DisableTracking), [19759]);
    run(&mut engine, Command::EnableTracking { file: file.clone() });
    assert_eq!(refused(&mut engine, Command::EnableTracking { file: file.clone() }), [19752]);
    let rename =
        |from: &std::path::Path, to: &std::path::Path| Command::RenameFile { from: from.into(), to: to.into() };
    assert_eq!(refused(&mut engine, rename(&file, &site.path("bct2.f"))), [1511, 19771]);
    let member = database(&mut engine).logs[0].members[0].clone();
    assert_eq!(refused(&mut engine, rename(&member, &site.path("log"))), [1511, 1621, 312]);
    site.work(&mut engine, 5);
    abort(engine);
    let mut engine = site.mounted();
    assert_eq!(refused(&mut engine, rename(&member, &site.path("log"))), [1511, 1512, 27037]);
    fs::remove_file(&file).unwrap();
    let error = codes(&recover(&mut engine, Until::Complete, false).unwrap_err());
    assert_eq!(error, [283, 19755, 19750, 27037]);
    fs::write(&file, b"").unwrap();
    run(&mut engine, Command::DisableTracking);
    assert!(!file.exists(), "disabling deletes the file");
    assert_eq!(recover(&mut engine, Until::Complete, false).unwrap(), Done::RecoveryComplete);
    open(&mut engine).unwrap();
}

#[test]
fn v_backup_under_a_backup_control_file_follows_the_quirk() {
    let mut site = Site::new(49);
    let mut engine = site.open();
    begin(&mut engine);
    let control = site.path("cf.bin");
    run(&mut engine, Command::BackupControlfile { to: control.clone(), reuse: false });
    for (value, expected) in [("kept", "ACTIVE"), ("not-active", "NOT ACTIVE")] {
        site.quirks.set(&format!("v-backup-on-backup-controlfile={value}")).unwrap();
        let mut clone = site.clone_mounted(&control, value);
        assert_eq!(database(&mut clone).datafiles[0].backup_status, expected);
    }
    engine.tick();
}

#[test]
fn open_read_only_follows_the_quirk() {
    let mut site = Site::new(50);
    site.quirks.set("open-read-only=refused").unwrap();
    let mut engine = site.open();
    let control = site.path("cf.bin");
    run(&mut engine, Command::BackupControlfile { to: control.clone(), reuse: false });
    shutdown(engine);
    let mut clone = site.clone_mounted(&control, "sm1");
    let read_only = Command::Open { resetlogs: false, read_only: true };
    assert_eq!(refused(&mut clone, read_only.clone()), [16005]);
    drop(clone);
    let mut engine = site.mounted();
    run(&mut engine, read_only);
    assert_eq!(database(&mut engine).open_mode, "READ ONLY");
}
