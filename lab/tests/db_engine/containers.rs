//! A container database: what is open and what is not, backup mode, recovery of one pluggable database alone.

use crate::site::*;
use ovmirror_lab::db::{
    api::{Command, Done, PdbMode, Pdbs, RecoverScope, RowChange, Until},
    create::PdbSpec,
    engine::Engine,
};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn cdb(seed: u64) -> Site {
    Site::with(seed, |spec| {
        let pdb = |name: &str| PdbSpec { name: name.into(), data_dir: spec.data_dir.join(name.to_lowercase()) };
        spec.pdbs = vec![pdb("PDB1"), pdb("PDB2")];
    })
}

fn named(name: &str) -> Pdbs {
    Pdbs::Named(vec![name.into()])
}

fn all() -> Pdbs {
    Pdbs::AllExcept(Vec::new())
}

fn opened(pdbs: Pdbs) -> Command {
    Command::OpenPdbs { pdbs, mode: PdbMode::default() }
}

fn closed(pdbs: Pdbs) -> Command {
    Command::ClosePdbs { pdbs, abort: false }
}

fn read_only(pdbs: Pdbs) -> Command {
    Command::OpenPdbs { pdbs, mode: PdbMode { read_only: Some(true), restricted: false } }
}

fn modes(engine: &mut Engine) -> Vec<String> {
    database(engine).containers.into_iter().map(|pdb| pdb.open_mode).collect()
}

/// The files of a container.
fn files(engine: &mut Engine, con_id: u32) -> Vec<ovmirror_lab::db::api::Datafile> {
    database(engine).datafiles.into_iter().filter(|f| f.con_id == con_id).collect()
}

fn numbers(engine: &mut Engine, con_id: u32) -> RecoverScope {
    RecoverScope::Datafiles(files(engine, con_id).into_iter().map(|f| f.file.to_string().into()).collect())
}

/// Whether this process holds a file open.
fn held(name: &Path) -> bool {
    let links = fs::read_dir("/proc/self/fd").unwrap().flatten();
    links.filter_map(|link| fs::read_link(link.path()).ok()).any(|to| to == name)
}

/// An open CDB with both pluggable databases open.
fn all_open(site: &Site) -> Engine {
    let mut engine = site.open();
    run(&mut engine, opened(all()));
    engine
}

/// The pairs of one container.
fn of(engine: &mut Engine, con_id: u32, pairs: &[(PathBuf, PathBuf)]) -> Vec<(PathBuf, PathBuf)> {
    let names: Vec<_> = files(engine, con_id).into_iter().map(|f| f.name).collect();
    pairs.iter().filter(|(name, _)| names.contains(name)).cloned().collect()
}

/// As `copy_slowly`, but with a folder for each container: their files bear the same names.
fn copies(site: &mut Site, engine: &mut Engine, name: &str) -> Vec<(PathBuf, PathBuf)> {
    run(engine, Command::ArchiveLogCurrent);
    begin(engine);
    let mut pairs = Vec::new();
    for file in database(engine).datafiles {
        let copy = site.path(name).join(file.file.to_string());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(&file.name, &copy).unwrap();
        pairs.push((file.name, copy));
    }
    end(engine);
    run(engine, Command::ArchiveLogCurrent);
    pairs
}

/// Rows of the root alone.
fn work_in_root(site: &mut Site, engine: &mut Engine) {
    (0..20).for_each(|n| site.commit_rows(engine, vec![(0, format!("root {n}"))]));
}

#[test]
fn pluggable_databases_are_mounted_after_startup_unless_saved() {
    let site = cdb(80);
    let mut engine = site.open();
    assert_eq!(modes(&mut engine), ["READ ONLY", "MOUNTED", "MOUNTED"]);
    run(&mut engine, opened(named("PDB1")));
    assert_eq!(refused(&mut engine, opened(named("PDB1"))), [65019]);
    assert_eq!(refused(&mut engine, closed(named("PDB2"))), [65020]);
    assert_eq!(refused(&mut engine, opened(named("PDB9"))), [65011]);
    assert_eq!(refused(&mut engine, closed(named("PDB$SEED"))), [65017]);
    run(&mut engine, read_only(named("PDB2")));
    assert_eq!(modes(&mut engine), ["READ ONLY", "READ WRITE", "READ ONLY"]);
    run(&mut engine, opened(all()));
    run(&mut engine, Command::SavePdbs { pdbs: named("PDB1"), save: true });
    shutdown(engine);
    let mut engine = site.mounted();
    assert_eq!(modes(&mut engine), ["MOUNTED"; 3]);
    assert_eq!(refused(&mut engine, opened(named("PDB1"))), [1109]);
    open(&mut engine).unwrap();
    assert_eq!(modes(&mut engine), ["READ ONLY", "READ WRITE", "MOUNTED"]);
    run(&mut engine, Command::SavePdbs { pdbs: all(), save: false });
    shutdown(engine);
    assert_eq!(modes(&mut site.open()), ["READ ONLY", "MOUNTED", "MOUNTED"]);
}

#[test]
fn a_database_that_is_no_cdb_has_no_pluggable_ones() {
    let site = Site::new(81);
    assert_eq!(refused(&mut site.open(), opened(all())), [65090]);
    let with = |site: &Site, value: &str| {
        let path = ovmirror_lab::db::pfile::default_path(&site.spec.home, "orcl").unwrap();
        let mut parameters = ovmirror_lab::db::pfile::read(&path).unwrap();
        parameters.retain(|(name, _)| name != "enable_pluggable_database");
        parameters.push(("enable_pluggable_database".into(), value.into()));
        refused(&mut site.started_with(parameters), Command::Mount)
    };
    assert_eq!(with(&site, "TRUE"), [65101]);
    assert_eq!(with(&cdb(81), "FALSE"), [65093]);
}

#[test]
fn what_is_closed_has_no_descriptors_and_takes_no_rows() {
    let mut site = cdb(82);
    let mut engine = all_open(&site);
    site.work(&mut engine, 30);
    let name = files(&mut engine, 3)[0].name.clone();
    assert!(held(&name));
    run(&mut engine, closed(named("PDB1")));
    assert!(!held(&name));
    for file in files(&mut engine, 3) {
        let header = file.header.unwrap();
        assert!(!header.fuzzy && !header.recover && header.checkpoint_change == file.checkpoint_change);
        assert_eq!(file.enabled, "READ WRITE");
    }
    let last = site.spec.rows - 1;
    let change = |key| Command::Commit(vec![RowChange { key, value: "x".into() }]);
    assert_eq!(refused(&mut engine, change(site.spec.rows / 2 + site.spec.rows / 5)), [1109, 1110]);
    site.commit_rows(&mut engine, vec![(last, "PDB2 is open".into())]);
    assert_eq!(contents(&mut engine).rows, site.all());
    abort(engine);
    let mut engine = all_open(&site);
    assert_eq!(contents(&mut engine).rows, site.all());
}

#[test]
fn begin_backup_of_the_root_takes_what_is_open_for_writing() {
    for (value, rows) in [("not-active", true), ("no-row", false)] {
        let mut site = cdb(83);
        site.quirks.set(&format!("v-backup-of-closed-pdbs={value}")).unwrap();
        let mut engine = site.open();
        run(&mut engine, opened(named("PDB1")));
        begin(&mut engine);
        let status = |engine: &mut Engine, con_id| files(engine, con_id)[0].backup_status.clone();
        let quiet = if rows { "NOT ACTIVE" } else { "" };
        let states: Vec<_> = (1..=4).map(|con_id| status(&mut engine, con_id)).collect();
        assert_eq!(states, ["ACTIVE", quiet, "ACTIVE", quiet]);
        assert_eq!(refused(&mut engine, closed(named("PDB1"))), [1149, 1110]);
        // What opens meanwhile is not in backup mode.
        run(&mut engine, opened(named("PDB2")));
        assert_eq!(status(&mut engine, 4), "NOT ACTIVE");
        end(&mut engine);
        assert_eq!(status(&mut engine, 3), "NOT ACTIVE");
        run(&mut engine, closed(all()));
    }
}

#[test]
fn a_pluggable_database_is_put_back_and_recovered_while_the_rest_is_open() {
    let mut site = cdb(84);
    let mut engine = all_open(&site);
    site.work(&mut engine, 30);
    let pairs = copies(&mut site, &mut engine, "snap");
    site.work(&mut engine, 60);
    let scope = numbers(&mut engine, 3);
    let error = recover_scope(&mut engine, scope.clone(), Until::Complete, false).unwrap_err();
    assert_eq!(codes(&error), [283, 1124, 1110]);
    run(&mut engine, closed(named("PDB1")));
    work_in_root(&mut site, &mut engine);
    let own = of(&mut engine, 3, &pairs);
    assert_eq!(own.len(), 4);
    fs::rename(&own[0].0, site.path("away")).unwrap();
    assert_eq!(refused(&mut engine, opened(named("PDB1"))), [1157, 1110]);
    fs::rename(site.path("away"), &own[0].0).unwrap();
    put_back(&own);
    assert_eq!(refused(&mut engine, opened(named("PDB1"))), [1113, 1110]);
    assert_eq!(refused(&mut engine, Command::DatafileOnline { file: 1, online: false }), [1541]);
    let file = files(&mut engine, 3)[0].file;
    assert_eq!(refused(&mut engine, Command::DatafileOnline { file, online: false }), [1516]);
    assert_eq!(recover_scope(&mut engine, scope, Until::Complete, false).unwrap(), Done::RecoveryComplete);
    run(&mut engine, opened(named("PDB1")));
    assert_eq!(contents(&mut engine).rows, site.all());
    site.work(&mut engine, 30);
    abort(engine);
    assert_eq!(contents(&mut all_open(&site)).rows, site.all());
}

#[test]
fn recover_pluggable_database_follows_the_quirk() {
    let mut site = cdb(85);
    let scope = RecoverScope::Pdbs(vec!["PDB2".into()]);
    let mut engine = site.open();
    let refused = recover_scope(&mut engine, scope.clone(), Until::Complete, false).unwrap_err();
    assert_eq!(codes(&refused), [905]);
    shutdown(engine);
    site.quirks.set("sqlplus-recover-pluggable=accepted").unwrap();
    let mut engine = all_open(&site);
    let pairs = copies(&mut site, &mut engine, "snap");
    site.work(&mut engine, 20);
    run(&mut engine, closed(named("PDB2")));
    let own = of(&mut engine, 4, &pairs);
    put_back(&own);
    recover_scope(&mut engine, scope.clone(), Until::Complete, false).unwrap();
    run(&mut engine, opened(named("PDB2")));
    assert_eq!(contents(&mut engine).rows, site.all());
    let unknown = recover_scope(&mut engine, RecoverScope::Pdbs(vec!["X".into()]), Until::Complete, false);
    assert_eq!(codes(&unknown.unwrap_err()), [283, 65011]);
}

#[test]
fn close_abort_writes_nothing_and_open_recovers_by_quirk() {
    for recovers in [true, false] {
        let mut site = cdb(86);
        if !recovers {
            site.quirks.set("pdb-open-after-abort=refused").unwrap();
        }
        let mut engine = all_open(&site);
        site.work(&mut engine, 30);
        run(&mut engine, Command::ClosePdbs { pdbs: named("PDB1"), abort: true });
        assert_eq!(files(&mut engine, 3)[0].status, "SYSOFF");
        work_in_root(&mut site, &mut engine);
        if !recovers {
            assert_eq!(refused(&mut engine, opened(named("PDB1"))), [1113, 1110]);
            let scope = numbers(&mut engine, 3);
            recover_scope(&mut engine, scope, Until::Complete, false).unwrap();
        }
        run(&mut engine, opened(named("PDB1")));
        assert_eq!(contents(&mut engine).rows, site.all());
        site.work(&mut engine, 10);
        abort(engine);
        assert_eq!(contents(&mut all_open(&site)).rows, site.all());
    }
}

#[test]
fn a_crash_with_a_file_of_a_pluggable_database_gone_does_not_hold_up_the_root() {
    let mut site = cdb(87);
    let mut engine = all_open(&site);
    let pairs = copies(&mut site, &mut engine, "snap");
    site.work(&mut engine, 40);
    abort(engine);
    let mut engine = site.mounted();
    let own = of(&mut engine, 3, &pairs);
    own.iter().for_each(|(name, _)| fs::remove_file(name).unwrap());
    open(&mut engine).unwrap();
    run(&mut engine, opened(named("PDB2")));
    assert_eq!(refused(&mut engine, opened(named("PDB1"))), [1157, 1110]);
    own.iter().for_each(|(name, copy)| fs::copy(copy, name).map(drop).unwrap());
    assert_eq!(refused(&mut engine, opened(named("PDB1"))), [1113, 1110]);
    let scope = numbers(&mut engine, 3);
    recover_scope(&mut engine, scope, Until::Complete, false).unwrap();
    run(&mut engine, opened(named("PDB1")));
    assert_eq!(contents(&mut engine).rows, site.all());
}

#[test]
fn the_whole_cdb_goes_back_to_when_a_pluggable_database_was_open_and_to_when_not() {
    for was_open in [true, false] {
        let mut site = cdb(88);
        let mut engine = all_open(&site);
        let pairs = copies(&mut site, &mut engine, "snap");
        site.work(&mut engine, 30);
        let early = current_scn(&mut engine) + 1;
        run(&mut engine, closed(named("PDB1")));
        work_in_root(&mut site, &mut engine);
        let late = current_scn(&mut engine) + 1;
        run(&mut engine, opened(named("PDB1")));
        site.work(&mut engine, 30);
        run(&mut engine, closed(named("PDB1")));
        shutdown(engine);
        put_back(&pairs);
        let target = if was_open { early } else { late };
        let mut engine = site.mounted();
        recover(&mut engine, Until::Change(target), false).unwrap();
        open_resetlogs(&mut engine).unwrap();
        assert_eq!(modes(&mut engine), ["READ ONLY", "MOUNTED", "MOUNTED"]);
        run(&mut engine, opened(all()));
        site.forget_from(target);
        assert_eq!(contents(&mut engine).rows, site.all(), "was open: {was_open}");
        site.work(&mut engine, 20);
        abort(engine);
        assert_eq!(contents(&mut all_open(&site)).rows, site.all());
    }
}

#[test]
fn a_backup_control_file_of_when_it_was_closed_needs_no_redo_of_before() {
    for (value, enough) in [("since-controlfile", true), ("since-close", false)] {
        let mut site = cdb(89);
        site.quirks.set(&format!("closed-pdb-under-backup-controlfile={value}")).unwrap();
        let mut engine = all_open(&site);
        site.work(&mut engine, 10);
        run(&mut engine, closed(named("PDB1")));
        for _ in 0..3 {
            work_in_root(&mut site, &mut engine);
            run(&mut engine, Command::ArchiveLogCurrent);
        }
        let gone = database(&mut engine).archived;
        begin(&mut engine);
        let control = site.path("cf.bin");
        run(&mut engine, Command::BackupControlfile { to: control.clone(), reuse: false });
        end(&mut engine);
        let pairs = copies(&mut site, &mut engine, "snap");
        gone.iter().filter_map(|log| log.name.as_ref()).for_each(|name| fs::remove_file(name).unwrap());
        run(&mut engine, opened(named("PDB1")));
        site.work(&mut engine, 20);
        run(&mut engine, Command::ArchiveLogCurrent);
        let until = current_scn(&mut engine);
        site.forget_from(until);
        abort(engine);
        put_back(&pairs);
        site.spec.control_files.iter().for_each(|path| fs::copy(&control, path).map(drop).unwrap());
        let mut engine = site.mounted();
        let done = recover(&mut engine, Until::Change(until), true);
        assert_eq!(done.is_ok(), enough, "{value}: {done:?}");
        if enough {
            open_resetlogs(&mut engine).unwrap();
            run(&mut engine, opened(all()));
            assert_eq!(contents(&mut engine).rows, site.all());
        }
    }
}

#[test]
fn a_cdb_open_read_only_opens_no_pluggable_database_for_writing() {
    let mut site = cdb(90);
    let mut engine = all_open(&site);
    site.work(&mut engine, 10);
    shutdown(engine);
    let mut engine = site.mounted();
    run(&mut engine, Command::Open { resetlogs: false, read_only: true });
    assert_eq!(refused(&mut engine, opened(named("PDB1"))), [65054]);
    run(&mut engine, read_only(named("PDB1")));
    assert_eq!(modes(&mut engine), ["READ ONLY", "READ ONLY", "MOUNTED"]);
    shutdown(engine);
    assert_eq!(contents(&mut all_open(&site)).rows, site.all());
}
