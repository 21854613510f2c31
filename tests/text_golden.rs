//! Every template rendered with two contexts, beside what it is meant to be: a reviewer reads RMAN and shell, not Rust.
//!
//! `UPDATE_GOLDEN=1 cargo test --release --workspace text_golden` writes the files anew.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "text_golden/runbook.rs"]
mod runbook;

use ovmirror::{
    model::Scn,
    text::{Template, check as site_check, pfile, render, report, rman, sh, sqlplus, sudoers, template::TEMPLATES},
};
use std::{collections::BTreeSet, fs, path::PathBuf};

const RUN: &str = "ORCL-20261121T204512-4f2a";
const TAG: &str = "SM_20261121204512_4F2A_1";

fn golden(case: &str, name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.{case}.txt"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(kept, text, "{} differs", path.display());
}

fn check<T: Template>(case: &str, context: &T) {
    golden(case, T::NAME.trim_end_matches(".tera"), &render(context).unwrap());
}

fn env() -> sh::OracleEnv {
    sh::OracleEnv { home: "/u01/app/oracle/product/19.0.0/dbhome_1".into(), sid: "ORCL".into(), tz: None }
}

fn sbt() -> (rman::Sbt, rman::Sbt) {
    let test = rman::Sbt::new(2, "oracle.disksbt", [("BACKUP_DIR".to_owned(), "/tape".to_owned())]);
    let plain = rman::Sbt::new(1, "/usr/openv/netbackup/bin/libobk.so64", []);
    (test, plain)
}

#[test]
fn text_golden_rman() {
    let (test, plain) = sbt();
    let role = "SYSBACKUP";
    let logs = "/home/oracle/.ovmirror/x/logs";
    let full = rman::Backup {
        role,
        sbt: &test,
        run: RUN,
        tag: TAG,
        autobackup: true,
        check_logical: true,
        datafiles: &[],
        logs,
    };
    check("full", &full);
    let part = rman::Backup {
        role: "SYSDBA",
        sbt: &plain,
        autobackup: false,
        check_logical: false,
        datafiles: &[1, 3],
        logs: "",
        ..full
    };
    check("part", &part);
    let handle = "ovm_1234567890_ORCL-20261121T204512-4f2a_cf_1";
    check("test", &rman::Controlfile { role, sbt: &test, handle, tag: TAG, path: "/home/oracle/cf.ctl" });
    check("plain", &rman::Controlfile { role: "SYSDBA", sbt: &plain, handle, tag: TAG, path: "/home/oracle/cf.ctl" });
    check("whole", &rman::Validate { role, sbt: &test, tag: TAG, datafiles: &[] });
    check("part", &rman::Validate { role, sbt: &plain, tag: TAG, datafiles: &[4] });
    let channels = ["d1".to_owned(), "d2".to_owned()];
    check("two", &rman::ValidateBlocks { role, channels: &channels, datafiles: &[1, 2, 3] });
    check("one", &rman::ValidateBlocks { role: "SYSDBA", channels: &channels[..1], datafiles: &[7] });
    check("known", &rman::ValidateLog { role, path: "/u03/arch/ORCL/1_123_1250454832.dbf" });
    check("sysdba", &rman::ValidateLog { role: "SYSDBA", path: "/u03/arch/o1_mf_1_2_h.arc" });
    let path = "/home/oracle/.ovmirror/x/clone.ctl";
    check("test", &rman::RestoreControlfile { role, sbt: &test, dbid: 1_234_567_890, handle, path });
    check("plain", &rman::RestoreControlfile { role: "SYSDBA", sbt: &plain, dbid: 1, handle, path });
    let file = |number| rman::NewName { number, path: format!("/u02/oradata/ORCL/ovm_datafile_{number}") };
    let range = rman::LogRange { thread: 1, from: 17, until: 19 };
    let all = rman::Restore { role, sbt: &test, tag: TAG, files: &[file(1), file(3)], logs: &[range], logs_to: logs };
    check("with_logs", &all);
    check("one", &rman::Restore { role: "SYSDBA", sbt: &plain, files: &[file(4)], logs: &[], ..all });
}

#[test]
fn text_golden_sqlplus() {
    check("sysbackup", &sqlplus::Prologue { role: "SYSBACKUP", marker: "ovm-1a2b".into() });
    check("sysdba", &sqlplus::Prologue { role: "SYSDBA", marker: "ovm-ff".into() });
    let body = render(&sqlplus::StartupMount { pfile: "/home/oracle/.ovmirror/x/pfile.ora" }).unwrap();
    check("startup", &sqlplus::Script { role: "SYSDBA", marker: "ovm-1a2b", body: &body });
    check("shutdown", &sqlplus::Script { role: "SYSDBA", marker: "ovm-1a2b", body: "SHUTDOWN ABORT\n" });
    let columns = ["FILE#".to_owned(), "NAME".to_owned()];
    check("two", &sqlplus::Joined { separator: "|~|", columns: &columns, query: "(the query)" });
    check("one", &sqlplus::Joined { separator: "|~|", columns: &columns[..1], query: "(the query)" });
    let query = "select count(*) as ok from t";
    let csv = sqlplus::CheckQuery { marker: "ovm-rows", separator: "|~|", columns: &[], query };
    check("csv", &csv);
    check("separated", &sqlplus::CheckQuery { columns: &columns[..1], ..csv });
    check("pfile", &sqlplus::StartupMount { pfile: "/home/oracle/.ovmirror/x/pfile.ora" });
    check("spfile", &sqlplus::StartupMount { pfile: "" });
    check("pfile", &sqlplus::StartupNomount { pfile: "/home/oracle/.ovmirror/x/pfile.ora" });
    check("other", &sqlplus::StartupNomount { pfile: "/home/oracle/.ovmirror/y/pfile.ora" });
    check("only", &sqlplus::ShutdownAbort {});
    check("only", &sqlplus::ShutdownImmediate {});
    let backup = sqlplus::Recover {
        automatic: true,
        logs: "/home/oracle/.ovmirror/x/logs",
        standby: false,
        until_change: Some(Scn::new(9_007_199_254_740_993)),
        until_time: "",
        backup_controlfile: true,
    };
    check("backup", &backup);
    let standby = sqlplus::Recover { standby: true, backup_controlfile: false, ..backup };
    check("standby", &standby);
    let complete = sqlplus::Recover { logs: "", standby: false, until_change: None, until_time: "", ..backup };
    let complete = sqlplus::Recover { backup_controlfile: false, ..complete };
    check("complete", &complete);
    check("asking", &sqlplus::Recover { automatic: false, backup_controlfile: true, ..complete });
    check("time", &sqlplus::Recover { until_time: "2026-11-21:20:45:12", ..complete });
    let recover = "RECOVER AUTOMATIC DATABASE USING BACKUP CONTROLFILE";
    check("nothing", &sqlplus::RecoverOffer { recover, log: "" });
    check("member", &sqlplus::RecoverOffer { recover, log: "/u03/oradata/ORCL/redo01.log" });
    check("tablespace", &sqlplus::RecoverPart { tablespace: "USERS", datafiles: &[] });
    check("datafiles", &sqlplus::RecoverPart { tablespace: "", datafiles: &[4, 7] });
    let rename = |n: u8| sqlplus::Rename { old: format!("/u02/f{n}.dbf"), new: format!("/ovmirror/u02/f{n}.dbf") };
    check("two", &sqlplus::RenameFiles { names: &[rename(1), rename(2)] });
    check("none", &sqlplus::RenameFiles { names: &[] });
}

#[test]
fn text_golden_pfile() {
    let plain = pfile::Clone {
        run: RUN,
        db_name: "ORCL",
        db_unique_name: "ORCL_SM1",
        control_file: "/home/oracle/.ovmirror/x/cf1.ctl",
        compatible: "19.0.0",
        db_block_size: 8192,
        container: false,
        sga_mib: 1536,
        pga_mib: 512,
        archive_dest: "/home/oracle/.ovmirror/x/arch",
        log_archive_format: "%t_%s_%r.dbf",
        audit_dest: "/home/oracle/.ovmirror/x/adump",
        diagnostic_dest: "/home/oracle/.ovmirror/x",
        wallet_root: "",
        tde_configuration: "",
    };
    check("plain", &plain);
    let keystore = pfile::Clone {
        container: true,
        wallet_root: "/etc/oracle/wallet",
        tde_configuration: "KEYSTORE_CONFIGURATION=FILE",
        ..plain.clone()
    };
    check("keystore", &keystore);
    let undo = pfile::Drill { clone: plain.clone(), undo_management: "AUTO", undo_tablespace: "UNDOTBS1" };
    check("undo", &undo);
    check("keystore", &pfile::Drill { clone: keystore, undo_management: "", undo_tablespace: "" });
}

fn drill() -> report::Drill {
    let text = |text: &str| text.to_owned();
    let query = site_check::parse("files.sql", "SELECT 1 AS ok, name FROM t WHERE a < 2").unwrap();
    let rows = vec![vec![text("1"), text("<script>alert(\"x\" & 'y')</script>")]];
    report::Drill {
        schema: 1,
        simulated: true,
        run: text("ORCL-20261122T020000-1a2b"),
        at: text("2026-11-22T02:03:04+00:00"),
        passed: true,
        findings: vec![],
        database: text("ORCL"),
        dbid: 1_234_567_890,
        resetlogs_change: Scn::new(1),
        snapshot: text(RUN),
        snapshot_ended_at: text("2026-11-21T20:45:14+00:00"),
        begin_scn: Scn::new(9_007_199_254_740_993),
        end_scn: Scn::new(9_007_199_254_740_999),
        target: text("end"),
        recovered_through: Some(Scn::new(9_007_199_254_740_999)),
        media: text("bckvm"),
        open: report::Open {
            how: Some(text("readonly")),
            mode: Some(text("READ ONLY")),
            not: vec![report::NotOpened { how: text("resetlogs"), why: text("not needed: readonly did") }],
        },
        phases: vec![report::Phase { name: text("recovered"), ms: 1234 }],
        blocks: 1024,
        files: vec![report::FileBlocks { file: 1, name: text("/u02/system01.dbf"), blocks: 1024, good: true }],
        corruption: vec![],
        checks: vec![report::Checked {
            check: query,
            passed: true,
            why: String::new(),
            columns: vec![text("OK"), text("NAME")],
            rows,
            row_count: 1,
        }],
    }
}

#[test]
fn text_golden_report() {
    let passed = drill();
    check("passed", &passed);
    let mut failed = report::Drill { passed: false, simulated: false, recovered_through: None, ..passed };
    failed.findings = vec!["blocks are damaged: datafile 1, 1 from block 100 on: CHECKSUM".to_owned()];
    failed.corruption = vec!["datafile 1, 1 from block 100 on: CHECKSUM".to_owned()];
    failed.open = report::Open::default();
    failed.files[0].good = false;
    failed.checks[0].passed = false;
    failed.checks[0].why = "OK is not 1".to_owned();
    check("failed", &failed);
}

/// What a database answers is text on the page, never a part of it.
#[test]
fn text_golden_report_is_escaped() {
    let page = render(&drill()).unwrap();
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"), "{page}");
}

#[test]
fn text_golden_runbook() {
    check("small", &runbook::small(&[]));
    check("large", &runbook::large(&["/u02".to_owned()]));
}

#[test]
fn text_golden_sudoers() {
    check("two", &sudoers::Programs { programs: &["mount", "umount"] });
    check("one", &sudoers::Programs { programs: &["fsfreeze"] });
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let right = |what: &str, commands: &[&str]| sudoers::Right {
        what: what.to_owned(),
        pattern: commands[0].contains('['),
        commands: commands.iter().map(|command| words(command)).collect(),
    };
    let mount = right(
        "ORCL: backup",
        &["/bin/mount -o rw,nouuid,logdev=/dev/xvdv -t xfs /dev/xvdu /u02", "/sbin/tune2fs -L  /dev/xvdu"],
    );
    let extract =
        right("ORCL: extract; each [...] is one digit", &["/bin/umount /home/oracle/.ovmirror/ORCL-[0-9]T/at"]);
    check("both", &sudoers::Sudoers { host: "slot021", user: "oracle", rights: &[mount, extract] });
    check("none", &sudoers::Sudoers { host: "bckvm", user: "grid", rights: &[] });
}

#[test]
fn text_golden_sh() {
    let env = env();
    let points = ["/u02".to_owned(), "/u03".to_owned()];
    check("home", &sh::Sqlplus { env: &env });
    check("end", &sh::EndFar { pid: 4711, start: 123_456 });
    check("db", &sh::Home { env: &env });
    check(
        "other",
        &sh::Sqlplus {
            env: &sh::OracleEnv { home: "/opt/11g".into(), sid: "sales1".into(), tz: Some("Europe/Zurich".into()) },
        },
    );
    check("home", &sh::Rman { env: &env });
    check("zone", &sh::Rman { env: &sh::OracleEnv { tz: Some(String::new()), ..env.clone() } });
    check("run", &sh::FolderMake { run: RUN });
    check("run", &sh::FolderRemove { run: RUN });
    check("short", &sh::Sync { run: RUN, seconds: 30 });
    let marker = "/home/oracle/.ovmirror/x/frozen";
    let become_words = ["sudo".to_owned(), "-n".to_owned()];
    check("two", &sh::Flush { points: &points, marker, become_words: &become_words });
    check("sync", &sh::Flush { points: &[], marker, become_words: &[] });
    check("two", &sh::Thaw { points: &points, become_words: &become_words });
    check("one", &sh::Thaw { points: &points[..1], become_words: &[] });
    let restored = |n: u8| sh::Restored { from: format!("/u02/ovm_datafile_{n}"), to: format!("/u02/users 0{n}.dbf") };
    check("two", &sh::PlaceRestored { files: &[restored(1), restored(2)] });
    check("none", &sh::PlaceRestored { files: &[] });
    check("all", &sh::Fstab {});
    check("run", &sh::GuardProbe { run: RUN });
    check("run", &sh::GuardDisarm { run: RUN, seconds: 60 });
    check("first", &sh::FarPoll { run: RUN, job: "backup-1", from: 1 });
    check("later", &sh::FarPoll { run: RUN, job: "backup-1", from: 4097 });
    check("run", &sh::FarStop { run: RUN, job: "backup-1", seconds: 30 });
    check("all", &sh::Facts {});
    check("all", &sh::Volumes {});
    check("two", &sh::Places { paths: &points });
    check("none", &sh::Places { paths: &[] });
    let units = [sh::Mounted { target: "/u02".into(), source: "/dev/xvdc".into() }];
    check("one", &sh::Rebuild { units: &units });
    check("none", &sh::Rebuild { units: &[] });
    check("come", &sh::DeviceWait { device: "xvdc", present: true, seconds: 60 });
    check("go", &sh::DeviceWait { device: "xvdaa", present: false, seconds: 60 });
    check("run", &sh::Holders { point: "/u02" });
    check("run", &sh::DeviceFree { device: "xvdc" });
    check("some", &sh::FileTree { path: "/mnt/x/oradata", most: 100 });
    check("one", &sh::FileTree { path: "/mnt/x/a b.dbf", most: 1 });
    let part = "/u03/back/.ovm.ORCL-20261121T204512-4f2a";
    let out = sh::CopyOut { from: "/mnt/x/oradata/a.dbf", to: "/u03/back", goal: "/u03/back/a.dbf", part };
    check("file", &out);
    check("blank", &sh::CopyOut { from: "/mnt/x/a b", goal: "/u03/back/a b", ..out });
    check("plain", &sh::Landing { dir: "/mnt/x" });
    check("blank", &sh::Landing { dir: "/mnt/a b" });
    check("all", &sh::Fstab {});
    check("run", &sh::LogTail { path: "/u01/diag/alert_ORCL.log", lines: 50 });
}

#[test]
fn text_golden_recovery() {
    let folder = format!("/home/oracle/kept/{RUN}");
    let file = |from: &str, name: &str| sh::KeptFile { from: from.into(), name: name.into() };
    let files = [file("/u03/control01.ctl", "control1"), file("/u03/redo01.log", "redo1")];
    check("two", &sh::Keep { folder: &folder, files: &files });
    check("one", &sh::Keep { folder: &folder, files: &files[..1] });
    check("two", &sh::KeptCompare { folder: &folder, files: &files });
    check("two", &sh::KeptRestore { folder: &folder, files: &files });
    check("run", &sh::KeptRemove { folder: &folder, run: RUN });
    let places = ["/u03/oradata/ORCL/control01.ctl".to_owned(), "/u04/oradata/ORCL/control02.ctl".to_owned()];
    let copy = format!("{folder}/put/snapshot.ctl");
    check("two", &sh::PutControl { copy: &copy, places: &places });
    check("one", &sh::PutControl { copy: &copy, places: &places[..1] });
    let logs = ["/u03/arch/1_7_9.dbf".to_owned(), "/u03/arch/1_8_9.dbf".to_owned()];
    check("two", &sh::MoveAside { folder: &folder, files: &logs });
    check("two", &sh::LogHeads { paths: &logs });
    check("none", &sh::LogHeads { paths: &[] });
    check("two", &sh::OtherFiles { points: &["/u02".into(), "/u04".into()], most: 1000 });
    let copy = |name: &str| sh::CopyOne {
        from: format!("/home/oracle/.ovmirror/{RUN}/copy-xvdc/oradata/{name}"),
        to: format!("/u02/oradata/{name}"),
        part: format!("/u02/oradata/{name}.ovm-{RUN}.part"),
    };
    check("two", &sh::CopyFiles { files: &[copy("system01.dbf"), copy("my users.dbf")] });
    check("one", &sh::CopyFiles { files: &[copy("system01.dbf")] });
    check("moment", &sh::LocalTime { env: &env(), epoch: 1_795_798_649 });
    check("all", &sh::Guards {});
    check(
        "all",
        &sh::Marks {
            kept: &["/u03/my kept".to_owned()],
            points: &["/u02".to_owned(), "/u03".to_owned()],
            folders: &["/u02/oradata/my data".to_owned()],
            depth: 3,
        },
    );
    check("home", &sh::Marks { kept: &[], points: &[], folders: &[], depth: 0 });
}

#[test]
fn text_golden_far_and_guard() {
    let env = env();
    let text = "CONNECT TARGET /;\nEXIT;\n";
    check("rman", &sh::FarStart { run: RUN, job: "backup-1", env: &env, program: "rman", text });
    check("sqlplus", &sh::FarStart { run: RUN, job: "roll-1", env: &env, program: "sqlplus", text: "EXIT" });
    check("sh", &sh::FarStart { run: RUN, job: "copy-xvdc-1", env: &env, program: "sh", text: "echo copied" });
    let words = ["sudo".to_owned(), "-n".to_owned()];
    let points = ["/u02".to_owned()];
    let frozen = sh::GuardArm {
        run: RUN,
        database: "ORCL",
        dbid: 1_234_567_890,
        env: &env,
        role: "SYSBACKUP",
        seconds: 180,
        looks: 600,
        thaw: &points,
        thaw_seconds: 30,
        become_words: &words,
        before: sh::before_list(&[4, 11]),
        floor: Scn::new(9_007_199_254_740_993),
    };
    check("frozen", &frozen);
    let before = sh::before_list(&[]);
    check("plain", &sh::GuardArm { thaw: &[], become_words: &[], role: "SYSDBA", before, ..frozen });
}

/// Parts are seen in what includes them; every other template has two cases where it has anything to vary.
#[test]
fn text_golden_is_complete() {
    const PARTS: &[&str] = &[
        "pfile/instance",
        "rman/channels",
        "rman/release",
        "sh/bounded",
        "sh/far_state",
        "sh/guard_body",
        "sh/guard_report",
        "sh/guard_state",
        "sh/oracle_env",
        "sh/run_dir",
        "sh/tell_pid",
        "sqlplus/guard_end",
        "sqlplus/guard_look",
        "sqlplus/settings",
        "sqlplus/spool_on",
    ];
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut golden = BTreeSet::new();
    for folder in ["report", "rman", "sqlplus", "sh", "pfile"] {
        for file in fs::read_dir(root.join(folder)).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            golden.insert(format!("{folder}/{}", name.split('.').next().unwrap()));
        }
    }
    for (name, _) in TEMPLATES {
        let name = name.split('.').next().unwrap();
        assert!(golden.contains(name) != PARTS.contains(&name), "{name} has no golden file, or is listed as a part");
    }
}
