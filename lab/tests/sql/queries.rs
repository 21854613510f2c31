//! Queries over the dictionary.

use crate::fake::{ALL, facts};
use ovmirror_lab::context::Oracle;
use ovmirror_lab::db::api::Status;
use ovmirror_lab::db::session::Nls;
use ovmirror_lab::db::sql::{self, Bind, Binds, Context, Rows, SqlError};
use ovmirror_lab::db::view::{self, World};
use rstest::rstest;

fn ask(text: &str, release: Oracle, status: Status, binds: &Binds) -> Result<Rows, SqlError> {
    let facts = facts(status);
    let world = World {
        facts: &facts,
        release,
        home: "/u01/home",
        spfile: None,
        sessions: &[],
        longops: &[],
        jobs: &[],
        changed: &[],
    };
    let masks = Nls { date: "YYYY-MM-DD HH24:MI:SS".into(), ..Nls::default() };
    let now = 1_760_000_100_000_000;
    sql::run(&Context { text, world: &world, masks: &masks, user: "SYS", sid: 20, binds, now })
}

fn rows(text: &str) -> Vec<Vec<Option<String>>> {
    match ask(text, Oracle::V19, Status::Open, &Binds::new()) {
        Ok(rows) => rows.rows,
        Err(error) => panic!("{text}: {}", error.error),
    }
}

fn one(text: &str) -> String {
    rows(text).remove(0).remove(0).unwrap_or_default()
}

fn code(text: &str, release: Oracle, status: Status) -> (u32, usize) {
    let error = ask(text, release, status, &Binds::new()).expect_err(text);
    (error.error.lines[0].0, error.at)
}

/// Every column of every view can be named in a statement, alone and with an alias, in every release.
#[test]
fn every_column_of_every_view() {
    for release in ALL {
        for view in view::all().filter(|v| v.since <= release) {
            let found = view::find(view.name, release).unwrap();
            let columns: Vec<_> = found.columns(release).iter().map(|c| c.name).collect();
            let text = format!("select {} from {}", columns.join(", "), view.name.to_lowercase());
            let got =
                ask(&text, release, Status::Open, &Binds::new()).unwrap_or_else(|e| panic!("{text}: {}", e.error));
            assert_eq!(got.columns.len(), columns.len());
            let qualified: Vec<_> = columns.iter().map(|c| format!("x.{c}")).collect();
            let text = format!("select {} from {} x", qualified.join(", "), view.name);
            ask(&text, release, Status::Open, &Binds::new()).unwrap_or_else(|e| panic!("{text}: {}", e.error));
        }
    }
}

/// A row names no column that its view does not have in any release.
#[test]
fn every_named_value_has_its_column() {
    let facts = facts(Status::Open);
    let world = World {
        facts: &facts,
        release: Oracle::V23,
        home: "/h",
        spfile: None,
        sessions: &ovmirror_lab::db::session::background("h", 1),
        longops: &[],
        jobs: &[Default::default()],
        changed: &[],
    };
    for view in view::all() {
        for row in (view.rows)(&world) {
            for (name, _) in row {
                let named = view.columns.split(',').any(|c| c.split_whitespace().next() == Some(name));
                assert!(named, "{}.{name}", view.name);
            }
        }
    }
}

#[test]
fn releases_differ_in_columns_and_views() {
    let text = "select con_id from v$datafile";
    assert_eq!(code(text, Oracle::V11_2, Status::Open), (904, 7));
    assert!(ask(text, Oracle::V12_2, Status::Open, &Binds::new()).is_ok());
    assert_eq!(code("select * from v$pdbs", Oracle::V11_2, Status::Open), (942, 14));
    assert_eq!(code("select * from v$passwordfile_info", Oracle::V11_2, Status::Open).0, 942);
}

#[rstest]
#[case("select name from v$database", Status::Started, 1507)]
#[case("select file_name from dba_data_files", Status::Mounted, 1219)]
#[case("select nope from v$database", Status::Open, 904)]
#[case("select * from nope", Status::Open, 942)]
#[case("select name from v$database d, v$tablespace t", Status::Open, 918)]
#[case("select file# from v$datafile limit 1", Status::Open, 933)]
#[case("select file# from v$datafile as d", Status::Open, 933)]
#[case("select file#", Status::Open, 923)]
#[case("select file# from", Status::Open, 903)]
#[case("select file# from v$datafile where", Status::Open, 936)]
#[case("select 'x from dual", Status::Open, 1756)]
#[case("select 1 from dual;", Status::Open, 911)]
#[case("select 1/0 from dual", Status::Open, 1476)]
#[case("select to_number('x') from dual", Status::Open, 1722)]
#[case("select to_date('x','YYYY') from dual", Status::Open, 1858)]
#[case("select count(*), file# from v$datafile", Status::Open, 937)]
#[case("select ts#, file# from v$datafile group by ts#", Status::Open, 979)]
#[case("select file# from v$datafile where count(*) > 1", Status::Open, 934)]
#[case("select frobnicate(1) from dual", Status::Open, 904)]
#[case("select regexp_substr('a','b') from dual", Status::Open, 3001)]
#[case("select file# from v$datafile for update", Status::Open, 2030)]
#[case("select file# from v$datafile order by 7", Status::Open, 1785)]
#[case("select file# from v$datafile union select name from v$datafile", Status::Open, 1790)]
#[case("select sysdate + sysdate from dual", Status::Open, 975)]
#[case("select name from v$database where file# = 1", Status::Open, 904)]
fn refusals(#[case] text: &str, #[case] status: Status, #[case] want: u32) {
    assert_eq!(code(text, Oracle::V19, status).0, want, "{text}");
}

#[test]
fn fetch_first_is_no_word_of_11g() {
    let text = "select file# from v$datafile order by file# fetch first 1 rows only";
    assert_eq!(code(text, Oracle::V11_2, Status::Open).0, 933);
    assert_eq!(rows(text).len(), 1);
}

#[test]
fn the_newest_release_names_the_table_and_needs_no_from() {
    let error = ask("select * from nope", Oracle::V23, Status::Open, &Binds::new()).unwrap_err();
    assert_eq!(error.error.lines[0].1, "table or view \"SYS\".\"NOPE\" does not exist");
    assert_eq!(ask("select 1+1", Oracle::V23, Status::Open, &Binds::new()).unwrap().rows[0][0].as_deref(), Some("2"));
}

#[rstest]
#[case("select to_char(current_scn,'TM9') from v$database", "15000000000999")]
#[case("select to_char(checkpoint_change#) from v$database", "15000000000123")]
#[case("select 1/4 from dual", ".25")]
#[case("select 'a' || null || 'b' from dual", "ab")]
#[case("select nvl('', 'x') from dual", "x")]
#[case("select decode(null, null, 'same', 'other') from dual", "same")]
#[case("select decode(3, 1, 'a', 2, 'b', 'c') from dual", "c")]
#[case("select case when file# = 1 then 'one' else 'more' end from v$datafile where file# = '2'", "more")]
#[case("select count(*) from v$backup where status = 'ACTIVE'", "0")]
#[case("select count(*) from v$datafile where rownum = 1", "1")]
#[case("select listagg(file#, ',') within group (order by file# desc) from v$datafile", "2,1")]
#[case("select to_char(to_date('2026-11-21','YYYY-MM-DD') + 1.5, 'DD.MM.YY HH24:MI') from dual", "22.11.26 12:00")]
#[case("select to_date('2026-11-21','YYYY-MM-DD') - to_date('2026-11-20','YYYY-MM-DD') from dual", "1")]
#[case("select q'[it's]' from dual", "it's")]
#[case("select upper(substr('database', 5)) from dual", "BASE")]
#[case("select user from dual", "SYS")]
#[case("select sys_context('USERENV','DB_NAME') from dual", "ORCL")]
#[case("select max(sequence#) from v$archived_log", "6")]
#[case("select l.sequence# from v$log l join v$logfile f on f.group# = l.group# where l.status = 'CURRENT'", "7")]
#[case(
    "select d.name from v$database d where exists (select 1 from v$datafile f where f.file# > d.dbid - 1600000000)",
    "ORCL"
)]
#[case(
    "select member from (select member, group# from v$logfile) where group# = (select min(group#) from v$log)",
    "/u03/redo/redo01.log"
)]
#[case("with x as (select max(file#) m from v$datafile) select m from x", "2")]
#[case("select /*+ no_merge */ name from sys.v_$tablespace where ts# = 3", "TEMP")]
#[case("select inst_id from gv$instance", "1")]
#[case("select min(f.file#) from v$datafile f, v$tempfile t where f.file# = t.file#(+) and t.name is null", "2")]
#[case("select ceil(1.2) + floor(-1.2) + mod(7, 4) from dual", "3")]
#[case("select trunc(date '2026-11-21', 'MM') from dual", "2026-11-01 00:00:00")]
#[case("select timestamp_to_scn(scn_to_timestamp(15000000000057)) from dual", "15000000000050")]
#[case("select value from v$parameter where name = 'sga_target'", "1610612736")]
#[case("select destination from v$archive_dest where status = 'VALID' and target = 'PRIMARY'", "/u03/arch")]
#[case("select f.file# from v$datafile f where not f.file# in (1) and f.name like '%users01.dbf'", "2")]
#[case("select name from v$tablespace where ts# = 0 union all select 'x' from dual where 1 = 2", "SYSTEM")]
fn answers(#[case] text: &str, #[case] want: &str) {
    assert_eq!(one(text), want, "{text}");
}

#[test]
fn a_pattern_may_escape_its_signs() {
    let text = r"select count(*) from v$parameter where name like 'log\_archive\_dest\_1' escape '\'";
    assert_eq!(one(text), "1");
    assert_eq!(one("select count(*) from v$database where name like 'orcl'"), "0");
}

#[test]
fn nulls_come_last_going_up() {
    let text = "select next_time from v$log order by next_time";
    assert_eq!(rows(text).last().unwrap()[0], None);
    assert_eq!(rows(&format!("{text} desc"))[0][0], None);
}

#[test]
fn binds_are_values() {
    let binds: Binds =
        [("N".to_owned(), Bind::Number(Some("2".into()))), ("T".to_owned(), Bind::Text(Some("it's".into()), 10))]
            .into();
    let got = ask("select :t, file# from v$datafile where file# = :n", Oracle::V19, Status::Open, &binds).unwrap();
    assert_eq!(got.rows, [[Some("it's".to_owned()), Some("2".to_owned())]]);
    assert_eq!(code("select :x from dual", Oracle::V19, Status::Open).0, 1008);
}

#[test]
fn headings_are_the_text_of_the_expression() {
    let got = ask(
        "select count(*), max( file# ) m, f.status from v$datafile f group by f.status",
        Oracle::V19,
        Status::Open,
        &Binds::new(),
    );
    let names: Vec<_> = got.unwrap().columns.into_iter().map(|c| c.name).collect();
    assert_eq!(names, ["COUNT(*)", "M", "STATUS"]);
}

/// The statements that backup tools send, as published.
#[rstest]
#[case(
    "SELECT d.dbid, d.name, d.db_unique_name, d.created, d.log_mode, d.open_mode, d.database_role, d.controlfile_type, d.controlfile_change#, d.resetlogs_change#, d.resetlogs_time, d.prior_resetlogs_change#, d.checkpoint_change#, d.current_scn, d.force_logging, d.flashback_on, d.cdb, d.platform_id FROM v$database d"
)]
#[case("SELECT instance_name, host_name, version, status, thread#, parallel, startup_time FROM v$instance")]
#[case(
    "SELECT l.thread#, l.group#, l.sequence#, l.bytes, l.status, l.archived, l.first_change#, f.type, f.member FROM v$log l JOIN v$logfile f ON f.group#=l.group#"
)]
#[case(
    "SELECT thread#, sequence#, first_change#, next_change#, resetlogs_change#, name FROM v$archived_log WHERE dest_id IN (SELECT dest_id FROM v$archive_dest WHERE status='VALID' AND target='PRIMARY') AND next_change# > 15000000000000 AND first_change# <= 15000000000999 AND deleted='NO'"
)]
#[case(
    "SELECT sid, serial#, opname, sofar, totalwork, ROUND(sofar/totalwork*100,2) pct, time_remaining FROM v$session_longops WHERE opname LIKE 'RMAN%' AND opname NOT LIKE '%aggregate%' AND totalwork>0 AND sofar<>totalwork"
)]
#[case(
    "SELECT name, value, isdefault FROM v$parameter WHERE name IN ('spfile','control_files') OR name LIKE 'log_archive_dest\\_%' ESCAPE '\\'"
)]
#[case("SELECT current_scn, systimestamp FROM v$database")]
#[case("SELECT wrl_type, wrl_parameter, status FROM v$encryption_wallet")]
#[case("SELECT owner, directory_name, directory_path FROM dba_directories")]
fn published_statements(#[case] text: &str) {
    ask(text, Oracle::V19, Status::Open, &Binds::new()).unwrap_or_else(|e| panic!("{}", e.error));
}
