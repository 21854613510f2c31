//! What SQL*Plus prints.

use super::{code, some, text};
use crate::far::Far;
use ovmirror::{
    driver::sqlplus::{SqlPlus, Stood, stood},
    model::HostName,
    port::{Outcome, Role, Sql, SqlTarget, Statement},
    text::{Release, check},
};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(1);

fn target() -> SqlTarget {
    let (oracle_home, sid) = ("/u01/home".to_owned(), "ORCL".to_owned());
    let host = HostName::new("slot021").unwrap();
    SqlTarget { host, oracle_home, sid, role: Role::Sysbackup, connect: None, tz: None }
}

fn statements() -> Vec<Statement> {
    let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let one =
        |id: &str, columns| Statement { id: id.to_owned(), text: "SELECT 1 FROM t".to_owned(), binds: vec![], columns };
    vec![
        one("files/data", columns(&["FILE#", "NAME"])),
        one("backup/begin", vec![]),
        one("logs/needed", columns(&["A"])),
    ]
}

/// Login, release, and a batch whose outcomes must fit the statements.
pub fn session(bytes: &[u8]) -> String {
    let text = text(bytes);
    roundtrip(&text);
    let sqlplus = SqlPlus::new(Far::new(&text), SOON);
    let statements = statements();
    let outcomes = sqlplus.open(&target()).and_then(|mut session| session.batch(&statements, SOON));
    match outcomes {
        Ok(outcomes) => {
            assert_eq!(outcomes.len(), statements.len());
            outcomes.iter().zip(&statements).for_each(|(outcome, statement)| fits(outcome, statement));
            format!("good {}", outcomes.iter().map(|outcome| some(outcome.clone().rows().rows.len())).sum::<usize>())
        }
        Err(error) => code(&error),
    }
}

fn fits(outcome: &Outcome, statement: &Statement) {
    match outcome {
        Outcome::Done => assert!(statement.columns.is_empty()),
        Outcome::Rows(rows) => assert!(rows.rows.iter().all(|row| row.len() == statement.columns.len())),
    }
}

/// Any values on one line each, printed as 12.2 and later print them, come back as they were.
fn roundtrip(text: &str) {
    let clean = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>();
    let mut values = text.lines().map(clean).filter(|value| !value.is_empty() && !value.contains("MARKER"));
    let (Some(first), second) = (values.next(), values.next()) else { return };
    let quoted = |value: &str| format!("\"{}\"", value.replace('"', "\"\""));
    let row = format!("{},{}", quoted(&first), second.as_deref().map_or_else(String::new, quoted));
    let far = format!("MARKER-connected\novm-release 19.0.0.0.0\n\n----\n{row}\nMARKER-0\n");
    let mut session = SqlPlus::new(Far::new(&far), SOON).open(&target()).unwrap();
    let outcomes = session.batch(&statements()[..1], SOON).unwrap();
    assert_eq!(outcomes[0].clone().rows().rows, [[Some(first), second]]);
}

/// A script, and a check's rows in both formats.
pub fn script(bytes: &[u8]) -> String {
    let text = text(bytes);
    let sqlplus = SqlPlus::new(Far::new(&text), SOON);
    let started = sqlplus.script(&target(), "STARTUP MOUNT", SOON);
    if let Ok(printed) = &started {
        assert!(!printed.contains("\nORA-01103: "), "a failure was passed over");
    }
    let started = started.map_or_else(|error| code(&error), |_| "good".to_owned());
    let check = check::parse("a.sql", "-- columns: OK, NAME\nSELECT 1 AS ok, 'x' AS name FROM dual").unwrap();
    format!("{started} {} {}", rows(&text, &check, 19), rows(&text, &check, 11))
}

fn rows(text: &str, check: &check::Check, major: u8) -> String {
    let sqlplus = SqlPlus::new(Far::new(text), SOON);
    match sqlplus.check(&target(), check, Release::new(major.into(), 0), SOON) {
        Ok(rows) => {
            assert!(rows.rows.iter().all(|row| row.len() == rows.columns.len()));
            some(rows.rows.len()).to_string()
        }
        Err(error) => code(&error),
    }
}

/// Where a RECOVER stood.
pub fn dialogue(bytes: &[u8]) -> String {
    let printed = text(bytes);
    match stood("RECOVER", &printed) {
        Ok(Stood::Complete) => {
            assert!(printed.contains("Media recovery complete"), "complete without the word for it");
            "complete".to_owned()
        }
        Ok(Stood::Asked { sequence, .. }) => format!("asked {}", sequence.checked_ilog2().unwrap_or(0)),
        Ok(Stood::Unnamed(files)) => format!("unnamed {}", some(files.len())),
        Err(error) => code(&error),
    }
}
