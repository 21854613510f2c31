//! LIST, REPORT, SHOW, and what is no command at all.

use super::site::Production;
use ovmirror_lab::{context::Oracle, db::api::ControlType};

#[test]
fn what_is_no_command_is_said() {
    let mirror = Production::new(Oracle::V19).split(ControlType::Backup, false, &[]);
    for text in [
        "DELETE NOPROMPT BACKUP;\n",
        "UNREGISTER DATABASE;\n",
        "DUPLICATE TARGET DATABASE TO x;\n",
        "BACKUP DATABASE\n",
    ] {
        let (output, good) = mirror.rman(text);
        assert!(
            !good && output.contains("RMAN-00558: ") && output.contains("RMAN-01009: syntax error: found "),
            "{output}"
        );
    }
}

#[test]
fn lists_and_reports() {
    let mirror = Production::new(Oracle::V19).split(ControlType::Backup, false, &[]);
    mirror.offload("SM_1");
    let (output, good) = mirror.rman("LIST BACKUP;\nLIST BACKUP SUMMARY;\nLIST BACKUP TAG 'SM_1_CF';\nLIST INCARNATION;\nLIST ARCHIVELOG ALL;\nREPORT SCHEMA;\nSHOW ALL;\nRESTORE DATABASE PREVIEW;\n");
    assert!(good, "{output}");
    for text in [
        "List of Backup Sets",
        "List of Backups",
        "Status: AVAILABLE  Compressed: NO  Tag: SM_1_CF",
        "CURRENT",
        "List of Permanent Datafiles",
        "CONFIGURE CONTROLFILE AUTOBACKUP ON;",
    ] {
        assert!(output.contains(text), "{text} missing:\n{output}");
    }
}
