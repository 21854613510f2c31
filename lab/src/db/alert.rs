//! The alert log: what happened to an instance, in its own words and times.
//!
//! It lies in `<diagnostic_dest>/diag/rdbms/<db_unique_name>/<SID>/trace/alert_<SID>.log` (Administrator's Guide, "The
//! Alert Log" and "About Automatic Diagnostic Repository": DIAGNOSTIC_DEST is ORACLE_BASE, or ORACLE_HOME/log where that
//! is not set). Statements that change the structure of the database are written as they were typed when they begin
//! and with `Completed:` when they end, errors as `ORA-n signalled during: …`. From 12.2 the times are ISO 8601 with
//! microseconds and zone (Database Reference, UNIFORM_LOG_TIMESTAMP_FORMAT), before that `Sat Nov 21 22:55:23 2026`.

use super::api::OraError;
use crate::context::Oracle;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Where an instance writes its messages.
#[derive(Debug, Clone)]
pub struct Alert {
    file: PathBuf,
    release: Oracle,
}

impl Alert {
    /// Of an instance; `parameters` are those in force.
    #[must_use]
    pub fn new(home: &Path, sid: &str, release: Oracle, parameters: &[(String, String)]) -> Self {
        let get = |name: &str| parameters.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str());
        let dest = get("diagnostic_dest").map_or_else(|| base(home), PathBuf::from);
        let unique = get("db_unique_name").or_else(|| get("db_name")).unwrap_or(sid).to_lowercase();
        let trace = dest.join("diag/rdbms").join(unique).join(sid).join("trace");
        Self { file: trace.join(format!("alert_{sid}.log")), release }
    }

    /// Adds a message with the time. An instance that cannot write its log goes on, as the real one does.
    pub fn say(&self, message: &str) {
        let text = format!("{}\n{}\n", self.now(), message.trim());
        let _ = self.file.parent().map(fs::create_dir_all);
        let opened = OpenOptions::new().create(true).append(true).open(&self.file);
        let _ = opened.and_then(|mut file| file.write_all(text.as_bytes()));
    }

    /// Does what a statement asks for, between the two messages about it.
    pub fn around<T>(&self, statement: &str, act: impl FnOnce() -> Result<T, OraError>) -> Result<T, OraError> {
        self.say(statement);
        let done = act();
        match &done {
            Ok(_) => self.say(&format!("Completed: {}", statement.trim())),
            Err(error) => self.say(&format!(
                "ORA-{} signalled during: {}...",
                error.lines.first().map_or(600, |line| line.0),
                statement.trim()
            )),
        }
        done
    }

    fn now(&self) -> String {
        let now = chrono::Local::now();
        let format = if self.release < Oracle::V12_2 { "%a %b %d %H:%M:%S %Y" } else { "%Y-%m-%dT%H:%M:%S%.6f%:z" };
        now.format(format).to_string()
    }
}

/// ORACLE_BASE by the Optimal Flexible Architecture: what stands before `product` in the home's name.
fn base(home: &Path) -> PathBuf {
    let product = home.ancestors().find(|folder| folder.ends_with("product"));
    product.and_then(Path::parent).map_or_else(|| home.join("log"), Path::to_path_buf)
}

/// Whether a statement is one that the log repeats as it was typed.
#[must_use]
pub fn is_logged(statement: &str) -> bool {
    let mut words = statement.split_whitespace().map(str::to_uppercase);
    let first_two = (words.next(), words.next());
    matches!(
        (first_two.0.as_deref(), first_two.1.as_deref()),
        (Some("ALTER"), Some("DATABASE" | "PLUGGABLE")) | (Some("ALTER" | "CREATE" | "DROP"), Some("TABLESPACE"))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_stands_there_twice_with_times() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("product/19.0.0/dbhome_1");
        let alert = Alert::new(&home, "ORCL", Oracle::V19, &[("db_unique_name".into(), "ORCL".into())]);
        alert.around("ALTER DATABASE BEGIN BACKUP ", || Ok(())).unwrap();
        let refused = || Err::<(), _>(OraError::new(1142, "none of the files are in backup"));
        assert!(alert.around("alter database end backup", refused).is_err());
        let text = fs::read_to_string(dir.path().join("diag/rdbms/orcl/ORCL/trace/alert_ORCL.log")).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            [lines[1], lines[3], lines[5], lines[7]],
            [
                "ALTER DATABASE BEGIN BACKUP",
                "Completed: ALTER DATABASE BEGIN BACKUP",
                "alter database end backup",
                "ORA-1142 signalled during: alter database end backup..."
            ]
        );
        assert!(chrono::DateTime::parse_from_rfc3339(lines[0]).is_ok(), "{}", lines[0]);
    }

    #[test]
    fn an_own_destination_and_a_bare_home() {
        let own = Alert::new(Path::new("/h"), "T", Oracle::V11_2, &[("diagnostic_dest".into(), "/d".into())]);
        assert_eq!(own.file, Path::new("/d/diag/rdbms/t/T/trace/alert_T.log"));
        let bare = Alert::new(Path::new("/h"), "T", Oracle::V19, &[]);
        assert_eq!(bare.file, Path::new("/h/log/diag/rdbms/t/T/trace/alert_T.log"));
        assert!(chrono::NaiveDateTime::parse_from_str(&own.now(), "%a %b %d %H:%M:%S %Y").is_ok());
    }

    #[rstest::rstest]
    #[case("alter\n database end backup", true)]
    #[case("ALTER TABLESPACE users BEGIN BACKUP", true)]
    #[case("ALTER SYSTEM CHECKPOINT", false)]
    #[case("SELECT 1 FROM dual", false)]
    fn what_is_repeated(#[case] statement: &str, #[case] logged: bool) {
        assert_eq!(is_logged(statement), logged);
    }
}
