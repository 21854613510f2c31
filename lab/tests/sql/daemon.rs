//! Sessions with the daemon.

use crate::fake::Host;
use ovmirror_lab::context::Oracle;
use ovmirror_lab::db::api::{Command, NewName, Offline, Status};
use ovmirror_lab::db::server::client::{Client, ConnectError};
use ovmirror_lab::db::server::{Answer, Identify, Role, Shutdown};
use ovmirror_lab::db::session::Nls;
use ovmirror_lab::db::sql::Binds;
use ovmirror_lab::fault::{self, Action, Fault};

fn connect(host: &Host) -> Client {
    let who = Identify {
        program: "rman@slot021 (TNS V1-V3)".into(),
        role: Role::Sysdba,
        client_info: "sm:1".into(),
        pid: std::process::id(),
        nls: Nls::default(),
    };
    Client::connect(&host.context.private, &host.home().to_string_lossy(), "ORCL", who).unwrap()
}

fn cell(client: &mut Client, text: &str) -> String {
    match client.sql(text, &Binds::new()) {
        Ok(Answer::Rows(rows)) => rows.rows[0][0].clone().unwrap_or_default(),
        other => panic!("{text}: {other:?}"),
    }
}

fn code(client: &mut Client, text: &str) -> u32 {
    client.sql(text, &Binds::new()).expect_err(text).error.lines[0].0
}

#[test]
fn sessions_longops_and_facts() {
    let host = Host::open(Oracle::V19);
    let mut client = connect(&host);
    assert_eq!(cell(&mut client, "select client_info from v$session where program like 'rman%'"), "sm:1");
    client.longops("RMAN: full datafile backup", 1, 5, 10).unwrap();
    client.longops("RMAN: full datafile backup", 1, 7, 10).unwrap();
    assert_eq!(cell(&mut client, "select sofar from v$session_longops"), "7");
    assert_eq!(client.facts().unwrap().status, Status::Open);
    client.command(&Command::SwitchLogfile).unwrap();
    assert!(host.log.lock().unwrap().contains(&Command::SwitchLogfile));
}

#[test]
fn a_killed_session_learns_it() {
    let host = Host::open(Oracle::V19);
    let (mut a, mut b) = (connect(&host), connect(&host));
    let kill = format!("alter system kill session '{},{}' immediate", b.sid, b.serial);
    a.sql(&kill, &Binds::new()).unwrap();
    assert_eq!(code(&mut b, "select 1 from dual"), 28);
    assert_eq!(code(&mut a, "alter system kill session '999,1'"), 30);
}

#[test]
fn abort_cuts_the_others_and_frees_the_name() {
    let host = Host::open(Oracle::V19);
    let (a, mut b) = (connect(&host), connect(&host));
    assert!(a.shutdown(Shutdown::Abort).is_ok());
    assert_eq!(code(&mut b, "select 1 from dual"), 3113);
    let who =
        Identify { program: "x".into(), role: Role::Sysdba, client_info: String::new(), pid: 1, nls: Nls::default() };
    let again = Client::connect(&host.context.private, &host.home().to_string_lossy(), "ORCL", who);
    assert!(matches!(again, Err(ConnectError::Idle)));
}

#[test]
fn the_name_of_the_home_is_taken_as_written() {
    let host = Host::open(Oracle::V19);
    let who =
        Identify { program: "x".into(), role: Role::Sysdba, client_info: String::new(), pid: 1, nls: Nls::default() };
    let other = format!("{}/", host.home().display());
    assert!(matches!(Client::connect(&host.context.private, &other, "ORCL", who), Err(ConnectError::Idle)));
}

fn plan(host: &Host, matches: &str, action: Action) {
    let fault = Fault { id: 1, place: "sql".into(), matches: matches.into(), nth: 1, seen: 0, action };
    fault::edit(&host.context.faults, |all| all.push(fault)).unwrap();
}

#[test]
fn faults_hit_statements() {
    let host = Host::open(Oracle::V19);
    plan(&host, "begin backup", Action::CutAfter);
    plan(&host, "end backup", Action::Fail("ORA-01110: data file 1".into()));
    let mut client = connect(&host);
    assert_eq!(code(&mut client, "alter database begin backup"), 3113);
    assert!(host.log.lock().unwrap().contains(&Command::BeginBackup { tablespace: None }));
    let mut client = connect(&host);
    assert_eq!(code(&mut client, "alter database end backup"), 1110);
    assert!(!host.log.lock().unwrap().contains(&Command::EndBackup { tablespace: None }));
}

#[test]
fn sabotage_shows_backup_mode_that_the_engine_never_enters() {
    let mut host = Host::new(Oracle::V19);
    host.context.quirks = serde_json::from_str("{\"begin-backup-sabotage\":\"yes\"}").unwrap();
    host.silent("startup\n");
    let mut client = connect(&host);
    client.sql("alter database begin backup", &Binds::new()).unwrap();
    assert_eq!(cell(&mut client, "select count(*) from v$backup where status='ACTIVE'"), "2");
    assert_eq!(cell(&mut client, "select count(*) from v$backup where change# = 15000000000123"), "2");
    client.sql("alter database end backup", &Binds::new()).unwrap();
    assert_eq!(cell(&mut client, "select count(*) from v$backup where status='ACTIVE'"), "0");
    assert_eq!(code(&mut client, "alter database end backup"), 1142);
    let log = host.log.lock().unwrap();
    assert!(!log.iter().any(|c| matches!(c, Command::BeginBackup { .. } | Command::EndBackup { .. })));
}

#[test]
fn statements_become_commands() {
    let host = Host::open(Oracle::V19);
    let mut client = connect(&host);
    for text in [
        "alter database backup controlfile to '/tmp/cf.bin' reuse",
        "ALTER DATABASE ORCL CREATE STANDBY CONTROLFILE AS '/tmp/sb.ctl'",
        "alter database rename file '/a', '/b' to '/c', '/d'",
        "alter database datafile '/u02/oradata/ORCL/users01.dbf' offline",
        "alter tablespace users begin backup",
        "alter system archive log current",
        "create tablespace t2 datafile '/x.dbf' size 10M",
        "create tablespace t3 datafile size 10M",
        "alter database create datafile '/u02/oradata/ORCL/users01.dbf' as '/new.dbf' size 5M reuse",
        "alter database create datafile 7, 8 as new, '/eight.dbf'",
        "alter database create datafile 9",
        "alter database datafile 2 offline for drop",
        "alter tablespace users offline immediate",
    ] {
        client.sql(text, &Binds::new()).unwrap_or_else(|e| panic!("{text}: {}", e.error));
    }
    let log = host.log.lock().unwrap().clone();
    let tail = &log[log.len() - 15..];
    assert_eq!(tail[0], Command::BackupControlfile { to: "/tmp/cf.bin".into(), reuse: true });
    assert_eq!(tail[3], Command::RenameFile { from: "/b".into(), to: "/d".into() });
    assert_eq!(tail[4], Command::DatafileOnline { file: 2, online: false });
    assert_eq!(tail[5], Command::BeginBackup { tablespace: Some("USERS".into()) });
    assert_eq!(tail[7], Command::CreateTablespace { name: "T2".into(), file: Some("/x.dbf".into()), bytes: 10 << 20 });
    assert_eq!(tail[8], Command::CreateTablespace { name: "T3".into(), file: None, bytes: 10 << 20 });
    let made = |from: &str, to| Command::CreateDatafile { from: from.into(), to };
    assert_eq!(tail[9], made("/u02/oradata/ORCL/users01.dbf", NewName::As("/new.dbf".into())));
    assert_eq!(
        tail[10..13],
        [made("7", NewName::Managed), made("8", NewName::As("/eight.dbf".into())), made("9", NewName::Same)]
    );
    assert_eq!(tail[13], Command::DatafileForDrop { file: 2 });
    assert_eq!(tail[14], Command::TablespaceOffline { tablespace: "USERS".into(), how: Offline::Immediate });
}

#[test]
fn an_scn_has_a_time_to_three_seconds() {
    let host = Host::open(Oracle::V19);
    let mut client = connect(&host);
    let back = "select timestamp_to_scn(scn_to_timestamp(15000000000057)) from dual";
    assert_eq!(cell(&mut client, back), "15000000000050", "the note before it");
    assert_eq!(code(&mut client, "select scn_to_timestamp(14999999999999) from dual"), 8181);
    assert_eq!(code(&mut client, "select scn_to_timestamp(99999999999999) from dual"), 8181);
    assert_eq!(code(&mut client, "select timestamp_to_scn(systimestamp + 1) from dual"), 8180);
    assert_eq!(code(&mut client, "select timestamp_to_scn(to_date('2001-01-01', 'YYYY-MM-DD')) from dual"), 8180);
    let now = "select count(*) from v$database where timestamp_to_scn(systimestamp) <= current_scn";
    assert_eq!(cell(&mut client, now), "1");
    host.silent("shutdown immediate\nstartup mount\n");
    let mut client = connect(&host);
    assert_eq!(code(&mut client, "select timestamp_to_scn(sysdate) from dual"), 904, "a function of the dictionary");
}

#[test]
fn nonsense_is_refused() {
    let host = Host::open(Oracle::V19);
    let mut client = connect(&host);
    for (text, want) in [
        ("frobnicate", 900),
        ("alter database wobble", 2231),
        ("alter system wobble", 2065),
        ("alter tablespace users wobble", 2142),
        ("alter session set wobble=1", 2248),
        ("alter wobble", 940),
        ("alter database begin backup now", 933),
        ("alter database datafile '/nope' offline", 1516),
        ("alter system set wobble=1", 2065),
        ("alter system set processes=5", 2095),
        ("alter system set open_cursors=500 scope=both", 32001),
        ("alter database nope open", 1504),
        ("begin dbms_lock.sleep(1); end;", 6550),
    ] {
        assert_eq!(code(&mut client, text), want, "{text}");
    }
    client.sql("alter system set open_cursors=500", &Binds::new()).unwrap();
    assert_eq!(cell(&mut client, "select value from v$parameter where name='open_cursors'"), "500");
    client.sql("alter session set nls_date_format='YYYY'", &Binds::new()).unwrap();
    assert_eq!(cell(&mut client, "select created from v$database"), "2023");
}
