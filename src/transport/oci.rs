//! SQL through the Oracle client (crate `oracle`, which is ODPI-C).
//!
//! ODPI-C loads the client library at run time, so this builds and starts without one; opening a session then gives
//! DPI-1047 with its remedy. Login is external only, by a wallet or the operating system: a password would have to
//! stand in the configuration. An idle instance cannot be asked this way; `sqlplus` can.

use crate::{
    fault::{Hint, hint, hint_command},
    model::HostName,
    port::{Bind, Outcome, RemoteError, Role, Rows, Sql, SqlError, SqlSession, SqlTarget, Statement},
};
use oracle::{Connection, Connector, Privilege, sql_type::ToSql};
use std::time::{Duration, Instant};

/// Errors after which nobody knows whether the statement had its effect, as ODPI-C itself groups them
/// (`dpiError.c`): end-of-file on the channel, not connected, lost contact, timeouts, partial data, closed.
const LOST: [i32; 9] = [3113, 3114, 3135, 3136, 3156, 12161, 12537, 12547, 12570];
/// What ODPI-C usually makes of them (`dpiErrorMessages.h`): not connected, call timeout, connection closed.
const LOST_DPI: [i32; 3] = [1010, 1067, 1080];

/// Opens sessions through the Oracle client.
#[derive(Debug, Clone, Copy, Default)]
pub struct OciSql;

impl Sql for OciSql {
    fn open(&self, target: &SqlTarget) -> Result<Box<dyn SqlSession>, SqlError> {
        let connect = connect_string(target)?;
        let mut connector = Connector::new("", "", connect);
        connector.external_auth(true).privilege(match target.role {
            Role::Sysbackup => Privilege::Sysbackup,
            Role::Sysdba => Privilege::Sysdba,
        });
        let failed = |error| translate(&error, "connect", 0, &target.host);
        let mut connection = connector.connect().map_err(failed)?;
        // As sqlplus, which commits when it ends.
        connection.set_autocommit(true);
        Ok(Box::new(OciSession { connection, host: target.host.clone() }))
    }
}

/// The connect string, without any credentials. A string that is refused is not shown: it may hold a password.
fn connect_string(target: &SqlTarget) -> Result<&str, SqlError> {
    let refuse = |message: &str, remedy: &str| SqlError::Client {
        code: "SQL-003".to_owned(),
        message: format!("{message} (instance {} on {})", target.sid, target.host),
        hints: vec![hint(remedy)],
    };
    match target.connect.as_deref() {
        None | Some("") => Err(refuse(
            "sql = \"oci\" needs a connect string",
            "set `connect` for this database (//host:port/service or a TNS alias), or set sql = \"sqlplus\"",
        )),
        Some(text) if text.contains('@') => Err(refuse(
            "the connect string holds a user or password",
            "write only what stands behind the @; log in with a wallet (Secure External Password Store)",
        )),
        Some(text) => Ok(text),
    }
}

struct OciSession {
    connection: Connection,
    host: HostName,
}

impl SqlSession for OciSession {
    /// OCI runs one statement at a time, so this is one round trip for each.
    fn batch(&mut self, statements: &[Statement], deadline: Duration) -> Result<Vec<Outcome>, SqlError> {
        let end = Instant::now() + deadline;
        let mut outcomes = Vec::with_capacity(statements.len());
        for statement in statements {
            let done = outcomes.len();
            let left = end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            let outcome = self.connection.set_call_timeout(Some(left)).and_then(|()| self.one(statement));
            outcomes.push(outcome.map_err(|error| translate(&error, &statement.id, done, &self.host))?);
        }
        Ok(outcomes)
    }
}

impl OciSession {
    fn one(&self, statement: &Statement) -> oracle::Result<Outcome> {
        let mut prepared = self.connection.statement(&statement.text).build()?;
        for (name, bind) in &statement.binds {
            let value: &dyn ToSql = match bind {
                Bind::Number(number) => number,
                Bind::Text(text) => text,
            };
            prepared.bind(name.as_str(), value)?;
        }
        if !prepared.is_query() {
            prepared.execute(&[])?;
            return Ok(Outcome::Done);
        }
        let answer = prepared.query(&[])?;
        let columns = answer.column_info().iter().map(|column| column.name().to_uppercase()).collect();
        let values = |row: oracle::Row| row.sql_values().iter().map(|v| v.get::<Option<String>>()).collect();
        let rows = answer.map(|row| row.and_then(values)).collect::<oracle::Result<_>>()?;
        Ok(Outcome::Rows(Rows { columns, rows }))
    }
}

/// Maps an error of the client. `ORA-` is the database's (or its listener's), all else the client's.
fn translate(error: &oracle::Error, statement: &str, done: usize, host: &HostName) -> SqlError {
    let (oci, dpi) = (error.oci_code(), error.dpi_code());
    let opened = statement != "connect";
    let lost = oci.is_some_and(|c| LOST.contains(&c)) || dpi.is_some_and(|c| LOST_DPI.contains(&c));
    let text = error.to_string();
    let text = text.trim_start_matches("OCI Error: ").trim_start_matches("DPI Error: ").to_owned();
    match (oci, dpi) {
        _ if lost && opened => {
            let why = format!("{statement}: {text}");
            SqlError::Remote(RemoteError::NoAnswer { host: host.clone(), why, output: String::new() })
        }
        (Some(code), _) => {
            SqlError::Database { statement: statement.to_owned(), code: format!("ORA-{code:05}"), text, done }
        }
        (None, Some(code)) => client(&format!("DPI-{code:04}"), &text, dpi_hints(code)),
        (None, None) => client("SQL-002", &format!("{statement}: {text}"), Vec::new()),
    }
}

fn client(code: &str, message: &str, hints: Vec<Hint>) -> SqlError {
    SqlError::Client { code: code.to_owned(), message: message.to_owned(), hints }
}

/// `dpiErrorMessages.h`: 1047 cannot locate the client library, 1050 the client is too old for the call (call timeouts
/// need 18), 1072 its version is unsupported.
fn dpi_hints(code: i32) -> Vec<Hint> {
    match code {
        1047 | 1050 | 1072 => vec![
            hint_command(
                "install an Oracle client (instantclient basic, 18 or later) and set LD_LIBRARY_PATH to it",
                "export LD_LIBRARY_PATH=/path/to/instantclient",
            ),
            hint("or set sql = \"sqlplus\" for this database, which needs no client here"),
        ],
        _ => vec![hint("or set sql = \"sqlplus\" for this database")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Remedy;
    use rstest::rstest;

    fn target(connect: Option<&str>) -> SqlTarget {
        SqlTarget {
            host: HostName::new("db1").unwrap(),
            oracle_home: "/u01/home".into(),
            sid: "ORCL".into(),
            role: Role::Sysdba,
            connect: connect.map(str::to_owned),
            tz: None,
        }
    }

    #[rstest]
    #[case(None)]
    #[case(Some(""))]
    #[case(Some("sys/hunter2@//db1/orcl"))]
    fn connect_strings_that_are_refused(#[case] connect: Option<&str>) {
        let error = connect_string(&target(connect)).unwrap_err();
        assert_eq!(error.code(), "SQL-003");
        assert!(!format!("{:?}", error.fault()).contains("hunter2"));
        assert!(!error.hints().is_empty());
    }

    #[test]
    fn connect_strings_that_are_taken() {
        assert_eq!(connect_string(&target(Some("//db1:1521/orcl"))).unwrap(), "//db1:1521/orcl");
    }
}
