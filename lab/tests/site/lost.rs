//! All control files are lost, as a DBA at SQL*Plus meets it.

use crate::support::Lab;

/// One value of a query.
fn value(lab: &Lab, query: &str) -> String {
    lab.sql("slot021", &format!("set pages 0 head off feed off\n{query};")).trim().to_owned()
}

fn says(lab: &Lab, text: &str, expected: &[&str]) {
    let said = lab.sql("slot021", text);
    for part in expected {
        assert!(said.contains(part), "{text}: no `{part}` in\n{said}");
    }
}

#[test]
fn an_older_control_file_takes_the_place_of_the_lost_ones() {
    let Some(lab) = Lab::real_whole(&[]) else { return };
    lab.must(&["workload", "start", "--rate", "50"]);
    says(&lab, "alter database backup controlfile to '/home/oracle/cf.bin';", &["Database altered."]);
    let added = "/u02/oradata/ORCL/added01.dbf";
    says(&lab, &format!("create tablespace added datafile '{added}' size 1m;"), &["Tablespace created."]);
    lab.must(&["workload", "stop"]);
    let member = "select member from v$logfile f join v$log l on f.group# = l.group# where l.status = 'CURRENT'";
    let member = value(&lab, member);
    says(&lab, "shutdown abort", &["ORACLE instance shut down."]);
    lab.says("slot021", "rm /u03/oradata/ORCL/control0?.ctl");
    says(&lab, "startup", &["ORACLE instance started.", "ORA-00205: error in identifying control file"]);
    lab.says("slot021", "for n in 1 2; do cp cf.bin /u03/oradata/ORCL/control0$n.ctl; done");
    says(&lab, "alter database mount;", &["Database altered."]);
    assert_eq!(value(&lab, "select controlfile_type from v$database"), "BACKUP");
    says(&lab, "alter database open;", &["ORA-01589"]);
    says(&lab, "recover database", &["ORA-00283", "ORA-01610"]);
    let recover = format!("recover database using backup controlfile until cancel\n{member}");
    says(
        &lab,
        &recover,
        &["ORA-00279", "ORA-00289", "ORA-00280", "Specify log:", "ORA-00283", "ORA-01244", "ORA-01110"],
    );
    let unnamed = value(&lab, "select name from v$datafile where name like '%UNNAMED%'");
    assert!(unnamed.contains("/dbs/UNNAMED0000"), "{unnamed}");
    says(&lab, &format!("alter database rename file '{unnamed}' to '{added}';"), &["Database altered."]);
    says(&lab, &recover, &["Log applied.", "Media recovery complete."]);
    says(&lab, "alter database open;", &["ORA-01589"]);
    says(&lab, "alter database open resetlogs;", &["Database altered."]);
    assert_eq!(value(&lab, "select controlfile_type from v$database"), "CURRENT");
    lab.must(&["verify"]);
}
