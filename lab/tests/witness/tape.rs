//! Pieces made of a database's files by hand, and the comparison of what they give back.

use crate::trial::Trial;
use ovmirror_lab::{
    db::{
        api::{Command, Instance, RowChange},
        header, redo,
    },
    rman::{
        piece::{Item, PieceHeader, PieceWriter, SetKind},
        sbt::{Media, PlainFiles},
    },
    witness::{
        Report, blocks, compare, log, state_at,
        tape::{self, Which},
    },
};
use std::{fs, path::Path};

const TAG: &str = "SM_TEST";

impl Trial {
    fn piece(&mut self, handle: &str, kind: SetKind, items: Vec<(Item, Vec<u8>)>) {
        let database = self.database();
        self.sets += 1;
        let header = PieceHeader {
            dbid: database.dbid,
            db_name: database.name,
            set_stamp: u64::from(self.sets),
            set_count: self.sets,
            piece: 1,
            tag: TAG.into(),
            kind,
            started: i64::from(self.sets),
        };
        let path = self.path("tape").join(handle);
        let sink = PlainFiles.create(&path.to_string_lossy()).map_err(|failure| failure.lines).unwrap();
        let mut writer = PieceWriter::begin(sink, &header).map_err(|failure| failure.lines).unwrap();
        for (item, bytes) in items {
            writer.item(&item).map_err(|failure| failure.lines).unwrap();
            match &item {
                Item::Datafile { header, .. } => (0..).zip(bytes.chunks(8192)).for_each(|(number, block)| {
                    writer.block(header.file, number, block).map_err(|failure| failure.lines).unwrap();
                }),
                _ => writer.data(&bytes).map_err(|failure| failure.lines).unwrap(),
            }
            writer.end_item(Vec::new()).map_err(|failure| failure.lines).unwrap();
        }
        writer.close().map_err(|failure| failure.lines).unwrap();
    }

    /// Copies the data files as they are at this moment into pieces.
    fn copy_datafiles(&mut self) {
        for file in self.database().datafiles {
            let header = Box::new(header::read(&file.name).unwrap());
            let bytes = fs::read(&file.name).unwrap();
            let item = Item::Datafile { name: file.name, header };
            self.piece(&format!("data_{}", file.file), SetKind::Datafiles, vec![(item, bytes)]);
        }
    }

    fn copy_logs_and_control(&mut self) {
        self.does(Command::ArchiveLogCurrent);
        let logs = self.database().archived.into_iter().filter_map(|log| log.name);
        let items = logs.map(|name| (log_item(&name), fs::read(&name).unwrap())).collect();
        self.piece("logs_1", SetKind::Logs, items);
        let name = self.path("control.bkp");
        self.does(Command::BackupControlfile { to: name.clone(), reuse: false });
        let bytes = fs::read(&name).unwrap();
        self.piece("ovm_1_run_cf_1", SetKind::Controlfile, vec![(Item::Controlfile { name }, bytes)]);
    }

    /// A backup under load with writes held; the SCN of its end.
    fn backup(&mut self, hot: bool) -> u64 {
        self.commit(100);
        self.does(Command::HoldWrites(true));
        if hot {
            self.does(Command::BeginBackup { tablespace: None });
        }
        self.commit(150);
        self.copy_datafiles();
        self.commit(50);
        if hot {
            self.does(Command::EndBackup { tablespace: None });
        }
        let scn = self.database().current_scn;
        self.commit(30);
        self.copy_logs_and_control();
        scn
    }

    fn verify(&self, at: u64) -> Report {
        let empty = tempfile::tempdir_in(self.folder.path()).unwrap();
        let which = Which { database: "ORCL".into(), controlfile: None };
        tape::verify(&self.path("tape"), empty.path(), &which, &self.path("log"), at).unwrap()
    }
}

fn log_item(name: &Path) -> Item {
    let header = redo::verify(name).unwrap();
    Item::Log {
        name: name.to_owned(),
        thread: 1,
        sequence: header.sequence,
        resetlogs_change: header.resetlogs_change,
        first_change: header.first_change,
        next_change: header.next_change,
    }
}

#[test]
fn torn_copies_in_backup_mode_come_back_equal_at_the_end_and_later() {
    let mut trial = Trial::new(1);
    let end = trial.backup(true);
    let report = trial.verify(end);
    assert!(report.equal, "{report:?}");
    assert_eq!(report.transactions, 300);
    assert!(report.fractured_blocks.unwrap() > 0, "{report:?}");
    assert_eq!(report.files.len(), trial.database().datafiles.len());
    assert_eq!((report.tag.as_deref(), report.controlfile.as_deref()), (Some(TAG), Some("ovm_1_run_cf_1")));
    let later = trial.verify(end + 20);
    assert!(later.equal, "{later:?}");
    assert!(later.transactions > 300);
}

#[test]
fn without_backup_mode_the_same_copies_are_rejected() {
    let mut trial = Trial::new(2);
    let end = trial.backup(false);
    let report = trial.verify(end);
    assert!(!report.equal, "{report:?}");
    assert!(report.fractured_blocks.unwrap() > 0, "{report:?}");
}

#[test]
fn a_planted_row_is_found_on_tape_and_in_the_live_database() {
    let mut trial = Trial::new(3);
    // The workload never touches the last row.
    let key = trial.spec.rows - 1;
    trial.does(Command::Commit(vec![RowChange { key, value: "planted".into() }]));
    let end = trial.backup(true);
    let expected = format!("row {key} must be empty, is `planted` of no transaction of the workload");
    let (scn, rows) = trial.engine.rows().unwrap();
    let live = compare(&rows, &trial.path("log"), scn, None).unwrap();
    assert_eq!(live.first_difference.as_ref(), Some(&expected));
    assert_eq!(trial.verify(end).first_difference, Some(expected));
}

#[test]
fn a_lost_transaction_is_named() {
    let mut trial = Trial::new(4);
    let end = trial.backup(true);
    let text = fs::read_to_string(trial.path("log")).unwrap();
    let forged = r#"{"intent":{"n":9001,"rows":[[3,"never sent"]]}}"#.to_owned()
        + &format!("\n{{\"ack\":{{\"n\":9001,\"scn\":{end},\"time_us\":1}}}}\n");
    fs::write(trial.path("log"), text + &forged).unwrap();
    let difference = trial.verify(end).first_difference.unwrap();
    assert!(difference.contains(&format!("transaction 9001 (SCN {end}): row 3 must be `never sent`")), "{difference}");
}

#[test]
fn a_missing_log_is_named_and_a_half_piece_is_no_piece() {
    let mut trial = Trial::new(5);
    let end = trial.backup(true);
    fs::remove_file(trial.path("tape/logs_1")).unwrap();
    let report = trial.verify(end);
    assert!(report.first_difference.unwrap().contains("ORA-00308"));
    let half = fs::read(trial.path("tape/data_4")).unwrap();
    fs::write(trial.path("tape/data_4"), &half[..half.len() / 2]).unwrap();
    let empty = tempfile::tempdir_in(trial.folder.path()).unwrap();
    let which = Which { database: "ORCL".into(), controlfile: None };
    let refused = tape::verify(&trial.path("tape"), empty.path(), &which, &trial.path("log"), end).unwrap_err();
    assert!(refused.contains("no tag on the tape has every data file"), "{refused}");
}

#[test]
fn rows_are_read_whole_while_writes_are_held() {
    let mut trial = Trial::new(6);
    trial.does(Command::HoldWrites(true));
    trial.commit(60);
    let torn: u64 = blocks::below(&trial.spec.data_dir).unwrap().iter().map(|file| file.fractured).sum();
    assert!(torn > 0);
    let (scn, rows) = trial.engine.rows().unwrap();
    let verdict = compare(&rows, &trial.path("log"), scn, None).unwrap();
    assert!(verdict.equal, "{verdict:?}");
    assert_eq!(verdict.transactions, 60);
    assert_eq!(state_at(&trial.path("log"), scn).unwrap(), rows);
}

#[test]
fn a_refused_transaction_is_written_down_and_a_closed_database_ends_the_workload() {
    let mut trial = Trial::new(7);
    trial.does(Command::TablespaceReadOnly { tablespace: "USERS".into(), read_only: true });
    trial.commit(60);
    let all = log::transactions(&trial.path("log")).unwrap();
    assert!(all.iter().any(|transaction| transaction.outcome == log::Outcome::Refused));
    let (scn, rows) = trial.engine.rows().unwrap();
    assert!(compare(&rows, &trial.path("log"), scn, None).unwrap().equal);
    trial.does(Command::Shutdown { abort: false });
    let ended = trial.workload.run(&mut trial.engine, 1000.0, &mut || false).unwrap();
    assert!(ended.is_some());
    assert!(fs::read_to_string(trial.path("log")).unwrap().contains("ended: ORA-01507"));
}
