//! What SQL*Plus prints.

use crate::fake::{ALL, Host};
use ovmirror_lab::context::Oracle;
use ovmirror_lab::db::api::{Command, Recover, Status};
use ovmirror_lab::fault::{self, Action, Fault};
use ovmirror_lab::guest::sqlplus::Exit;
use rstest::rstest;

#[test]
fn startup_and_shutdown() {
    let host = Host::new(Oracle::V19);
    let out = host.silent("startup mount\nalter database open;\nshutdown immediate\n");
    let want = "ORACLE instance started.\n\nTotal System Global Area 1610612736 bytes\nFixed Size\t\t    8897304 bytes\n\
        Variable Size\t\t  385879272 bytes\nDatabase Buffers\t 1207959552 bytes\nRedo Buffers\t\t    7876608 bytes\n\
        Database mounted.\n\nDatabase altered.\n\nDatabase closed.\nDatabase dismounted.\nORACLE instance shut down.\n";
    assert_eq!(out, want);
}

#[test]
fn states_of_shutdown() {
    let host = Host::new(Oracle::V19);
    let out = host.silent("startup nomount\nshutdown\nshutdown\n");
    assert!(out.contains("ORA-01507: database not mounted\n\n\nORACLE instance shut down.\n"), "{out}");
    assert!(out.contains("ORA-01034: ORACLE not available\nORA-27101: shared memory realm does not exist\n"), "{out}");
    let out = host.silent("startup mount\nstartup\nshutdown immediate\n");
    assert!(out.contains("ORA-01081: cannot start already-running ORACLE - shut it down first\n"), "{out}");
    assert!(out.contains("ORA-01109: database not open\n\n\nDatabase dismounted.\n"), "{out}");
}

#[test]
fn no_parameter_file() {
    let host = Host::new(Oracle::V19);
    std::fs::remove_file(host.home().join("dbs/initORCL.ora")).unwrap();
    let out = host.silent("startup\n");
    let want = format!(
        "ORA-01078: failure in processing system parameters\nLRM-00109: could not open parameter file '{}'\n",
        host.home().join("dbs/initORCL.ora").display()
    );
    assert_eq!(out, want);
}

#[test]
fn rows_with_headings() {
    let host = Host::open(Oracle::V19);
    let out = host.silent("select file#, status, change#, time from v$backup;\n");
    let want = "\n     FILE# STATUS\t\t CHANGE# TIME\n---------- ------------------ ---------- ---------\n\t 1 NOT ACTIVE\t\t       0\n\t 2 NOT ACTIVE\t\t       0\n\n";
    assert_eq!(out, want);
    let out = host.silent("set tab off\nselect current_scn, name from v$database;\n");
    assert_eq!(out, "\nCURRENT_SCN NAME\n----------- ---------\n 1.5000E+13 ORCL\n\n");
}

#[test]
fn the_settings_of_programs() {
    let host = Host::open(Oracle::V19);
    let head = "SET ECHO OFF FEEDBACK OFF TIMING OFF VERIFY OFF HEADING OFF PAGESIZE 0 LINESIZE 32767 TRIMOUT ON TRIMSPOOL ON \
        TAB OFF DEFINE OFF SQLPROMPT '' LONG 1000000\nWHENEVER OSERROR EXIT FAILURE\nWHENEVER SQLERROR EXIT FAILURE ROLLBACK\n";
    let (out, exit) = host.sqlplus(&["-S", "-L", "/nolog"], &format!(
        "{head}CONNECT / AS SYSDBA\nSELECT file# || '|' || name FROM v$datafile ORDER BY 1;\nselect * from nope;\nprompt never\n"
    ));
    assert_eq!(
        out,
        "Connected.\n1|/u02/oradata/ORCL/system01.dbf\n2|/u02/oradata/ORCL/users01.dbf\nselect * from nope\n              *\n\
         ERROR at line 1:\nORA-00942: table or view does not exist\n\n\n"
    );
    assert_eq!(exit, Exit::Code(1));
}

#[test]
fn csv_from_12_2_on() {
    let host = Host::open(Oracle::V19);
    let script = "set feedback off markup csv on delimiter ',' quote on\nselect file#, name, last_time from v$datafile where file#=1;\n";
    assert_eq!(host.silent(script), "\n\"FILE#\",\"NAME\",\"LAST_TIME\"\n1,\"/u02/oradata/ORCL/system01.dbf\",\n");
    let old = Host::open(Oracle::V11_2);
    assert!(old.silent("set markup csv on\n").starts_with("SP2-0158: unknown SET MARKUP option \"CSV\"\n"));
}

#[rstest]
#[case(
    Oracle::V11_2,
    "SQL*Plus: Release 11.2.0.4.0 Production on ",
    "Oracle Database 11g Enterprise Edition Release 11.2.0.4.0 - 64bit Production\nWith the Partitioning"
)]
#[case(
    Oracle::V12_2,
    "SQL*Plus: Release 12.2.0.1.0 - Production on ",
    "Oracle Database 12c Enterprise Edition Release 12.2.0.1.0 - 64bit Production\n"
)]
#[case(
    Oracle::V19,
    "SQL*Plus: Release 19.0.0.0.0 - Production on ",
    "Oracle Database 19c Enterprise Edition Release 19.0.0.0.0 - Production\nVersion 19.3.0.0.0\n"
)]
#[case(
    Oracle::V23,
    "SQL*Plus: Release 23.0.0.0.0 - Production on ",
    "Oracle Database 23ai Enterprise Edition Release 23.0.0.0.0 - Production\nVersion"
)]
fn banners(#[case] oracle: Oracle, #[case] first: &str, #[case] server: &str) {
    let host = Host::open(oracle);
    let (out, _) = host.sqlplus(&["/", "as", "sysdba"], "exit\n");
    assert!(out.starts_with(&format!("\n{first}")), "{out}");
    assert!(out.contains(&format!("\nConnected to:\n{server}")), "{out}");
    assert!(out.contains(&format!("\nSQL> Disconnected from {server}")), "{out}");
}

#[test]
fn an_idle_instance() {
    for oracle in ALL {
        let host = Host::new(oracle);
        let (out, _) = host.sqlplus(&["/ as sysdba"], "select 1 from dual;\n");
        assert!(out.contains("Connected to an idle instance.\n\nSQL> select 1 from dual\n*\nERROR at line 1:\nORA-01034: ORACLE not available\nProcess ID: 0\n"), "{out}");
        assert_eq!(host.sqlplus(&["-s", "/nolog"], "connect / as sysdba\n").0, "Connected to an idle instance.\n");
    }
}

#[test]
fn logons_that_fail() {
    let host = Host::open(Oracle::V19);
    let (out, exit) = host.sqlplus(&["-S", "-L", "scott/tiger"], "");
    assert_eq!(
        out,
        "ERROR:\nORA-01017: invalid username/password; logon denied\n\n\nSP2-0751: Unable to connect to Oracle.  Exiting SQL*Plus\n"
    );
    assert_eq!(exit, Exit::Code(1));
    let old = Host::open(Oracle::V11_2);
    assert!(old.sqlplus(&["-S", "/nolog"], "connect / as sysbackup\n").0.starts_with("SP2-0306: Invalid option.\n"));
    let mut environment = host.environment();
    environment.insert("TWO_TASK".into(), "prod".into());
    let (out, _) = host.sqlplus_in(environment, &["-S", "-L", "/ as sysdba"], "");
    assert!(out.contains("ORA-12154"), "{out}");
    let (out, exit) = host.sqlplus_in(Default::default(), &["-S", "/ as sysdba"], "");
    assert!(out.starts_with("Error 6 initializing SQL*Plus\nSP2-0667"), "{out}");
    assert_eq!(exit, Exit::Code(1));
}

#[test]
fn words_it_does_not_know() {
    let host = Host::new(Oracle::V19);
    let (out, exit) = host.sqlplus(
        &["-S", "/nolog"],
        "frobnicate\nfrobnicate the database\nset wobble on\nselect 1 from dual;\nset pagesize x\n",
    );
    assert_eq!(
        out,
        "SP2-0042: unknown command \"frobnicate\" - rest of line ignored.\n\
         SP2-0734: unknown command beginning \"frobnicate...\" - rest of line ignored.\n\
         SP2-0158: unknown SET option \"wobble\"\nSP2-0640: Not connected\nSP2-0268: pagesize option not a valid number\n"
    );
    assert_eq!(exit, Exit::Code(0));
}

#[test]
fn exit_codes_have_eight_bits() {
    let host = Host::open(Oracle::V19);
    let code = |text: &str| host.sqlplus(&["-S", "/ as sysdba"], text).1;
    assert_eq!(code("exit 257\n"), Exit::Code(1));
    assert_eq!(code("whenever sqlerror exit sql.sqlcode\nselect * from nope;\n"), Exit::Code((942 % 256) as u8));
    assert_eq!(code("exit failure rollback\n"), Exit::Code(1));
    assert_eq!(code("variable rc number\nexec :rc := 4\nexit :rc\n"), Exit::Code(4));
    assert_eq!(code("wrong\n"), Exit::Code(0));
}

#[test]
fn variables() {
    let host = Host::open(Oracle::V19);
    let script = "set feedback off\nvariable n number\nvar t varchar2(20)\nexec :n := 2\nexec :t := 'users'\n\
        set pagesize 0\nselect name from v$tablespace where ts# = :n - 1 and name = upper(:t);\nselect :zzz from dual;\nprint n\n";
    assert_eq!(host.silent(script), "USERS\nSP2-0552: Bind variable \"ZZZ\" not declared.\n\t 2\n\n");
}

#[test]
fn errors_of_longer_statements_name_their_line() {
    let host = Host::open(Oracle::V19);
    let out = host.silent("select file#,\n       nope\n  from v$datafile\n/\n");
    assert_eq!(out, "       nope\n       *\nERROR at line 2:\nORA-00904: \"NOPE\": invalid identifier\n\n\n");
    let new = Host::open(Oracle::V23);
    let out = new.silent("select nope from dual;\n");
    assert!(
        out.ends_with(
            "ORA-00904: \"NOPE\": invalid identifier\nHelp: https://docs.oracle.com/error-help/db/ora-00904/\n\n\n"
        ),
        "{out}"
    );
}

#[test]
fn feedback() {
    let host = Host::open(Oracle::V19);
    assert_eq!(host.silent("set pages 0 tab off\nselect 1 from dual where 1=2;\n"), "\nno rows selected\n\n");
    assert_eq!(
        host.silent("set pages 0 feedback on tab off\nselect 1 from dual;\n"),
        "         1\n\n1 row selected.\n\n"
    );
    assert_eq!(host.silent("alter system checkpoint;\n"), "\nSystem altered.\n\n");
    assert_eq!(host.silent("set feedback off\nalter system checkpoint;\n"), "");
}

#[test]
fn blank_lines_and_slashes() {
    let host = Host::open(Oracle::V19);
    assert_eq!(
        host.silent("set pages 0 feed off tab off\nselect 1\n\nfrom dual;\n/\n"),
        "SP2-0734: unknown command beginning \"from dual...\" - rest of line ignored.\nselect 1\n        *\nERROR at line 1:\nORA-00923: FROM keyword not found where expected\n\n\n"
    );
    assert_eq!(
        host.silent("set pages 0 feed off tab off sqlblanklines on\nselect 1\n\nfrom dual\n/\n"),
        "         1\n"
    );
}

#[test]
fn recovery_asks() {
    let host = Host::new(Oracle::V19);
    let out = host.silent("startup mount\nset feedback off\nrecover database until cancel\n/tmp/wrong.dbf\n\n");
    let (_, asked) = out.split_once("Database mounted.\n").unwrap();
    assert!(asked.starts_with("ORA-00279: change 3502285 generated at "), "{asked}");
    let rest = asked.split_once('\n').unwrap().1;
    assert_eq!(
        rest,
        "ORA-00289: suggestion : /u03/arch/1_1_1.dbf\nORA-00280: change 3502285 for thread 1 is in sequence #1\n\n\n\
         Specify log: {<RET>=suggested | filename | AUTO | CANCEL}\n\nORA-00308: cannot open archived log '/tmp/wrong.dbf'\n\n\n\
         Specify log: {<RET>=suggested | filename | AUTO | CANCEL}\n\nLog applied.\nMedia recovery complete.\n"
    );
    let out = host.silent("recover automatic database until change 7\ncancel\n");
    let missing = "ORA-00280: change 3502285 for thread 1 is in sequence #1\n\
        ORA-00278: log file '/u03/arch/1_1_1.dbf' no longer needed for this recovery\n\
        ORA-00308: cannot open archived log '/u03/arch/1_1_1.dbf'\n\n\n\
        Specify log: {<RET>=suggested | filename | AUTO | CANCEL}\nMedia recovery cancelled.\n";
    assert!(out.ends_with(missing), "{out}");
    let out = host.silent("recover database until cancel\ncancel\nrecover database\n");
    assert!(out.ends_with("Media recovery cancelled.\nMedia recovery complete.\n"), "{out}");
    assert!(host.log.lock().unwrap().contains(&Command::Recover(Recover::Cancel)));
}

#[test]
fn scripts_and_substitution() {
    let host = Host::open(Oracle::V19);
    let path = host.dir.path().join("q.sql");
    std::fs::write(
        &path,
        "set verify off pages 0 feed off\nselect name from v$tablespace where ts# = &1;\nprompt &&who.!\n",
    )
    .unwrap();
    let out = host.silent(&format!("@{} 1\nme\nprompt &who\n", path.display()));
    assert_eq!(out, "USERS\nEnter value for who: me!\nme\n");
    assert_eq!(host.silent("@/nowhere/x\n"), "SP2-0310: unable to open file \"/nowhere/x.sql\"\n");
}

#[test]
fn shows() {
    let host = Host::open(Oracle::V19);
    assert_eq!(host.silent("show user\n"), "USER is \"SYS\"\n");
    assert_eq!(host.silent("show release\n"), "release 1900000000\n");
    let out = host.silent("set tab off\nshow parameter db_name\n");
    assert_eq!(
        out,
        format!("\n{:<36} {:<11} {:<30}", "NAME", "TYPE", "VALUE").trim_end().to_owned()
            + &format!("\n{} {} {}\n", "-".repeat(36), "-".repeat(11), "-".repeat(30))
            + &format!("{:<36} {:<11} ORCL\n", "db_name", "string")
    );
    let out = host.silent("set tab off\narchive log list\n");
    assert!(out.starts_with("Database log mode              Archive Mode\nAutomatic archival             Enabled\nArchive destination            /u03/arch\n"), "{out}");
    assert!(
        host.silent("set tab off\ndesc v$backup\n")
            .starts_with(" Name                                      Null?    Type\n ------")
    );
}

#[test]
fn faults_hit_lines() {
    let host = Host::open(Oracle::V19);
    let fault = |matches: &str, action| Fault {
        id: 1,
        place: "sqlplus".into(),
        matches: matches.into(),
        nth: 1,
        seen: 0,
        action,
    };
    fault::edit(&host.context.faults, |all| all.push(fault("begin backup", Action::CutAfter))).unwrap();
    let (out, exit) = host.sqlplus(&["-S", "/ as sysdba"], "prompt a\nalter database begin backup;\nprompt b\n");
    assert_eq!((out.as_str(), exit), ("a\n", Exit::Killed));
    assert!(host.log.lock().unwrap().contains(&Command::BeginBackup { tablespace: None }));
}

#[test]
fn nls_comes_from_the_environment() {
    let host = Host::open(Oracle::V19);
    let mut environment = host.environment();
    environment.insert("NLS_DATE_FORMAT".into(), "YYYY-MM-DD HH24:MI:SS".into());
    let (out, _) = host.sqlplus_in(
        environment,
        &["-S", "/ as sysdba"],
        "set tab off feed off\nselect startup_time from v$instance;\n",
    );
    assert!(out.starts_with("\nSTARTUP_TIME\n-------------------\n2025-10-09 "), "{out}");
    let _ = Status::Open;
}
