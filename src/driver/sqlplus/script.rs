//! Scripts of SQL*Plus's own commands (STARTUP, SHUTDOWN, RECOVER), which are judged by what they print: they neither
//! trigger WHENEVER SQLERROR reliably nor set an exit status that says why.

use super::answer;
use crate::{driver::oracle_codes::code_of, port::SqlError};

/// Recovery's dialogue, not failures: change needed, sequence, no longer needed, suggestion (reference: prompts 4.4).
const DIALOGUE: &[&str] = &["ORA-00278", "ORA-00279", "ORA-00280", "ORA-00289"];
/// A warning of STARTUP about obsolete parameters.
const WARNINGS: &[&str] = &["ORA-32004", "ORA-32006"];
/// What SHUTDOWN prints on its way down from a state below OPEN, and for an instance that is down already.
const GOING_DOWN: &[&str] = &["ORA-01109", "ORA-01507", "ORA-01034", "ORA-27101"];

/// Whether a code is a part of recovery's dialogue.
pub fn is_dialogue(code: &str) -> bool {
    DIALOGUE.contains(&code)
}

/// What was printed before the marker, if it holds no failure.
pub fn judge(script: &str, printed: &str, marker: &str) -> Result<String, SqlError> {
    let name = script.lines().find(|line| !line.trim().is_empty()).unwrap_or("script").trim().to_owned();
    let (text, whole) = match printed.find(marker) {
        Some(at) => (&printed[..at], true),
        None => (printed, false),
    };
    if let Some(missing) = text.lines().find(|line| line.starts_with("ovm-missing")) {
        let message = format!("sqlplus was not found: {}", missing.trim_start_matches("ovm-missing "));
        return Err(SqlError::Client { code: "SQL-010".to_owned(), message, hints: Vec::new() });
    }
    let down = script.lines().any(|line| line.trim_start().starts_with("SHUTDOWN"));
    if let Some((code, text)) = failure_in(text, down) {
        return Err(answer::failure(&name, code, text, 0));
    }
    match whole {
        true => Ok(text.to_owned()),
        false => Err(answer::not_understood(&name, "the script ended early", text)),
    }
}

fn failure_in(text: &str, down: bool) -> Option<(String, String)> {
    let expected =
        |code: &str| DIALOGUE.contains(&code) || WARNINGS.contains(&code) || (down && GOING_DOWN.contains(&code));
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| code_of(line).is_some_and(|code| !expected(code)))?;
    let code = code_of(lines[at])?.to_owned();
    let rest: Vec<&str> = lines[at..].iter().map(|line| line.trim_end()).filter(|line| !line.is_empty()).collect();
    Some((code, rest.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Remedy;
    use rstest::rstest;

    const RECOVER: &str = "RECOVER AUTOMATIC DATABASE UNTIL CHANGE 10 USING BACKUP CONTROLFILE";

    #[rstest]
    #[case(
        "STARTUP MOUNT",
        "ORA-32004: obsolete or deprecated parameter(s) specified for RDBMS instance\nORACLE instance \
            started.\n\nTotal System Global Area 1610612736 bytes\nDatabase mounted.\nm\n"
    )]
    #[case(
        "SHUTDOWN IMMEDIATE",
        "ORA-01109: database not open\n\n\nDatabase dismounted.\nORACLE instance shut down.\nm\n"
    )]
    #[case("SHUTDOWN ABORT", "ORACLE instance shut down.\nm\n")]
    #[case(
        RECOVER,
        "ORA-00279: change 3502285 generated at 11/02/2018 10:49:39 needed for thread 1\nORA-00289: suggestion : \
            /u01/1_1.dbf\nORA-00280: change 3502285 for thread 1 is in sequence #1\n\n\nLog applied.\nMedia recovery \
            complete.\nm\n"
    )]
    fn good(#[case] script: &str, #[case] printed: &str) {
        assert!(judge(script, printed, "m\n").is_ok(), "{:?}", judge(script, printed, "m\n"));
    }

    #[rstest]
    #[case("STARTUP MOUNT", "ORA-01103: database name 'ORCL' in control file is not 'ORCX'\nm\n", "ORA-01103")]
    #[case("STARTUP MOUNT", "ORA-01109: database not open\nm\n", "ORA-01109")]
    #[case("STARTUP MOUNT", "LRM-00109: could not open parameter file '/x'\nORA-01078: failure\nm\n", "LRM-00109")]
    #[case("SHUTDOWN IMMEDIATE", "ORA-01149: cannot shutdown - file 1 has online backup set\nm\n", "ORA-01149")]
    #[case("SHUTDOWN ABORT", "SP2-0640: Not connected\nm\n", "SP2-0640")]
    #[case(
        RECOVER,
        "ORA-00279: change 1 needed\nORA-00308: cannot open archived log '/x'\nORA-27037: unable\nm\n",
        "ORA-00308"
    )]
    #[case(
        RECOVER,
        "ORA-01547: warning: RECOVER succeeded but OPEN RESETLOGS would get error below\nORA-01194: file 1\nm\n",
        "ORA-01547"
    )]
    #[case("STARTUP MOUNT", "ORACLE instance started.\n", "SQL-002")]
    #[case("STARTUP MOUNT", "ovm-missing sqlplus in /u01/bin\n", "SQL-010")]
    fn bad(#[case] script: &str, #[case] printed: &str, #[case] code: &str) {
        assert_eq!(judge(script, printed, "m\n").unwrap_err().code(), code);
    }
}
