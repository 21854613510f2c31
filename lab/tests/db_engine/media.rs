//! Media recovery, RESETLOGS, the three kinds of control file (reference 2.3, 4).

use crate::{site::*, snapshot::*};
use ovmirror_lab::db::{
    api::{Command, ControlType, Done, Recover, RecoverScope, Until},
    engine::Engine,
};
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

#[test]
fn swapped_files_recover_completely_and_open_without_resetlogs() {
    for clean in [true, false] {
        let mut site = Site::new(20);
        let mut engine = site.open();
        site.work(&mut engine, 30);
        let snapshot = snapshot(&mut site, &mut engine, "snap");
        site.work(&mut engine, 100);
        if clean {
            shutdown(engine)
        } else {
            abort(engine)
        }
        put_back(&snapshot.pairs);
        let mut engine = site.mounted();
        for file in database(&mut engine).datafiles {
            let header = file.header.unwrap();
            assert_eq!((header.checkpoint_change, header.fuzzy, header.recover), (snapshot.begin, true, true));
        }
        assert_eq!(codes(&open(&mut engine).unwrap_err()), [1113, 1110], "not ORA-10873: it is not the live file");
        let ended = refused(&mut engine, Command::EndBackup { tablespace: None });
        assert_eq!(ended, [1235, 1122, 1110, 1208]);
        assert_eq!(codes(&open_resetlogs(&mut engine).unwrap_err()), [1139]);
        assert_eq!(recover(&mut engine, Until::Complete, false).unwrap(), Done::RecoveryComplete);
        open(&mut engine).unwrap();
        assert_eq!(contents(&mut engine).rows, site.all(), "clean {clean}");
        site.work(&mut engine, 10);
        abort(engine);
        assert_eq!(contents(&mut site.open()).rows, site.all());
    }
}

#[test]
fn nothing_to_recover_is_said() {
    let site = Site::new(21);
    let engine = site.open();
    shutdown(engine);
    let mut engine = site.mounted();
    assert_eq!(codes(&recover(&mut engine, Until::Complete, false).unwrap_err()), [283, 264]);
    assert_eq!(refused(&mut engine, Command::Recover(Recover::Cancel)), [1112]);
    open(&mut engine).unwrap();
    assert_eq!(codes(&recover(&mut engine, Until::Complete, false).unwrap_err()), [283, 1124, 1110]);
}

#[test]
fn a_point_in_time_is_exclusive_and_starts_a_new_incarnation() {
    let mut site = Site::new(22);
    let mut engine = site.open();
    site.work(&mut engine, 30);
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    site.work(&mut engine, 50);
    let target = site.log[site.log.len() - 20].scn;
    let old = database(&mut engine);
    shutdown(engine);
    put_back(&snapshot.pairs);
    let mut engine = site.mounted();
    assert_eq!(recover(&mut engine, Until::Change(target), false).unwrap(), Done::RecoveryComplete);
    assert_eq!(codes(&open(&mut engine).unwrap_err()), [1589]);
    open_resetlogs(&mut engine).unwrap();
    site.forget_from(target);
    assert_eq!(contents(&mut engine).rows, site.all());
    let new = database(&mut engine);
    assert_eq!(new.prior_resetlogs_change, old.resetlogs_change);
    assert_eq!((new.resetlogs_change, new.logs[0].sequence), (target, 1));
    let states: Vec<_> = new.incarnations.iter().map(|i| i.status.as_str()).collect();
    assert_eq!(states, ["PARENT", "CURRENT"]);
    let rest = old.archived.iter().map(|log| log.sequence).max().unwrap();
    assert!(new.archived.iter().any(|log| log.sequence > rest), "the old online logs were archived first");
    site.work(&mut engine, 30);
    shutdown(engine);
    // And through the RESETLOGS from the same snapshot.
    put_back(&snapshot.pairs);
    let mut engine = site.mounted();
    assert_eq!(codes(&open(&mut engine).unwrap_err()), [1190, 1110]);
    recover(&mut engine, Until::Complete, false).unwrap();
    open(&mut engine).unwrap();
    assert_eq!(contents(&mut engine).rows, site.all());
}

#[test]
fn the_old_disks_with_the_saved_control_files_and_logs_take_resetlogs_back() {
    let mut site = Site::new(92);
    let mut engine = site.open();
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    site.work(&mut engine, 20);
    let live = copy_at_once_after_shutdown(&mut site, engine);
    let kept: Vec<_> = fs::read_dir(&site.spec.redo_dirs[0]).unwrap().map(|e| e.unwrap().path()).collect();
    let kept: Vec<_> = kept.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    put_back(&snapshot.pairs);
    let mut engine = site.mounted();
    recover(&mut engine, Until::Change(snapshot.end + 1), false).unwrap();
    open_resetlogs(&mut engine).unwrap();
    engine.do_it(Command::Commit(vec![]));
    shutdown(engine);
    put_back(&live);
    kept.into_iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
    let mut engine = site.open();
    assert_eq!(contents(&mut engine).rows, site.all());
    // After a plain OPEN the old disks are rolled forward to now.
    site.work(&mut engine, 20);
    shutdown(engine);
    put_back(&live);
    let mut engine = site.mounted();
    assert_eq!(codes(&open(&mut engine).unwrap_err()), [1113, 1110]);
    recover(&mut engine, Until::Complete, false).unwrap();
    open(&mut engine).unwrap();
    assert_eq!(contents(&mut engine).rows, site.all());
}

fn copy_at_once_after_shutdown(site: &mut Site, mut engine: Engine) -> Vec<(PathBuf, PathBuf)> {
    engine.do_it(Command::Shutdown { abort: false });
    let mut mounted = site.mounted();
    copy_at_once(&mut mounted, &site.path("live"))
}

#[test]
fn a_damaged_or_foreign_log_is_refused_by_name() {
    let mut site = Site::new(93);
    let mut engine = site.open();
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    site.work(&mut engine, 20);
    let mut clone = clone_of(&site, &snapshot, &snapshot.control, "sm1");
    let logs = database(&mut engine).archived;
    let header = database(&mut clone).datafiles[0].header.clone().unwrap();
    let needed = |log: &&ovmirror_lab::db::api::ArchivedLog| {
        log.first_change <= header.checkpoint_change && header.checkpoint_change < log.next_change
    };
    let name = logs.iter().find(needed).unwrap().name.clone().unwrap();
    let good = fs::read(&name).unwrap();
    let until = Until::Change(snapshot.end + 1);
    let mut damaged = good.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(&name, damaged).unwrap();
    assert_eq!(codes(&recover(&mut clone, until.clone(), true).unwrap_err()), [353, 334]);
    fs::write(&name, b"no log at all, but long enough").unwrap();
    assert_eq!(codes(&recover(&mut clone, until.clone(), true).unwrap_err()), [317, 334]);
    let mut other_site = Site::new(94);
    let mut other = other_site.open();
    other_site.work(&mut other, 3);
    run(&mut other, Command::ArchiveLogCurrent);
    let foreign = database(&mut other).archived[0].name.clone().unwrap();
    fs::copy(foreign, &name).unwrap();
    assert_eq!(codes(&recover(&mut clone, until.clone(), true).unwrap_err()), [342, 334]);
    // A broken-off recovery is no ground to open on, and the whole log mends it.
    assert_eq!(codes(&open_resetlogs(&mut clone).unwrap_err()), [1195, 1110]);
    fs::write(&name, good).unwrap();
    recover(&mut clone, until, true).unwrap();
    open_resetlogs(&mut clone).unwrap();
    assert_eq!(contents(&mut clone).rows, site.model(snapshot.end + 1));
}

#[test]
fn files_of_an_orphan_incarnation_are_refused() {
    let mut site = Site::new(23);
    let mut engine = site.open();
    let early = snapshot(&mut site, &mut engine, "early");
    site.work(&mut engine, 20);
    let target = current_scn(&mut engine) + 1;
    site.work(&mut engine, 20);
    let late = snapshot(&mut site, &mut engine, "late");
    shutdown(engine);
    put_back(&early.pairs);
    let mut engine = site.mounted();
    recover(&mut engine, Until::Change(target), false).unwrap();
    open_resetlogs(&mut engine).unwrap();
    shutdown(engine);
    put_back(&late.pairs);
    let mut engine = site.mounted();
    assert_eq!(codes(&recover(&mut engine, Until::Complete, false).unwrap_err()), [283, 19909, 1110]);
}

#[test]
fn a_target_before_end_backup_and_newer_files_are_refused() {
    let mut site = Site::new(24);
    let mut engine = site.open();
    site.work(&mut engine, 10);
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    site.work(&mut engine, 10);
    shutdown(engine);
    put_back(&snapshot.pairs[1..]);
    let mut engine = site.mounted();
    let error = recover(&mut engine, Until::Change(snapshot.end + 1), false).unwrap_err();
    assert_eq!(codes(&error), [1547, 1152, 1110], "file 1 was not put back");
    put_back(&snapshot.pairs[..1]);
    let error = recover(&mut engine, Until::Change(snapshot.begin + 5), false).unwrap_err();
    assert_eq!(codes(&error), [1547, 1195, 1110]);
    assert_eq!(codes(&open_resetlogs(&mut engine).unwrap_err()), [1195, 1110]);
    assert_eq!(recover(&mut engine, Until::Change(snapshot.end + 1), false).unwrap(), Done::RecoveryComplete);
    open_resetlogs(&mut engine).unwrap();
    assert_eq!(contents(&mut engine).rows, site.model(snapshot.end + 1));
}

#[test]
fn until_time_stops_before_it() {
    let mut site = Site::new(25);
    let mut engine = site.open();
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    let second = || site.log.last().map_or(0, |c| c.time_us / 1_000_000);
    let first = second();
    while site.log.last().is_none_or(|c| c.time_us / 1_000_000 < first + 2) {
        site.commit_below(&mut engine, 600);
    }
    // A commit and its redo may lie on two sides of a second: none is near the one that is asked for.
    let last = site.log.last().unwrap().time_us / 1_000_000;
    let micros = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64;
    while micros() < (last + 2) * 1_000_000 + 300_000 {
        std::thread::park_timeout(Duration::from_millis(20));
    }
    site.work(&mut engine, 20);
    let time = site.log.last().unwrap().time_us / 1_000_000;
    shutdown(engine);
    put_back(&snapshot.pairs);
    let mut engine = site.mounted();
    recover(&mut engine, Until::Time(time), false).unwrap();
    open_resetlogs(&mut engine).unwrap();
    let before = site.log.iter().filter(|c| c.time_us < time * 1_000_000);
    let model: std::collections::BTreeMap<_, _> = before.flat_map(|c| c.rows.iter().cloned()).collect();
    assert_eq!(contents(&mut engine).rows, model);
}

#[test]
fn a_clone_with_a_backup_control_file() {
    let mut site = Site::new(26);
    let mut engine = site.open();
    site.work(&mut engine, 10);
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    site.work(&mut engine, 10);
    let mut clone = clone_of(&site, &snapshot, &snapshot.control, "sm1");
    assert_eq!((kind(&mut clone), current_scn(&mut clone)), (ControlType::Backup, 0));
    for file in database(&mut clone).datafiles {
        assert_eq!((file.header.unwrap().checkpoint_change, file.backup_status.as_str()), (snapshot.begin, "ACTIVE"));
    }
    assert_eq!(codes(&open(&mut clone).unwrap_err()), [1589]);
    assert_eq!(codes(&open_resetlogs(&mut clone).unwrap_err()), [1195, 1110]);
    assert_eq!(codes(&recover(&mut clone, Until::Complete, false).unwrap_err()), [283, 1610]);
    let standby = recover_scope(&mut clone, RecoverScope::StandbyDatabase, Until::Complete, false);
    assert_eq!(codes(&standby.unwrap_err()), [283, 1665]);
    recover(&mut clone, Until::Change(snapshot.end + 1), true).unwrap();
    clone.execute_read_only();
    assert_eq!(contents(&mut clone).rows, site.model(snapshot.end + 1));
    shutdown(clone);
    // Beyond the last archived log the current one must be named at the prompt.
    let mut clone = clone_of(&site, &snapshot, &snapshot.control, "sm2");
    let error = recover(&mut clone, Until::Complete, true).unwrap_err();
    assert_eq!(codes(&error), [308, 27037]);
    let current = database(&mut engine).logs.into_iter().find(|g| g.status == "CURRENT").unwrap();
    let start = Recover::Start {
        scope: RecoverScope::Database,
        until: Until::Cancel,
        backup_controlfile: true,
        automatic: false,
        from: None,
    };
    let Done::NeedsLog { sequence, .. } = clone.do_it(Command::Recover(start)) else { panic!("a question") };
    assert_eq!(sequence, current.sequence);
    let answer = Recover::Apply { file: Some(current.members[0].clone()), auto: false };
    assert_eq!(clone.do_it(Command::Recover(answer)), Done::RecoveryComplete);
    open_resetlogs(&mut clone).unwrap();
    assert_eq!(contents(&mut clone).rows, site.all());
    assert_eq!(kind(&mut clone), ControlType::Current);
    site.work(&mut engine, 5);
    assert_eq!(contents(&mut engine).rows, site.all(), "production never noticed");
}

trait More {
    fn do_it(&mut self, command: Command) -> Done;
    fn execute_read_only(&mut self);
}

impl More for Engine {
    fn do_it(&mut self, command: Command) -> Done {
        use ovmirror_lab::db::api::Instance;
        self.execute(&command).unwrap()
    }

    fn execute_read_only(&mut self) {
        self.do_it(Command::Open { resetlogs: false, read_only: true });
        assert_eq!(database(self).open_mode, "READ ONLY");
        assert_eq!(refused(self, Command::Commit(vec![])), [16000]);
    }
}

#[test]
fn prompts_name_the_log_and_wrong_answers_end_the_session() {
    let mut site = Site::new(27);
    let mut engine = site.open();
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    site.work(&mut engine, 10);
    run(&mut engine, Command::ArchiveLogCurrent);
    site.work(&mut engine, 10);
    let logs = database(&mut engine).archived;
    let mut clone = clone_of(&site, &snapshot, &snapshot.control, "sm1");
    let start = |until| {
        Command::Recover(Recover::Start {
            scope: RecoverScope::Database,
            until,
            backup_controlfile: true,
            automatic: false,
            from: None,
        })
    };
    let apply = |file: Option<&Path>, auto| Command::Recover(Recover::Apply { file: file.map(Path::to_owned), auto });
    let Done::NeedsLog { change, sequence, suggestion, applied, .. } = clone.do_it(start(Until::Cancel)) else {
        panic!("a question")
    };
    assert_eq!((change, applied.len()), (snapshot.begin, 0));
    let first = logs.iter().find(|log| log.sequence == sequence).unwrap();
    assert_eq!(first.name.as_deref(), Some(suggestion.as_path()));
    assert_eq!(refused(&mut clone, start(Until::Cancel)), [275]);
    assert_eq!(codes(&open(&mut clone).unwrap_err()), [1156]);
    let wrong = logs.iter().find(|log| log.sequence == sequence + 1).unwrap().name.clone().unwrap();
    assert_eq!(refused(&mut clone, apply(Some(&wrong), false)), [310, 334, 1547, 1195, 1110]);
    clone.do_it(start(Until::Cancel));
    let nowhere = apply(Some(Path::new("/nowhere")), false);
    assert_eq!(refused(&mut clone, nowhere), [308, 27037], "the session goes on");
    let Done::NeedsLog { sequence: next, applied, .. } = clone.do_it(apply(None, false)) else { panic!("a question") };
    assert_eq!((next, applied), (sequence + 1, vec![suggestion]));
    // AUTO goes on until a log is missing.
    let Done::NeedsLog { failed: Some(error), .. } = clone.do_it(apply(None, true)) else { panic!("a question") };
    assert_eq!(codes(&error), [308, 27037]);
    assert_eq!(clone.do_it(Command::Recover(Recover::Cancel)), Done::RecoveryCancelled, "the end marker is in");
    open_resetlogs(&mut clone).unwrap();
    let last = logs.iter().map(|log| log.next_change).max().unwrap();
    assert_eq!(contents(&mut clone).rows, site.model(last));
}

#[test]
fn cancel_keeps_what_was_applied() {
    let mut site = Site::new(28);
    let mut engine = site.open();
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    let mut clone = clone_of(&site, &snapshot, &snapshot.control, "sm1");
    let start = Recover::Start {
        scope: RecoverScope::Database,
        until: Until::Cancel,
        backup_controlfile: true,
        automatic: false,
        from: None,
    };
    clone.do_it(Command::Recover(start.clone()));
    assert_eq!(refused(&mut clone, Command::Recover(Recover::Cancel)), [1547, 1195, 1110]);
    clone.do_it(Command::Recover(start));
    clone.do_it(Command::Recover(Recover::Apply { file: None, auto: false }));
    assert_eq!(clone.do_it(Command::Recover(Recover::Cancel)), Done::RecoveryCancelled);
    open_resetlogs(&mut clone).unwrap();
}

#[test]
fn a_standby_control_file() {
    let mut site = Site::new(29);
    let mut engine = site.open();
    let snapshot = snapshot(&mut site, &mut engine, "snap");
    let control = site.path("standby.bin");
    run(&mut engine, Command::StandbyControlfile { to: control.clone(), reuse: false });
    let again = refused(&mut engine, Command::StandbyControlfile { to: control.clone(), reuse: false });
    assert_eq!(again, [1580, 27038]);
    let mut standby = clone_of(&site, &snapshot, &control, "stby");
    assert_eq!((kind(&mut standby), database(&mut standby).role.as_str()), (ControlType::Standby, "PHYSICAL STANDBY"));
    assert_eq!(codes(&open(&mut standby).unwrap_err()), [10458, 1195, 1110]);
    assert_eq!(codes(&open_resetlogs(&mut standby).unwrap_err()), [1666]);
    assert_eq!(codes(&recover(&mut standby, Until::Complete, true).unwrap_err()), [283, 1666]);
    let until = Until::Change(snapshot.end + 1);
    recover_scope(&mut standby, RecoverScope::StandbyDatabase, until, false).unwrap();
    open(&mut standby).unwrap();
    assert_eq!(database(&mut standby).open_mode, "READ ONLY");
    assert_eq!(contents(&mut standby).rows, site.model(snapshot.end + 1));
}

#[test]
fn an_image_taken_without_backup_mode_wants_recovery_for_ever() {
    let mut site = Site::new(30);
    let mut engine = site.open();
    site.work(&mut engine, 20);
    let control = site.path("control.bin");
    run(&mut engine, Command::BackupControlfile { to: control.clone(), reuse: false });
    let pairs = copy_at_once(&mut engine, &site.path("image"));
    site.work(&mut engine, 20);
    run(&mut engine, Command::ArchiveLogCurrent);
    let until = current_scn(&mut engine) - 1;
    let snapshot = Snapshot { pairs, control: control.clone(), begin: 0, end: 0 };
    let mut clone = clone_of(&site, &snapshot, &control, "sm1");
    let error = recover(&mut clone, Until::Change(until), true).unwrap_err();
    assert_eq!(codes(&error), [1547, 1194, 1110]);
}

#[test]
fn a_saved_current_control_file_is_older_than_the_files() {
    let mut site = Site::new(31);
    let mut engine = site.open();
    let saved: Vec<_> = site.spec.control_files.iter().map(|p| (p.clone(), fs::read(p).unwrap())).collect();
    site.work(&mut engine, 10);
    (0..3).for_each(|_| run(&mut engine, Command::Checkpoint));
    abort(engine);
    saved.into_iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
    let mut engine = site.mounted();
    assert_eq!(codes(&open(&mut engine).unwrap_err()), [1122, 1110, 1207]);
    assert_eq!(codes(&recover(&mut engine, Until::Complete, false).unwrap_err()), [283, 1122, 1110, 1207]);
}
