//! What a vendor code means for us: whether trying again can help, and what to do. Codes that are not listed keep the
//! vendor's text and get no advice. Texts: docs.oracle.com/en/error-help/db unless a line says otherwise.

use crate::{
    fault::{Fault, Hint, Kind, Remedy, Retry, hint},
    port::SqlError,
};

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advice {
    /// `ORA-01034`
    pub code: &'static str,
    /// Who has to act: `User` is configuration or rights, `External` the database or media manager.
    pub kind: Kind,
    /// Whether to try again.
    pub retry: Retry,
    /// What to do.
    pub hint: &'static str,
}

const fn row(code: &'static str, kind: Kind, retry: Retry, hint: &'static str) -> Advice {
    Advice { code, kind, retry, hint }
}

use Kind::{Bug, External, User};
use Retry::{Again, InDoubt, Never};

/// The table, in order of codes.
pub const CODES: &[Advice] = &[
    row(
        "DPI-1047",
        User,
        Never,
        "install an Oracle Client on this machine, or set `sql = \"sqlplus\"` for the database",
    ),
    row("DPI-1067", External, InDoubt, "the call ran into its deadline; look before it is repeated"),
    row("ORA-00054", External, Again, "another session holds the object; try again"),
    row("ORA-00201", User, Never, "`compatible` of the clone's pfile is lower than the control file's"),
    row(
        "ORA-00205",
        External,
        Never,
        "a control file that the parameter file names cannot be read; look at the alert log",
    ),
    row("ORA-00214", External, Never, "the control files differ: they were not cloned at one moment"),
    row(
        "ORA-00236",
        External,
        Never,
        "a BACKUP control file cannot be backed up as the current one; back up a copy of it",
    ),
    row(
        "ORA-00245",
        User,
        Never,
        "put the snapshot control file on shared storage (CONFIGURE SNAPSHOT CONTROLFILE NAME)",
    ),
    row("ORA-00257", External, Never, "the archive destination is full: free space, then try again"),
    row("ORA-00258", User, Never, "the database is in NOARCHIVELOG mode: split-mirror backups need ARCHIVELOG"),
    row("ORA-00308", External, Never, "an archived log is missing where recovery looks for it"),
    row("ORA-00600", External, Never, "an internal error of the database: look at the alert log"),
    row("ORA-00942", User, Never, "the session may not read the view, or the database is not open"),
    row("ORA-01012", External, InDoubt, "the session was ended by the server; look before the statement is repeated"),
    row("ORA-01017", User, Never, "the OS user must be in the group of the role (OSDBA or OSBACKUPDBA)"),
    row("ORA-01031", User, Never, "the OS user must be in the group of the role (OSDBA or OSBACKUPDBA)"),
    row("ORA-01033", External, Again, "the instance starts or stops just now; try again"),
    row(
        "ORA-01034",
        External,
        Never,
        "start the instance; if it runs, ORACLE_HOME and ORACLE_SID are not those of its start",
    ),
    row("ORA-01089", External, Again, "the instance is being shut down; try again when it is up"),
    row("ORA-01092", External, InDoubt, "the instance ended; look at the alert log"),
    row("ORA-01102", External, Never, "another instance of this home has a database of that name mounted"),
    row("ORA-01103", User, Never, "`db_name` of the pfile is not the control file's"),
    row("ORA-01109", External, Never, "the database is not open"),
    row("ORA-01113", External, Never, "a file needs recovery; never END BACKUP on files that were swapped or restored"),
    row("ORA-01123", User, Never, "the database is in NOARCHIVELOG mode: split-mirror backups need ARCHIVELOG"),
    row("ORA-01128", User, Never, "a file is offline: bring it online, or name it in `skip`"),
    row("ORA-01142", External, Never, "nothing was in backup mode: the window had been ended by someone else"),
    row(
        "ORA-01146",
        External,
        Never,
        "a file is already in backup mode: another backup runs, or an old one left it so",
    ),
    row("ORA-01149", External, Never, "a file is in backup mode: end the backup before a shutdown"),
    row(
        "ORA-01152",
        External,
        Never,
        "a datafile is newer than the recovery target: every datafile disk must be swapped",
    ),
    row("ORA-01157", External, Never, "a datafile is missing or locked; look whether its disk is mounted"),
    row("ORA-01194", External, Never, "the target is below the SCN of END BACKUP; choose a later one"),
    row("ORA-01195", External, Never, "the target is below the SCN of END BACKUP; choose a later one"),
    row("ORA-01219", External, Never, "the view needs an open database"),
    row("ORA-01507", External, Never, "the database is not mounted"),
    row(
        "ORA-01547",
        External,
        Never,
        "recovery ended, but the database could not be opened with RESETLOGS: choose a later target",
    ),
    row("ORA-01578", External, Never, "a block is corrupt; compare with V$DATABASE_BLOCK_CORRUPTION"),
    row("ORA-01589", External, Never, "the control file is a backup: the open must say RESETLOGS"),
    row("ORA-01610", External, Never, "the control file is a backup: recovery must say USING BACKUP CONTROLFILE"),
    row("ORA-03113", External, InDoubt, "the server process ended; look before the statement is repeated"),
    row("ORA-03114", External, InDoubt, "the connection was lost; look before the statement is repeated"),
    row("ORA-03135", External, InDoubt, "the connection was lost; look before the statement is repeated"),
    row(
        "ORA-10873",
        External,
        Never,
        "the instance ended in backup mode: RECOVER DATABASE in MOUNT ends it, then open the database",
    ),
    row("ORA-12162", User, Never, "ORACLE_SID is not set or not known in this home"),
    row("ORA-12547", User, Never, "the oracle binary of the home cannot be started: look at its owner, group and mode"),
    row("ORA-19502", External, Never, "the media manager refused data: look at its log and sbtio.log"),
    row("ORA-19506", External, Never, "the media manager refused the piece: look at its log and sbtio.log"),
    row(
        "ORA-19511",
        External,
        Never,
        "the text above is the media manager's own; sbtio.log in the ADR trace folder has more",
    ),
    row("ORA-19554", User, Never, "the SBT channel could not be made: look at `sbt.library` and `sbt.env`"),
    row(
        "ORA-19566",
        External,
        Never,
        "more corrupt blocks than allowed: the copy was cut outside the window, or production has them too",
    ),
    row("ORA-19602", External, Never, "the database is in NOARCHIVELOG mode and a file is active"),
    row("ORA-19625", External, Never, "a file of the clone is not where its control file says: look at the mounts"),
    row(
        "ORA-19755",
        External,
        Never,
        "the change tracking file is not there: disable block change tracking on the clone",
    ),
    row("ORA-19870", External, Never, "a piece cannot be read: ask the media manager whether it still has the image"),
    row("ORA-19909", External, Never, "a file belongs to an orphan incarnation: choose a snapshot of the current path"),
    row("ORA-19914", External, Never, "open the keystore, or SET ENCRYPTION OFF"),
    row("ORA-19919", User, Never, "RMAN encryption works only with Oracle Secure Backup: SET ENCRYPTION OFF"),
    row("ORA-27037", External, Never, "the file does not exist"),
    row(
        "ORA-27102",
        User,
        Never,
        "not enough memory for the clone's SGA: fewer clones at once, or a smaller sga_target",
    ),
    row(
        "ORA-27125",
        User,
        Never,
        "not enough memory for the clone's SGA: fewer clones at once, or a smaller sga_target",
    ),
    row("ORA-27211", User, Never, "the SBT library cannot be loaded: look at `sbt.library`"),
    row("ORA-28365", External, Never, "open the keystore"),
    row(
        "ORA-45914",
        External,
        Never,
        "a BACKUP control file cannot be backed up as the current one; back up a copy of it",
    ),
    row("RMAN-00558", Bug, Never, "RMAN did not understand the command file; keep it and its log"),
    row("RMAN-04004", User, Never, "the recovery catalog refused: look at the alias in the wallet"),
    row("RMAN-06059", External, Never, "an archived log that RMAN expected is not there"),
    row("RMAN-06131", Bug, Never, "SKIP OFFLINE and READONLY need a current control file: name the datafiles"),
    row("RMAN-06169", External, Never, "a file header cannot be read: look at the mounts"),
    row("RMAN-20072", External, Never, "a full resync from a BACKUP control file is not allowed"),
    row("SP2-0152", User, Never, "SQL*Plus cannot write here: look at ORACLE_HOME"),
    row("SP2-0640", External, InDoubt, "the session was not connected; look before anything is repeated"),
    row("SP2-0667", User, Never, "ORACLE_HOME is not right: the message file of SQL*Plus was not found"),
    row("SP2-0734", Bug, Never, "SQL*Plus did not know a command that was sent"),
    row("SP2-0750", User, Never, "ORACLE_HOME is not right"),
    row("SP2-1503", User, Never, "SQL*Plus could not load the client: look at ORACLE_HOME and LD_LIBRARY_PATH"),
];

/// The advice for a code, if there is one.
#[must_use]
pub fn advice(code: &str) -> Option<&'static Advice> {
    CODES.iter().find(|row| row.code == code)
}

/// The code at the head of a line (`ORA-01034: ORACLE not available`), after blanks.
#[must_use]
pub fn code_of(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let (family, rest) = line.split_once('-')?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let known = matches!(family, "ORA" | "RMAN" | "SP2" | "DPI" | "TNS" | "PLS" | "LRM" | "KUP" | "KBHS");
    let shaped = (4..=6).contains(&digits) && rest[digits..].starts_with(':');
    (known && shaped).then(|| &line[..family.len() + 1 + digits])
}

/// The first code of a text.
#[must_use]
pub fn first_code(text: &str) -> Option<&str> {
    text.lines().find_map(code_of)
}

/// Hints for every code of a text that the table knows, without repeats, deepest line first: the last line of a stack
/// is nearer to the cause than its head.
#[must_use]
pub fn hints_for(text: &str) -> Vec<Hint> {
    let mut hints: Vec<Hint> = Vec::new();
    for found in text.lines().rev().filter_map(code_of).filter_map(advice) {
        if !hints.iter().any(|known| known.text == found.hint) {
            hints.push(hint(found.hint));
        }
    }
    hints
}

/// The fault of a failed batch with the table's advice: kind and retry of the code, hints for every line.
#[must_use]
pub fn explain(error: &SqlError) -> Fault {
    let mut fault = error.fault();
    let text = match error {
        SqlError::Database { text, .. } => text.as_str(),
        SqlError::Client { message, .. } => message.as_str(),
        SqlError::Remote(_) => return fault,
    };
    if let Some(found) = advice(&fault.code) {
        (fault.kind, fault.retry) = (found.kind, found.retry);
    }
    fault.hints.extend(hints_for(text));
    one_line(fault)
}

/// A stack becomes the line at its head and the other lines with a code as causes; lines without one (`Process ID: 0`)
/// are told only with the whole text.
fn one_line(mut fault: Fault) -> Fault {
    let whole = std::mem::take(&mut fault.message);
    let mut lines = whole.lines();
    fault.message = lines.next().unwrap_or_default().to_owned();
    let below = lines.filter(|line| code_of(line).is_some()).map(|line| line.trim().to_owned());
    fault.causes.splice(0..0, below);
    if whole == fault.message { fault } else { fault.printed(&whole) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("ORA-01123: cannot start online backup; media recovery not enabled", User, Never)]
    #[case("ORA-01034: ORACLE not available", External, Never)]
    #[case("ORA-03113: end-of-file on communication channel", External, InDoubt)]
    #[case("ORA-01033: ORACLE initialization or shutdown in progress", External, Again)]
    #[case("ORA-19919: encrypted backups to tertiary storage require Oracle Secure Backup", User, Never)]
    #[case("RMAN-06131: skip OFFLINE/READONLY option not allowed with backup control file", Bug, Never)]
    #[case("SP2-0640: Not connected", External, InDoubt)]
    #[case("DPI-1047: Cannot locate a 64-bit Oracle Client library", User, Never)]
    #[case("   ORA-10873: file 1 needs to be either taken out of backup mode or media recovered", External, Never)]
    fn real_lines(#[case] line: &str, #[case] kind: Kind, #[case] retry: Retry) {
        let found = advice(code_of(line).unwrap()).unwrap();
        assert_eq!((found.kind, found.retry), (kind, retry));
    }

    #[rstest]
    #[case("ORA-01034 without a colon")]
    #[case("XYZ-00001: other family")]
    #[case("ORA-: no digits")]
    #[case("see ORA-01034: in a sentence")]
    #[case("")]
    fn no_code(#[case] line: &str) {
        assert_eq!(code_of(line), None);
    }

    #[test]
    fn table_is_sorted_and_unique() {
        assert!(CODES.windows(2).all(|pair| pair[0].code < pair[1].code));
        assert!(CODES.iter().all(|row| code_of(&format!("{}: x", row.code)) == Some(row.code)));
    }

    #[test]
    fn unknown_codes_keep_the_text() {
        let text = "ORA-29999: something nobody knows".to_owned();
        let error = SqlError::Database { statement: "backup/begin".into(), code: "ORA-29999".into(), text, done: 0 };
        let fault = explain(&error);
        assert_eq!((fault.code.as_str(), fault.kind, fault.retry), ("ORA-29999", External, Never));
        assert!(fault.message.contains("something nobody knows") && fault.hints.is_empty());
    }

    #[test]
    fn the_message_is_one_line_and_the_stack_is_its_cause() {
        let text = "ORA-01034: ORACLE not available\nORA-27101: shared memory realm does not exist\nProcess ID: 0";
        let error = SqlError::Database {
            statement: "database/identity".into(),
            code: "ORA-01034".into(),
            text: text.into(),
            done: 0,
        };
        let fault = explain(&error);
        assert_eq!(fault.message, "database/identity: ORA-01034: ORACLE not available");
        assert_eq!(fault.causes, ["ORA-27101: shared memory realm does not exist"]);
        assert!(fault.context.output.unwrap().ends_with("Process ID: 0"));
    }

    #[test]
    fn hints_begin_with_the_deepest_line() {
        let text = "ORA-00308: cannot open archived log '/a'\nORA-27037: unable to obtain file status";
        let hints = hints_for(text);
        assert_eq!(hints[0].text, "the file does not exist");
        assert_eq!(hints.len(), 2);
    }
}
