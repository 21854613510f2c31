//! DROP TABLESPACE and recovery through it, renamed files, OPEN RESETLOGS that did not end.

use crate::{site::*, snapshot::*};
use ovmirror_lab::db::{
    api::{Command, Contents, Offline, RecoverScope, Until},
    control::{self, Resetting},
    engine::Engine,
};
use std::{fs, path::PathBuf};

fn new(site: &Site) -> (PathBuf, Command) {
    let file = site.spec.data_dir.join("new01.dbf");
    (file.clone(), Command::CreateTablespace { name: "NEW".into(), file: Some(file), bytes: 256 << 10 })
}

fn dropped(name: &str, contents: Contents) -> Command {
    Command::DropTablespace { name: name.into(), contents }
}

fn has_new(engine: &mut Engine) -> bool {
    database(engine).datafiles.iter().any(|f| f.tablespace == "NEW")
}

#[test]
fn a_tablespace_is_dropped_with_its_files_or_without() {
    let mut site = Site::new(100);
    let mut engine = site.open();
    site.work(&mut engine, 20);
    let (file, make) = new(&site);
    for (name, code) in
        [("NONE", 959), ("SYSTEM", 1550), ("SYSAUX", 13501), ("UNDOTBS1", 30013), ("TEMP", 12906), ("DATA", 1549)]
    {
        assert_eq!(refused(&mut engine, dropped(name, Contents::Kept)), [code], "{name}");
    }
    run(&mut engine, make.clone());
    begin(&mut engine);
    assert_eq!(refused(&mut engine, dropped("NEW", Contents::Kept)), [1150, 1110]);
    end(&mut engine);
    run(&mut engine, dropped("NEW", Contents::Kept));
    assert!(file.is_file() && !has_new(&mut engine));
    fs::remove_file(&file).unwrap();
    run(&mut engine, make);
    run(&mut engine, dropped("NEW", Contents::WithFiles));
    assert!(!file.exists());
    site.work(&mut engine, 20);
    abort(engine);
    let mut engine = site.open();
    assert_eq!(contents(&mut engine).rows, site.all());
    assert!(!has_new(&mut engine));
}

#[test]
fn recovery_through_the_drop_forgets_the_files_under_both_control_files() {
    for backup in [false, true] {
        let mut site = Site::new(101);
        let mut engine = site.open();
        let (file, make) = new(&site);
        run(&mut engine, make);
        let snapshot = snapshot(&mut site, &mut engine, "snap");
        site.work(&mut engine, 20);
        run(&mut engine, dropped("NEW", Contents::WithFiles));
        site.work(&mut engine, 20);
        run(&mut engine, Command::ArchiveLogCurrent);
        let until = current_scn(&mut engine);
        site.forget_from(until);
        abort(engine);
        let pairs: Vec<_> = snapshot.pairs.iter().filter(|(name, _)| backup || *name != file).cloned().collect();
        for (name, copy) in &pairs {
            fs::copy(copy, name).unwrap();
        }
        if backup {
            site.spec.control_files.iter().for_each(|path| fs::copy(&snapshot.control, path).map(drop).unwrap());
        }
        let mut engine = site.mounted();
        assert_eq!(has_new(&mut engine), backup);
        recover(&mut engine, Until::Change(until), backup).unwrap();
        assert!(!has_new(&mut engine));
        open_resetlogs(&mut engine).unwrap();
        assert_eq!(contents(&mut engine).rows, site.all());
    }
}

/// The current control file knows that it is gone, whether all files are recovered or one.
#[test]
fn a_file_that_came_and_went_since_is_passed_over() {
    for scope in [RecoverScope::Database, RecoverScope::Datafiles(vec!["4".into()])] {
        let mut site = Site::new(103);
        let mut engine = site.open();
        let snapshot = snapshot(&mut site, &mut engine, "snap");
        let (_, make) = new(&site);
        run(&mut engine, make);
        site.work(&mut engine, 20);
        run(&mut engine, dropped("NEW", Contents::WithFiles));
        site.work(&mut engine, 20);
        let all = matches!(scope, RecoverScope::Database);
        let wanted = database(&mut engine).datafiles.into_iter().find(|f| f.file == 4).unwrap().name;
        shutdown(engine);
        let pairs: Vec<_> = snapshot.pairs.iter().filter(|(name, _)| all || *name == wanted).cloned().collect();
        put_back(&pairs);
        let mut engine = site.mounted();
        recover_scope(&mut engine, scope, Until::Complete, false).unwrap();
        open(&mut engine).unwrap();
        assert_eq!(contents(&mut engine).rows, site.all());
    }
}

#[test]
fn a_point_before_the_drop_finds_the_file_missing() {
    let mut site = Site::new(102);
    let mut engine = site.open();
    let (file, make) = new(&site);
    run(&mut engine, make);
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    site.work(&mut engine, 20);
    let target = current_scn(&mut engine) + 1;
    run(&mut engine, dropped("NEW", Contents::WithFiles));
    site.work(&mut engine, 20);
    shutdown(engine);
    let pairs: Vec<_> = snapshot.pairs.iter().filter(|(name, _)| *name != file).cloned().collect();
    put_back(&pairs);
    let mut engine = site.mounted();
    recover(&mut engine, Until::Change(target), false).unwrap();
    open_resetlogs(&mut engine).unwrap();
    let missing = database(&mut engine).datafiles.into_iter().find(|f| f.tablespace == "NEW").unwrap();
    assert!(missing.name.ends_with("home/dbs/MISSING00008"), "{}", missing.name.display());
    assert_eq!(missing.status, "RECOVER");
    site.forget_from(target);
    assert_eq!(contents(&mut engine).rows, site.all());
    // Nothing brings it back; it can be dropped.
    run(&mut engine, dropped("NEW", Contents::Included));
    assert!(!has_new(&mut engine));
}

#[test]
fn files_of_an_offline_tablespace_are_renamed() {
    let mut site = Site::new(103);
    let mut engine = site.open();
    site.work(&mut engine, 20);
    let (from, to) = (site.spec.data_dir.join("data01.dbf"), site.path("moved.dbf"));
    let rename = |tablespace: &str| Command::RenameDatafile {
        tablespace: tablespace.into(),
        from: from.clone(),
        to: to.clone(),
    };
    assert_eq!(refused(&mut engine, rename("USERS")), [1525, 1522]);
    assert_eq!(refused(&mut engine, rename("DATA")), [1525, 1121, 1110]);
    run(&mut engine, turned("DATA", false, Offline::Normal));
    assert_eq!(refused(&mut engine, rename("DATA")), [1525, 1141, 1110, 27037]);
    fs::rename(&from, &to).unwrap();
    run(&mut engine, rename("DATA"));
    run(&mut engine, turned("DATA", true, Offline::Normal));
    assert_eq!(contents(&mut engine).rows, site.all());
}

#[test]
fn after_a_resetlogs_that_did_not_end_only_resetlogs_opens() {
    let mut site = Site::new(104);
    let mut engine = site.open();
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    site.work(&mut engine, 20);
    let target = current_scn(&mut engine) + 1;
    site.work(&mut engine, 20);
    shutdown(engine);
    put_back(&snapshot.pairs);
    let mut engine = site.mounted();
    recover(&mut engine, Until::Change(target), false).unwrap();
    // A log that cannot be made again: a folder stands in its place.
    let member = database(&mut engine).logs[1].members[0].clone();
    fs::remove_file(&member).unwrap();
    fs::create_dir(&member).unwrap();
    assert_eq!(codes(&open_resetlogs(&mut engine).unwrap_err())[0], 344);
    assert_eq!(codes(&open(&mut engine).unwrap_err()), [1588]);
    shutdown(engine);
    let mut engine = site.mounted();
    assert_eq!(codes(&open(&mut engine).unwrap_err()), [1588]);
    fs::remove_dir(&member).unwrap();
    open_resetlogs(&mut engine).unwrap();
    site.forget_from(target);
    assert_eq!(contents(&mut engine).rows, site.all());
    assert_eq!(database(&mut engine).incarnations.len(), 2);
    site.work(&mut engine, 10);
    abort(engine);
    assert_eq!(contents(&mut site.open()).rows, site.all());
}

#[test]
fn a_resetlogs_that_was_killed_between_control_file_and_headers_is_done_again() {
    let mut site = Site::new(105);
    let mut engine = site.open();
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    site.work(&mut engine, 20);
    let target = current_scn(&mut engine) + 1;
    site.work(&mut engine, 20);
    shutdown(engine);
    put_back(&snapshot.pairs);
    let mut engine = site.mounted();
    recover(&mut engine, Until::Change(target), false).unwrap();
    let recovered: Vec<_> = snapshot.pairs.iter().map(|(name, _)| (name.clone(), fs::read(name).unwrap())).collect();
    open_resetlogs(&mut engine).unwrap();
    abort(engine);
    // The control file of that moment, and the files as recovery left them.
    for path in &site.spec.control_files {
        let mut content = control::read(path).unwrap();
        content.resetting = Some(Resetting::Incarnation);
        control::write_new(path, &content, true).unwrap();
    }
    recovered.iter().for_each(|(name, bytes)| fs::write(name, bytes).unwrap());
    let mut engine = site.mounted();
    assert_eq!(codes(&open(&mut engine).unwrap_err()), [1588]);
    open_resetlogs(&mut engine).unwrap();
    assert_eq!(database(&mut engine).incarnations.len(), 2, "it is the same incarnation");
    site.forget_from(target);
    assert_eq!(contents(&mut engine).rows, site.all());
    site.work(&mut engine, 10);
    abort(engine);
    assert_eq!(contents(&mut site.open()).rows, site.all());
}
