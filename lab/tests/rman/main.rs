//! RMAN against real files of the lab's engine: output, refusals, failures, what is on the tape and in the control file.

mod listing;
mod pluggable;
mod restoring;
mod site;

use ovmirror_lab::{
    context::Oracle,
    db::api::{Command, ControlType},
    rman::target::Target,
};
use rstest::rstest;
use site::{Production, settled};

#[rstest]
#[case(Oracle::V11_2, "sm_ORCL_%u_1_1")]
#[case(Oracle::V12_2, "sm_ORCL_%u_1_1")]
#[case(Oracle::V19, "sm_ORCL_%u_1_1_1")]
#[case(Oracle::V23, "sm_ORCL_%u_1_1_1")]
fn the_words_of_a_backup(#[case] oracle: Oracle, #[case] handle: &str) {
    let mirror = Production::new(oracle).split(ControlType::Backup, false, &[]);
    let (output, good) = mirror.rman(
        "CONFIGURE CONTROLFILE AUTOBACKUP ON;\nSET ENCRYPTION OFF;\nRUN { $T\n BACKUP FORMAT 'sm_%d_%U' TAG 'sm_1' DATAFILE 1; }\nEXIT;\n",
    );
    assert!(good, "{output}");
    let expected = format!(
        "\nRMAN> CONNECT TARGET *\n\nconnected to target database: ORCL (DBID=DBID, not open)\n\
         \nRMAN> CONFIGURE CONTROLFILE AUTOBACKUP ON;\n\nusing target database control file instead of recovery catalog\n\
         new RMAN configuration parameters:\nCONFIGURE CONTROLFILE AUTOBACKUP ON;\nnew RMAN configuration parameters are successfully stored\n\
         \nRMAN> SET ENCRYPTION OFF;\n\nexecuting command: SET encryption\n\
         \nRMAN> RUN {{ ALLOCATE CHANNEL t1 DEVICE TYPE sbt PARMS='SBT_LIBRARY=oracle.disksbt,ENV=(BACKUP_DIR=DIR/tape)';\n\
         2>  BACKUP FORMAT 'sm_%d_%U' TAG 'sm_1' DATAFILE 1; }}\n\n\
         allocated channel: t1\nchannel t1: SID=78 device type=SBT_TAPE\nchannel t1: WARNING: Oracle Test Disk API\n\
         \nStarting backup at TIME\nRMAN-06554: WARNING: file 1 is in backup mode\n\
         channel t1: starting full datafile backup set\nchannel t1: specifying datafile(s) in backup set\n\
         input datafile file number=00001 name=DIR/data/system01.dbf\nchannel t1: starting piece 1 at TIME\n\
         channel t1: finished piece 1 at TIME\npiece handle={handle} tag=SM_1 comment=API Version 2.0,MMS Version 8.1.3.0\n\
         channel t1: backup set complete, elapsed time: HH:MI:SS\nFinished backup at TIME\n\
         RMAN-06497: WARNING: control file is not current, CONTROLFILE AUTOBACKUP skipped\nreleased channel: t1\n\nRMAN> EXIT;"
    );
    assert_eq!(settled(&output, mirror.dir.path(), mirror.facts().dbid), expected);
}

#[test]
fn what_the_control_file_knows_afterwards() {
    let mirror = Production::new(Oracle::V19).split(ControlType::Backup, false, &[]);
    mirror.offload("SM_1");
    let database = mirror.facts();
    assert!(database.pieces.iter().all(|piece| piece.status == 'A' && mirror.tape_files().contains(&piece.handle)));
    assert_eq!(database.pieces.len(), mirror.tape_files().len());
    for file in &database.datafiles {
        let row = database.backup_datafiles.iter().find(|row| row.file == file.file).unwrap();
        assert_eq!(row.checkpoint_change, file.backup_change, "file {}", file.file);
        assert_eq!((row.marked_corrupt, row.blocks), (0, file.blocks));
        assert!(row.absolute_fuzzy_change == 0 || row.absolute_fuzzy_change > row.checkpoint_change);
    }
    assert!(database.backup_datafiles.iter().any(|row| row.absolute_fuzzy_change > 0));
    assert!(!database.backup_redologs.is_empty());
    assert!(database.pieces.iter().any(|piece| piece.controlfile_included && piece.handle.ends_with("_cf_1")));
    let operations = mirror.inside.operations.lock().unwrap();
    assert!(operations.iter().any(|(name, done, total)| name == "RMAN: full datafile backup" && done == total));
}

#[rstest]
#[case::no_library("SBT_LIBRARY=/opt/no/libobk.so", &["RMAN-03009: failure of allocate command on t1 channel", "ORA-19554", "ORA-27211", "Additional information: 2"])]
#[case::no_folder("SBT_LIBRARY=oracle.disksbt,ENV=(BACKUP_DIR=/no/such)", &["ORA-19554", "ORA-27023", "ORA-19511", "   SBT error = 7002"])]
#[case::no_folder_named("SBT_LIBRARY=oracle.disksbt", &["ORA-19554", "ORA-19511"])]
#[case::init("SBT_LIBRARY=oracle.disksbt,ENV=(BACKUP_DIR=/tmp,ORASBT_SIM_ERROR=sbtinit)", &["ORA-19554", "   sbtinit: simulated error"])]
fn a_channel_that_cannot_be_allocated(#[case] parms: &str, #[case] lines: &[&str]) {
    let mirror = Production::new(Oracle::V19).split(ControlType::Backup, false, &[]);
    let (output, good) = mirror
        .rman(&format!("RUN {{ ALLOCATE CHANNEL t1 DEVICE TYPE sbt PARMS='{parms}'; BACKUP DATABASE; }}\nSHOW ALL;\n"));
    assert!(!good);
    assert_eq!(output.matches("RMAN-00569").count(), 1);
    for line in lines {
        assert!(output.lines().any(|l| l.starts_with(line)), "{line} missing:\n{output}");
    }
    assert!(!output.contains("Starting backup") && !output.contains("CONFIGURE RETENTION"), "{output}");
}

#[rstest]
#[case("sbtbackup", &["ORA-19506", "ORA-27028", "ORA-19511", "   sbtbackup: simulated error"])]
#[case("sbtwrite2", &["ORA-19502", "ORA-27030", "ORA-19511", "   sbtwrite2: simulated error"])]
#[case("sbtclose2", &["ORA-19583", "ORA-19511", "   sbtclose2: simulated error"])]
fn a_library_that_fails_leaves_neither_piece_nor_record(#[case] call: &str, #[case] lines: &[&str]) {
    let mirror = Production::new(Oracle::V19).split(ControlType::Backup, false, &[]);
    let channel = mirror.channel("t1", &format!(",ORASBT_SIM_ERROR={call}"));
    let (output, good) = mirror.rman(&format!("RUN {{ {channel} BACKUP TAG 'x' DATABASE; }}\n"));
    assert!(!good);
    let stack = output.split("RMAN-00569").nth(1).unwrap();
    assert!(stack.contains("RMAN-03009: failure of backup command on t1 channel at "), "{output}");
    let found: Vec<_> = stack.lines().skip(3).take(lines.len()).collect();
    assert!(found.iter().zip(lines).all(|(found, line)| found.starts_with(line)), "{output}");
    assert!(output.contains("channel t1: starting piece 1") && !output.contains("finished piece"));
    assert!(mirror.tape_files().is_empty() && mirror.facts().pieces.is_empty());
    assert!(output.find("released channel: t1") < output.find("RMAN-00569"), "{output}");
}

#[test]
fn another_channel_takes_over() {
    let mirror = Production::new(Oracle::V19).split(
        ControlType::Backup,
        false,
        &["implicit-controlfile-on-backup-controlfile=skipped"],
    );
    let (bad, good) = (mirror.channel("t1", ",ORASBT_SIM_ERROR=sbtwrite2"), mirror.channel("t2", ""));
    let (output, fine) = mirror.rman(&format!("RUN {{ {bad} {good} BACKUP FILESPERSET 1 TAG 'x' DATABASE; }}\n"));
    assert!(fine, "{output}");
    assert!(output.contains("channel t1 disabled, job failed on it will be run on another channel"), "{output}");
    assert!(!output.contains("RMAN-00569"));
    assert_eq!(mirror.facts().pieces.len(), mirror.facts().datafiles.len());
}

#[test]
fn a_fractured_block_fails_the_set_by_default() {
    let mirror = Production::new(Oracle::V19).split(ControlType::Backup, true, &[]);
    let (output, good) = mirror.rman("RUN { $T BACKUP TAG 'x' FORMAT 'x_%U' FILESPERSET 1 DATABASE; }\n");
    assert!(!good);
    assert!(output.contains("ORA-19566: exceeded limit of 0 corrupt blocks for file "), "{output}");
    assert!(mirror.facts().corruption.iter().any(|row| row.3 == "FRACTURED"));
    let on_tape = mirror.tape_files().len();
    assert_eq!(mirror.facts().pieces.len(), on_tape);
    assert!(on_tape < mirror.facts().datafiles.len());
}

#[test]
fn a_fractured_block_is_counted_under_the_quirk_or_maxcorrupt() {
    let mirror = Production::new(Oracle::V19).split(ControlType::Backup, true, &["rman-fractured-block=counts"]);
    mirror.offload("SM_1");
    let database = mirror.facts();
    let marked: u64 = database.backup_datafiles.iter().map(|row| row.marked_corrupt).sum();
    let listed: u64 = database.corruption.iter().map(|row| row.2).sum();
    assert!(marked > 0 && marked == listed, "{marked} {listed}");

    let mirror = Production::new(Oracle::V19).split(ControlType::Backup, true, &[]);
    let (output, good) = mirror.rman(
        "CONFIGURE CONTROLFILE AUTOBACKUP ON;\nRUN { $T SET MAXCORRUPT FOR DATAFILE 1,2,3,4,5,6 TO 1000; BACKUP TAG 'x' DATABASE; }\n",
    );
    assert!(good, "{output}");
}

#[test]
fn autobackup_off_on_a_backup_control_file() {
    let mirror = Production::new(Oracle::V11_2).split(ControlType::Backup, false, &[]);
    let (output, good) = mirror.rman("RUN { $T BACKUP TAG 'x' DATABASE; }\n");
    assert!(!good && output.contains("finished piece 1") && output.contains("ORA-00236: "), "{output}");
    assert!(!output.contains("RMAN-06497"));
    assert!(!mirror.facts().pieces.is_empty());
    let (output, good) = mirror.rman("RUN { $T BACKUP TAG 'x' TABLESPACE USERS; }\n");
    assert!(good, "without file 1 there is nothing to imply: {output}");

    let skipped = ["implicit-controlfile-on-backup-controlfile=skipped"];
    let mirror = Production::new(Oracle::V11_2).split(ControlType::Backup, false, &skipped);
    assert!(mirror.rman("RUN { $T BACKUP TAG 'x' DATABASE; }\n").1);
}

#[rstest]
#[case::skip("BACKUP DATABASE SKIP READONLY;", "RMAN-06131: ")]
#[case::current("BACKUP CURRENT CONTROLFILE;", "ORA-00236: ")]
#[case::plus("BACKUP DATABASE PLUS ARCHIVELOG;", "RMAN-03002: failure of backup plus archivelog command at ")]
#[case::section("BACKUP SECTION SIZE 64K DATABASE;", "RMAN-00600: ")]
#[case::level("BACKUP INCREMENTAL LEVEL 1 DATABASE;", "RMAN-00600: ")]
#[case::no_file("BACKUP DATAFILE 99;", "RMAN-20201: ")]
#[case::no_tablespace("BACKUP TABLESPACE NOPE;", "RMAN-20202: ")]
#[case::no_copy("BACKUP CONTROLFILECOPY '/no/such.ctl';", "ORA-19505: ")]
#[case::format("BACKUP FORMAT 'x_%Z' DATAFILE 1;", "ORA-19715: ")]
#[case::nothing_to_restore("RESTORE DATABASE VALIDATE;", "RMAN-06026: ")]
fn refusals_of_the_mirror(#[case] command: &str, #[case] line: &str) {
    let mirror = Production::new(Oracle::V19).split(ControlType::Backup, false, &[]);
    let (output, good) = mirror.rman(&format!("RUN {{ $T {command} }}\n"));
    assert!(!good, "{output}");
    assert!(output.lines().any(|l| l.starts_with(line)), "{line} missing:\n{output}");
    assert!(mirror.tape_files().is_empty(), "{:?}", mirror.tape_files());
}

#[test]
fn a_control_file_copy_is_backed_up_once_it_is_known() {
    let mirror = Production::new(Oracle::V19).split(ControlType::Backup, false, &[]);
    let copy = mirror.path("copy.ctl");
    mirror.inside.execute(&Command::BackupControlfile { to: copy.clone(), reuse: true }).unwrap();
    let backup = format!("RUN {{ $T BACKUP TAG 'x' CONTROLFILECOPY '{}'; }}\n", copy.display());
    let (output, good) = mirror.rman(&backup);
    assert!(!good && output.contains("RMAN-06090: "), "{output}");
    let catalog = format!("CATALOG CONTROLFILECOPY '{}';\n", copy.display());
    assert!(mirror.rman(&catalog).0.contains("cataloged control file copy"));
    assert!(mirror.rman(&backup).1);
}

#[test]
fn a_section_size_beyond_every_file_changes_nothing() {
    let mirror = Production::new(Oracle::V19).split(ControlType::Backup, false, &[]);
    let (output, good) =
        mirror.rman("CONFIGURE CONTROLFILE AUTOBACKUP ON;\nRUN { $T BACKUP SECTION SIZE 64G TAG 'x' DATABASE; }\n");
    assert!(good, "{output}");
}

#[test]
fn inherited_encryption_needs_to_be_switched_off() {
    let mut production = Production::new(Oracle::V19);
    production.execute(&Command::Configure { name: "ENCRYPTION FOR DATABASE".into(), value: "ON".into() });
    let mirror = production.split(ControlType::Backup, false, &[]);
    let backup = "CONFIGURE CONTROLFILE AUTOBACKUP ON;\nRUN { $T BACKUP TAG 'x' DATABASE; }\n";
    let (output, good) = mirror.rman(backup);
    assert!(!good && output.contains("ORA-19919: encrypted backups to tertiary storage"), "{output}");
    let (output, good) = mirror.rman("CONFIGURE ENCRYPTION FOR DATABASE OFF;\n");
    assert!(!good && output.contains("RMAN-05021: "), "{output}");
    assert!(mirror.rman(&format!("SET ENCRYPTION OFF;\n{backup}")).1);
}

#[test]
fn a_refusing_release_and_a_standby_control_file() {
    let mirror =
        Production::new(Oracle::V19).split(ControlType::Backup, false, &["backup-with-backup-controlfile=refused"]);
    let (output, good) = mirror.rman("RUN { $T BACKUP DATABASE; }\n");
    assert!(!good && output.contains("ORA-00236"), "{output}");

    let mirror = Production::new(Oracle::V19).split(ControlType::Standby, false, &[]);
    let (output, good) = mirror.rman("CONFIGURE CONTROLFILE AUTOBACKUP OFF;\nRUN { $T BACKUP TAG 'x' DATABASE; }\n");
    assert!(good && output.contains("including current control file in backup set"), "{output}");

    let mirror = Production::new(Oracle::V19).split(ControlType::Standby, false, &["rman-standby-hot-files=refused"]);
    assert!(!mirror.rman("RUN { $T BACKUP DATABASE; }\n").1);
}

#[test]
fn a_current_control_file_makes_an_autobackup() {
    let mut production = Production::new(Oracle::V19);
    production.work(5);
    let tape = production.dir.path().join("tape");
    std::fs::create_dir(&tape).unwrap();
    let site = ovmirror_lab::rman::target::Site {
        oracle: Oracle::V19,
        quirks: ovmirror_lab::quirk::Quirks::default(),
        faults: production.dir.path().join("faults"),
        home: production.dir.path().join("home"),
        sid: "orcl".into(),
    };
    let text = format!(
        "CONNECT TARGET /\nRUN {{ ALLOCATE CHANNEL c1 DEVICE TYPE sbt PARMS='SBT_LIBRARY=oracle.disksbt,ENV=(BACKUP_DIR={})';\nBACKUP DATABASE PLUS ARCHIVELOG; }}\n",
        tape.display()
    );
    let (output, good) = site::run_rman(&production.inside(), &site, &text);
    assert!(good, "{output}");
    assert!(
        output.contains("current log archived") && output.contains("Starting Control File and SPFILE Autobackup at ")
    );
    let line = output.lines().find(|line| line.starts_with("piece handle=c-")).unwrap();
    assert!(line.ends_with("-00 comment=API Version 2.0,MMS Version 8.1.3.0") && !line.contains(" tag="), "{line}");
    assert!(output.contains("connected to target database: ORCL (DBID=") && !output.contains("not open"));
}

#[test]
fn a_handle_that_is_on_the_tape_is_refused() {
    let mirror = Production::new(Oracle::V19).split(ControlType::Backup, false, &[]);
    let backup = "RUN { $T BACKUP FORMAT 'same' TAG 'x' DATAFILE 4; }\n";
    assert!(mirror.rman(backup).1);
    let before = std::fs::read(mirror.tape.join("same")).unwrap();
    let (output, good) = mirror.rman(backup);
    assert!(!good && output.contains("ORA-27028") && output.contains("already exists"), "{output}");
    assert_eq!(std::fs::read(mirror.tape.join("same")).unwrap(), before);
}

#[test]
fn validation_reads_the_pieces() {
    let mirror = Production::new(Oracle::V19).split(ControlType::Backup, false, &[]);
    mirror.offload("SM_1");
    let validate = "RUN { $T RESTORE DATABASE VALIDATE FROM TAG 'sm_1'; RESTORE ARCHIVELOG ALL VALIDATE; }\n";
    let (output, good) = mirror.rman(validate);
    assert!(good && output.contains("validation complete, elapsed time: "), "{output}");
    let (output, good) = mirror.rman("RUN { $T RESTORE DATABASE VALIDATE FROM TAG 'OTHER'; }\n");
    assert!(!good && output.contains("RMAN-06023: no backup or copy of datafile 1 found to restore"), "{output}");
    let handle = mirror.facts().pieces.iter().find(|piece| piece.backup_type == 'D').unwrap().handle.clone();
    let path = mirror.tape.join(&handle);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let (output, good) = mirror.rman(validate);
    assert!(!good && output.contains("ORA-19870: ") && output.contains("ORA-19599: block number "), "{output}");
    assert!(mirror.rman("RUN { $T RESTORE DATABASE VALIDATE HEADER; }\n").1, "the header is whole");
    std::fs::remove_file(&path).unwrap();
    let (output, good) = mirror.rman("RUN { $T RESTORE DATABASE VALIDATE HEADER; }\n");
    assert!(!good && output.contains("ORA-27029"), "{output}");
    assert!(mirror.rman("RUN { $T CROSSCHECK BACKUP; }\n").0.contains("found to be 'EXPIRED'"));
}

#[test]
fn catalog_looks_into_headers() {
    let mirror = Production::new(Oracle::V19).split(ControlType::Backup, false, &[]);
    let other = Production::new(Oracle::V19).split(ControlType::Backup, false, &[]);
    let logs = mirror.path("logs");
    let foreign = std::fs::read_dir(other.path("logs")).unwrap().next().unwrap().unwrap().path();
    std::fs::copy(&foreign, logs.join("foreign.arc")).unwrap();
    std::fs::write(logs.join("junk"), "x").unwrap();
    let (output, good) = mirror.rman(&format!("CATALOG START WITH '{}/' NOPROMPT;\n", logs.display()));
    assert!(good, "{output}");
    assert!(
        output.contains("List of Cataloged Files")
            && output.contains("RMAN-07517: ")
            && output.contains("RMAN-07518: "),
        "{output}"
    );
    let known = mirror.facts().archived;
    let ours: Vec<_> =
        known.iter().filter(|log| log.name.as_ref().is_some_and(|name| name.starts_with(&logs))).collect();
    assert_eq!(ours.len(), std::fs::read_dir(&logs).unwrap().count() - 2);
    let (output, _) = mirror.rman(&format!("RUN {{ $T BACKUP ARCHIVELOG LIKE '{}/nothing%'; }}\n", logs.display()));
    assert!(output.contains("specification does not match any archived log in the repository"), "{output}");
}

#[test]
fn faults_on_purpose() {
    use ovmirror_lab::fault::{Action, Fault, edit};
    let mirror = Production::new(Oracle::V19).split(ControlType::Backup, false, &[]);
    let fault = |id, place: &str, matches: &str, action| Fault {
        id,
        place: place.into(),
        matches: matches.into(),
        nth: 1,
        seen: 0,
        action,
    };
    edit(&mirror.site.faults, |faults| {
        faults.push(fault(1, "rman", "LIST INCARNATION", Action::Fail("RMAN-06900: on purpose".into())));
        faults.push(fault(2, "sbt", "sbtbackup", Action::Fail("robot is on strike".into())));
    })
    .unwrap();
    let (output, good) = mirror.rman("LIST INCARNATION;\n");
    assert!(!good && output.contains("RMAN-06900: on purpose"), "{output}");
    assert!(mirror.rman("LIST INCARNATION;\n").1, "a fault strikes once");
    let (output, good) = mirror.rman("RUN { $T BACKUP TAG 'x' DATAFILE 4; }\n");
    assert!(!good && output.contains("   robot is on strike"), "{output}");
    assert!(mirror.rman("RUN { $T BACKUP TAG 'x' DATAFILE 4; }\n").1);
}

/// The same words through the daemon's socket: sessions, client info, long operations and the job's row come from there.
#[test]
fn through_the_daemon() {
    use ovmirror_lab::{
        context::{HostContext, Mode},
        db::server::{Boot, Identify, Role, client::Client, serve},
        db::session::Nls,
        db::sql::Binds,
        rman::{DateFormat, Output, Session, Source, target::Daemon},
    };
    use std::sync::{Arc, mpsc};
    let folder = tempfile::tempdir().unwrap();
    let mirror = Production::new(Oracle::V19).split(ControlType::Backup, false, &[]);
    let host = HostContext {
        name: "bckvm".into(),
        mode: Mode::Prefix,
        oracle: Oracle::V19,
        quirks: mirror.site.quirks.clone(),
        faults: mirror.site.faults.clone(),
        private: folder.path().to_owned(),
    };
    let home = mirror.site.home.display().to_string();
    let boot = Boot {
        sid: "orcl".into(),
        home: home.clone(),
        host: "bckvm".into(),
        pfile: "none".into(),
        spfile: false,
        oracle: Oracle::V19,
        faults: mirror.site.faults.clone(),
        private: folder.path().to_owned(),
        quirks: serde_json::Value::Null,
    };
    let (ready, wait) = mpsc::channel();
    let instance = Box::new(site::Shared(mirror.inside.clone()));
    std::thread::spawn(move || serve(instance, boot, move || ready.send(()).unwrap()));
    wait.recv().unwrap();
    let door =
        Daemon { host, home, sid: "orcl".into(), nls: Nls::default(), role: Role::Sysbackup, program: "rman".into() };
    let log = mirror.path("out.log");
    let out = Arc::new(Output::new(Box::new(std::fs::File::create(&log).unwrap())));
    let mut session = Session::new(mirror.site.clone(), out, DateFormat::new(None), Arc::new(door));
    let text = format!(
        "CONNECT TARGET \"/ AS SYSBACKUP\"\nCONFIGURE CONTROLFILE AUTOBACKUP ON;\nRUN {{ {} SET COMMAND ID TO 'sm:7'; BACKUP TAG 'x' DATABASE; }}\n",
        mirror.channel("t1", "")
    );
    session.run_all(&mut text.as_bytes(), Source::File, "x");
    let output = std::fs::read_to_string(log).unwrap();
    assert!(!session.failed(), "{output}");
    assert!(output.contains("piece handle=") && output.contains(", not open)"), "{output}");
    session.close();
    assert!(!mirror.tape_files().is_empty());
    let who = Identify {
        program: "sqlplus@bckvm (TNS V1-V3)".into(),
        role: Role::Sysdba,
        client_info: String::new(),
        pid: std::process::id(),
        nls: Nls::default(),
    };
    let mut client = Client::connect(folder.path(), &mirror.site.home.display().to_string(), "orcl", who).unwrap();
    let mut ask = |text: &str| format!("{:?}", client.sql(text, &Binds::default()).unwrap());
    let job = ask("SELECT command_id, status, input_type, output_device_type FROM v$rman_backup_job_details");
    assert!(["COMPLETED", "DB FULL", "SBT_TAPE"].iter().all(|word| job.contains(word)), "{job}");
    let long = ask("SELECT opname, sofar, totalwork FROM v$session_longops");
    assert!(long.contains("RMAN: full datafile backup"), "{long}");
    assert!(ask("SELECT handle FROM v$backup_piece").contains(&mirror.tape_files()[0]));
}
