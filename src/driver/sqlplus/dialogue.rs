//! Where a RECOVER with a backup control file stood when it ended. Such a recovery ends well only behind a log that
//! somebody has to name, so a missing one is no failure of the script (SQL*Plus User's Guide, "RECOVER").

use super::{answer, script};
use crate::{driver::oracle_codes::code_of, model::Scn, port::SqlError};

/// Where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stood {
    /// Media recovery complete.
    Complete,
    /// It asked for a log.
    Asked {
        /// The change it must hold.
        change: Scn,
        /// Its sequence.
        sequence: u64,
    },
    /// Redo added these files to the control file, under names of no file (ORA-01244): number and true name.
    Unnamed(Vec<(u64, String)>),
}

/// What is printed beside the question for a log: not found, or not the one that was asked for (Error Messages); and what
/// CANCEL leads to, or says where nothing is left to cancel.
const ASKING: &[&str] = &[
    "ORA-00308",
    "ORA-27037",
    "ORA-00310",
    "ORA-00334",
    "ORA-00339",
    "ORA-00342",
    "ORA-01547",
    "ORA-01194",
    "ORA-01195",
    "ORA-01152",
    "ORA-01110",
    "ORA-01112",
    "SP2-0042",
];

/// Reads what it printed.
pub fn stood(name: &str, printed: &str) -> Result<Stood, SqlError> {
    let lines: Vec<&str> = printed.lines().map(str::trim).collect();
    if lines.iter().any(|line| line.starts_with("ORA-01244")) {
        return Ok(Stood::Unnamed(lines.iter().filter_map(|line| named(line)).collect()));
    }
    let failed = |line: &&&str| code_of(line).is_some_and(|code| !ASKING.contains(&code) && !script::is_dialogue(code));
    if let Some(at) = lines.iter().position(|line| failed(&line)) {
        let code = code_of(lines[at]).unwrap_or_default().to_owned();
        return Err(answer::failure(name, code, lines[at..].join("\n"), 0));
    }
    let says = |words: &str| lines.iter().position(|line| line.starts_with(words));
    let waits =
        ["Specify log", "ORA-00308", "ORA-00310", "ORA-00339", "ORA-00342"].iter().any(|words| says(words).is_some());
    match (says("ORA-01547"), says("Media recovery complete"), lines.iter().rev().find_map(|line| asked(line))) {
        (None, Some(_), _) => Ok(Stood::Complete),
        (_, None, Some(asked)) if waits => Ok(asked),
        (Some(at), ..) => Err(answer::failure(name, "ORA-01547".to_owned(), lines[at..].join("\n"), 0)),
        _ => Err(answer::not_understood(name, "recovery neither ended nor asked for a log", printed)),
    }
}

/// `ORA-01110: data file 7: '/u02/oradata/ORCL/added01.dbf'`
fn named(line: &str) -> Option<(u64, String)> {
    let (number, name) = line.strip_prefix("ORA-01110: data file ")?.split_once(": '")?;
    Some((number.parse().ok()?, name.strip_suffix('\'')?.to_owned()))
}

/// `ORA-00280: change 1441032 for thread 1 is in sequence #4`
fn asked(line: &str) -> Option<Stood> {
    let (change, rest) = line.strip_prefix("ORA-00280: change ")?.split_once(' ')?;
    let (_, sequence) = rest.split_once("sequence #")?;
    Some(Stood::Asked { change: Scn::new(change.parse().ok()?), sequence: sequence.trim().parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Remedy;

    const ASKED: &str = "ORA-00279: change 1441032 generated at 11/27/2026 20:05:37 needed for thread 1
ORA-00289: suggestion : /u03/arch/ORCL/1_4_1250453105.dbf
ORA-00280: change 1441032 for thread 1 is in sequence #4
";
    const MISSING: &str = "ORA-00278: log file '/u03/arch/ORCL/1_4_1250453105.dbf' no longer needed for this recovery
ORA-00308: cannot open archived log '/u03/arch/ORCL/1_4_1250453105.dbf'
ORA-27037: unable to obtain file status
Linux-x86_64 Error: 2: No such file or directory
Additional information: 7


Specify log: {<RET>=suggested | filename | AUTO | CANCEL}
Media recovery cancelled.
SP2-0042: unknown command \"CANCEL\" - rest of line ignored.
";

    fn at(text: &str) -> Stood {
        stood("RECOVER", text).unwrap()
    }

    #[test]
    fn it_asks_for_what_no_archived_log_holds() {
        let four = Stood::Asked { change: Scn::new(1_441_032), sequence: 4 };
        assert_eq!(at(&format!("{ASKED}{MISSING}")), four);
        let cancelled = "ORA-01547: warning: RECOVER succeeded but OPEN RESETLOGS would get error below
ORA-01194: file 1 needs more recovery to be consistent
ORA-01110: data file 1: '/u02/oradata/ORCL/system01.dbf'
";
        assert_eq!(at(&format!("{ASKED}{MISSING}{cancelled}")), four);
        let other = "ORA-00310: archived log contains sequence 2; sequence 4 required\nORA-00334: archived log: '/u03/redo02.log'\n";
        assert_eq!(at(&format!("{ASKED}{other}")), four);
    }

    #[test]
    fn it_is_complete_behind_the_last_log() {
        let end =
            "Log applied.\nMedia recovery complete.\nSP2-0042: unknown command \"CANCEL\" - rest of line ignored.\n";
        assert_eq!(at(&format!("{ASKED}{end}")), Stood::Complete);
        assert_eq!(at("Media recovery complete.\n"), Stood::Complete);
    }

    #[test]
    fn files_without_a_name_are_told_with_the_one_they_had() {
        let text = "ORA-00283: recovery session canceled due to errors
ORA-01244: unnamed datafile(s) added to control file by media recovery
ORA-01110: data file 7: '/u02/oradata/ORCL/added01.dbf'
ORA-01110: data file 8: '/u02/oradata/ORCL/added02.dbf'
";
        let path = |n: u64| format!("/u02/oradata/ORCL/added0{n}.dbf");
        assert_eq!(at(&format!("{ASKED}{text}")), Stood::Unnamed(vec![(7, path(1)), (8, path(2))]));
    }

    #[test]
    fn what_else_it_says_is_a_failure() {
        let code = |text: &str| stood("RECOVER", text).unwrap_err().code();
        let read_only = "ORA-00283: recovery session canceled due to errors\nORA-01233: file 4 is read only\n";
        assert_eq!(code(&format!("{ASKED}{read_only}")), "ORA-00283");
        let target = "ORA-01547: warning: RECOVER succeeded but OPEN RESETLOGS would get error below\n";
        assert_eq!(code(&format!("{ASKED}Log applied.\n{target}")), "ORA-01547");
        assert_eq!(code("ORA-03113: end-of-file on communication channel\n"), "ORA-03113");
        assert_eq!(code(""), "SQL-002");
    }
}
