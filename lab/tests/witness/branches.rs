//! The live database against the witness after a disaster, recoveries, and an undo.

use crate::trial::Trial;
use ovmirror_lab::{
    db::api::{Command, Instance, Recover, RecoverScope, RowChange, Until},
    witness::{Destroyed, Disaster, Verdict, acknowledged, compare, log, path},
};
use std::{fs, path::PathBuf};

type Files = Vec<(PathBuf, Vec<u8>)>;

fn read(paths: impl IntoIterator<Item = PathBuf>) -> Files {
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn put(files: &Files) {
    files.iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
}

impl Trial {
    fn datafiles(&mut self) -> Files {
        read(self.database().datafiles.into_iter().map(|file| file.name))
    }

    /// Control files and online logs.
    fn way_back(&self) -> Files {
        read(fs::read_dir(&self.spec.redo_dirs[0]).unwrap().map(|entry| entry.unwrap().path()))
    }

    fn hot_copy(&mut self) -> Files {
        self.does(Command::BeginBackup { tablespace: None });
        self.commit(20);
        let copy = self.datafiles();
        self.does(Command::EndBackup { tablespace: None });
        self.does(Command::ArchiveLogCurrent);
        copy
    }

    fn down(&mut self) {
        self.does(Command::Shutdown { abort: false });
    }

    fn up(&mut self, resetlogs: bool) {
        self.does(Command::Open { resetlogs, read_only: false });
        self.workload = self.again();
    }

    fn recover(&mut self, until: Until) {
        let scope = RecoverScope::Database;
        let start = Recover::Start { scope, until, backup_controlfile: false, automatic: true, from: None };
        self.does(Command::Recover(start));
    }

    /// The instance is down: swaps, recovers below `scn`, opens a new branch.
    fn back_to(&mut self, copy: &Files, scn: u64) {
        put(copy);
        self.does(Command::Mount);
        self.recover(Until::Change(scn));
        self.up(true);
    }

    fn disaster(&mut self) -> Destroyed {
        let rows = self.spec.rows;
        self.workload.destroy(&mut self.engine, &Disaster { rows }).unwrap().unwrap()
    }

    /// As `verify` without an SCN.
    fn look(&mut self) -> Verdict {
        let way = path(&self.database());
        let known = acknowledged(&self.path("log"), &way).unwrap();
        let (scn, rows) = self.engine.rows().unwrap();
        compare(&rows, &self.path("log"), scn.max(known), Some(&way)).unwrap()
    }

    fn is_equal(&mut self) -> Verdict {
        let verdict = self.look();
        assert!(verdict.equal, "{verdict:?}");
        verdict
    }
}

fn scn(text: &str) -> u64 {
    text.parse().unwrap()
}

#[test]
fn a_disaster_is_undone_to_the_scn_before_and_its_recovery_is_undone_again() {
    let mut trial = Trial::new(20);
    trial.commit(50);
    let copy = trial.hot_copy();
    trial.commit(50);
    let destroyed = trial.disaster();
    assert_eq!((destroyed.transactions, destroyed.rows), (20, 2000));
    assert!(is_rfc3339(&destroyed.first_time) && destroyed.first_time <= destroyed.last_time, "{destroyed:?}");
    let values = trial.engine.rows().unwrap().1;
    assert!(values.len() == 2000 && values.values().all(|value| value.ends_with(".destroyed")));
    assert_eq!(trial.is_equal().left_behind, None);
    trial.commit(10);
    trial.down();
    // The product's way back: old disks, control files, online logs.
    trial.does(Command::Mount);
    let (old, kept) = (trial.datafiles(), trial.way_back());
    trial.down();
    trial.back_to(&copy, scn(&destroyed.first_scn));
    let verdict = trial.is_equal();
    assert_eq!(verdict.transactions, 120);
    let left = verdict.left_behind.unwrap();
    assert_eq!((left.transactions, &left.first_scn), (30, &destroyed.first_scn));
    trial.commit(30);
    trial.is_equal();
    trial.down();
    put(&old);
    put(&kept);
    trial.does(Command::Mount);
    trial.up(false);
    let verdict = trial.is_equal();
    assert_eq!((verdict.transactions, verdict.left_behind.unwrap().transactions), (150, 30));
    trial.commit(10);
    trial.is_equal();
}

/// A time as RFC 3339 writes it, in UTC.
fn is_rfc3339(time: &str) -> bool {
    time.len() == "2026-11-21T20:45:12.000000Z".len() && time.ends_with('Z')
}

#[test]
fn two_recoveries_in_a_row_and_to_the_same_scn() {
    let mut trial = Trial::new(21);
    let copy = trial.hot_copy();
    trial.commit(40);
    let first = scn(&trial.disaster().first_scn);
    trial.down();
    trial.back_to(&copy, first);
    trial.is_equal();
    trial.commit(25);
    let second = scn(&trial.disaster().first_scn);
    trial.down();
    trial.back_to(&copy, second);
    assert_eq!(trial.is_equal().transactions, 85);
    trial.commit(25);
    trial.down();
    trial.back_to(&copy, second);
    let verdict = trial.is_equal();
    // The point at a RESETLOGS lies on the branch before it: the branch that began there is not an ancestor.
    assert_eq!((verdict.transactions, path(&trial.database()).len()), (85, 3));
}

#[test]
fn what_is_destroyed_or_missing_is_never_equal() {
    let mut trial = Trial::new(22);
    let copy = trial.hot_copy();
    trial.commit(40);
    let before = trial.engine.rows().unwrap().1;
    let destroyed = trial.disaster();
    // One transaction too many: the first destroyed rows are there.
    trial.down();
    trial.back_to(&copy, scn(&destroyed.first_scn) + 1);
    let left = trial.is_equal().left_behind.unwrap();
    assert_eq!(left.transactions, 19, "the first one is part of the branch, and that shows");
    // A row of a destroyed transaction where none may be.
    trial.down();
    trial.back_to(&copy, scn(&destroyed.first_scn));
    trial.is_equal();
    let n = log::transactions(&trial.path("log")).unwrap().iter().find(|t| t.rows.len() == 100).unwrap().n;
    trial.does(Command::Commit(vec![RowChange { key: 7, value: format!("{n}.7.destroyed") }]));
    let found = trial.look().first_difference.unwrap();
    assert!(found.contains(&format!("`{n}.7.destroyed` of transaction {n}")), "{found}");
    // An old value instead.
    trial.does(Command::Commit(vec![RowChange { key: 7, value: before[&7].clone() }]));
    trial.is_equal();
    let (key, newest) = before.iter().next_back().unwrap();
    trial.does(Command::Commit(vec![RowChange { key: *key, value: "1.0.deadbeef".into() }]));
    let found = trial.look().first_difference.unwrap();
    assert!(found.contains(&format!("row {key} must be `{newest}`")), "{found}");
}

#[test]
fn a_database_that_went_back_without_resetlogs_is_not_equal() {
    let mut trial = Trial::new(23);
    trial.commit(20);
    trial.down();
    trial.does(Command::Mount);
    let (old, kept) = (trial.datafiles(), trial.way_back());
    trial.up(false);
    trial.commit(20);
    trial.is_equal();
    trial.down();
    // Everything of yesterday, as a careless undo would put it back: the same incarnation, a lower SCN.
    put(&old);
    put(&kept);
    trial.does(Command::Mount);
    trial.does(Command::Open { resetlogs: false, read_only: false });
    let found = trial.look().first_difference.unwrap();
    assert!(found.contains("transaction 2"), "{found}");
}

#[test]
fn a_recovery_that_stopped_too_early_shows_what_it_left_behind() {
    let mut trial = Trial::new(24);
    let copy = trial.hot_copy();
    trial.commit(40);
    let destroyed = trial.disaster();
    trial.down();
    let all = log::transactions(&trial.path("log")).unwrap();
    let lost = all.iter().filter_map(|t| t.outcome.scn()).rfind(|at| *at < scn(&destroyed.first_scn));
    trial.back_to(&copy, lost.unwrap());
    let left = trial.is_equal().left_behind.unwrap();
    assert_eq!((left.transactions, left.first_scn), (21, lost.unwrap().to_string()));
}

#[test]
fn a_disaster_that_no_row_can_suffer_is_none() {
    let mut trial = Trial::new(25);
    for tablespace in ["USERS", "DATA"] {
        trial.does(Command::TablespaceReadOnly { tablespace: tablespace.into(), read_only: true });
    }
    let refused = trial.workload.destroy(&mut trial.engine, &Disaster { rows: 10 }).unwrap().unwrap_err();
    assert_eq!(refused.lines[0].0, 372);
    trial.is_equal();
}
