//! The site's own questions to the open copy. Answers are production data: they go into the artifacts, not into the
//! journal.

use super::{DrillParams, opened};
use crate::{
    driver::oracle_codes,
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::Fault,
    port::{Role, Rows, SqlError, SqlTarget},
    step::{World, files, names::run_id, preview::told},
    text::{check::Check, report::Checked},
};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, sync::Arc};

pub struct RunChecks(pub Arc<DrillParams>);

/// How each check went.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Asked {
    /// Name, and why it did not pass.
    pub results: Vec<(String, Option<String>)>,
}

/// The rows that are shown of an answer, and the characters of a value.
const ROWS: usize = 100;
const WIDTH: usize = 500;

/// Where the answers are until the report takes them.
pub fn answers(world: &World, run: &str) -> Result<PathBuf, Fault> {
    Ok(world.artifacts_of(&run_id(run)?).join("checks.json"))
}

impl RunChecks {
    /// SYSBACKUP may not read the users' tables (Database Security Guide, "SYSBACKUP Administrative Privilege").
    fn target(&self) -> SqlTarget {
        SqlTarget { role: Role::Sysdba, ..self.0.clone.target() }
    }

    fn ask(&self, cx: &Cx<'_, World>, check: &Check) -> Result<Checked, Fault> {
        let (target, release) = (self.target(), self.0.clone.release()?);
        let answer = cx.world.sqlplus.check(&target, check, release, cx.world.limits.sql);
        let rows = match answer {
            Ok(rows) => rows,
            Err(error) => {
                super::refusal(oracle_codes::explain(&error).on(&target.host))?;
                return Ok(checked(check, &Rows::default(), Some(words(&error))));
            }
        };
        Ok(checked(check, &rows, why_not(check, &rows)))
    }
}

/// The database's own words; which check they are about stands beside them.
fn words(error: &SqlError) -> String {
    match error {
        SqlError::Database { text, .. } => text.lines().collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}

/// A check passes when it was answered and, if its first column is OK, with 1 in every row. Where no row came, SQL*Plus
/// may not even show the columns: a query that speaks of OK has then not said it.
fn why_not(check: &Check, rows: &Rows) -> Option<String> {
    let judges = match rows.columns.first() {
        Some(first) => first.eq_ignore_ascii_case("OK"),
        None => check.judges(),
    };
    let is_one = |row: &Vec<Option<String>>| row.first().and_then(Option::as_deref).map(str::trim) == Some("1");
    match () {
        () if !judges => None,
        () if rows.rows.is_empty() => Some("OK is not 1: there is no row".to_owned()),
        () if rows.rows.iter().all(is_one) => None,
        () => Some("OK is not 1".to_owned()),
    }
}

fn checked(check: &Check, rows: &Rows, why: Option<String>) -> Checked {
    let values = |row: &Vec<Option<String>>| row.iter().map(|value| shown(value.as_deref().unwrap_or(""))).collect();
    Checked {
        check: check.clone(),
        passed: why.is_none(),
        why: why.unwrap_or_default(),
        columns: rows.columns.iter().map(|name| shown(name)).collect(),
        rows: rows.rows.iter().take(ROWS).map(values).collect(),
        row_count: rows.rows.len() as u64,
    }
}

/// What a page can show of a value.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).take(WIDTH).collect()
}

impl Step<World> for RunChecks {
    const KIND: &'static str = "run_checks";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "a query leaves no effect to take back" };
    type Out = Asked;

    fn describe(&self) -> String {
        format!("run the site's {} checks", self.0.checks.len())
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(super::preview::checks(&self.0))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Asked>, Fault> {
        if self.0.checks.is_empty() {
            return Ok(Ran::Skipped(Asked::default(), "the configuration names none".to_owned()));
        }
        if opened(cx)?.is_none() {
            return Ok(Ran::Skipped(Asked::default(), "the copy is not open".to_owned()));
        }
        let checked = self.0.checks.iter().map(|check| self.ask(cx, check)).collect::<Result<Vec<_>, _>>()?;
        files::make_folder(&cx.world.artifacts_of(&run_id(cx.run)?))?;
        files::write(&answers(cx.world, cx.run)?, &serde_json::to_string(&checked).unwrap_or_default())?;
        let results = checked.iter().map(|one| (one.check.name.clone(), (!one.passed).then(|| one.why.clone())));
        let out = Asked { results: results.collect() };
        let failed: Vec<&str> =
            out.results.iter().filter(|(_, why)| why.is_some()).map(|(name, _)| name.as_str()).collect();
        let text = format!("checks failed: {}", failed.join(", "));
        Ok(if failed.is_empty() { Ran::Done(out) } else { Ran::Warned(out, text) })
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Asked>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Asked>) -> Result<(), Fault> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::check::parse;
    use rstest::rstest;

    /// Rows with a semicolon between them, values with a comma.
    #[rstest]
    #[case::one("ok", "OK", "1", true)]
    #[case::padded("ok", "OK", " 1", true)]
    #[case::not_one("ok", "OK", "0", false)]
    #[case::every_row("ok", "OK,N", "1,2;0,3", false)]
    #[case::no_row("ok", "OK", "", false)]
    #[case::no_row_and_no_names("ok", "", "", false)]
    #[case::not_judging("n", "N", "0", true)]
    #[case::not_judging_and_empty("n", "", "", true)]
    #[case::ok_is_not_first("n", "N,OK", "5,0", true)]
    fn verdicts(#[case] column: &str, #[case] columns: &str, #[case] rows: &str, #[case] passes: bool) {
        let check = parse("a.sql", &format!("SELECT n AS {column} FROM t")).unwrap();
        let split = |text: &str, mark| -> Vec<String> {
            text.split(mark).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let rows = split(rows, ';').iter().map(|row| split(row, ',').into_iter().map(Some).collect()).collect();
        let rows = Rows { columns: split(columns, ','), rows };
        assert_eq!(why_not(&check, &rows).is_none(), passes);
    }
}
