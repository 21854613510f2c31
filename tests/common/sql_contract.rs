//! What every implementation of `port::Sql` has to do, as one function.
//!
//! The target comes from the environment variable `OVMIRROR_TEST_ORACLE`: `ORACLE_HOME:SID` of an instance on the host
//! that the implementation reaches (for sqlplus), or a connect string like `//host:1521/service` (for oci), which needs
//! a wallet or operating system login. The instance must be mounted or open and allow SYSDBA. Nothing is changed in it.

use ovmirror::{
    model::HostName,
    port::{Bind, Outcome, Role, Sql, SqlError, SqlTarget, Statement},
};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// The target of `OVMIRROR_TEST_ORACLE`; `None` where it is not set.
pub fn target(host: &str) -> Option<SqlTarget> {
    let text = std::env::var("OVMIRROR_TEST_ORACLE").ok()?;
    let host = HostName::new(host).unwrap();
    let target =
        SqlTarget { host, oracle_home: String::new(), sid: String::new(), role: Role::Sysdba, connect: None, tz: None };
    Some(match text.rsplit_once(':') {
        Some((home, sid)) if home.starts_with('/') && !home.starts_with("//") => {
            SqlTarget { oracle_home: home.to_owned(), sid: sid.to_owned(), ..target }
        }
        _ => SqlTarget { connect: Some(text), ..target },
    })
}

fn query(id: &str, text: &str, columns: &[&str], binds: Vec<(String, Bind)>) -> Statement {
    let columns = columns.iter().map(ToString::to_string).collect();
    Statement { id: id.to_owned(), text: text.to_owned(), binds, columns }
}

/// Runs the contract.
pub fn keeps_the_contract(sql: &dyn Sql, target: &SqlTarget) {
    values_come_as_text(sql, target);
    binds_are_values_not_text(sql, target);
    a_batch_keeps_its_order_and_stops_at_the_first_error(sql, target);
    an_unknown_target_is_an_error(sql, target);
}

fn values_come_as_text(sql: &dyn Sql, target: &SqlTarget) {
    let text = "SELECT TO_CHAR(9007199254740993, 'TM9') AS BIG, NULL AS NOTHING, 'it''s' || CHR(10) || ' x ' AS TEXT FROM DUAL";
    let statement = query("contract/values", text, &["BIG", "NOTHING", "TEXT"], Vec::new());
    let mut session = sql.open(target).unwrap();
    let rows = session.batch(&[statement], MINUTE).unwrap().remove(0).rows();
    let row = rows.one().unwrap();
    assert_eq!(row.number("BIG").unwrap(), 9_007_199_254_740_993);
    assert_eq!(row.get("nothing").unwrap(), None);
    assert_eq!(row.text("TEXT").unwrap(), "it's\n x ");
}

fn binds_are_values_not_text(sql: &dyn Sql, target: &SqlTarget) {
    let hostile = "'; DROP TABLE x; -- & && :n \\";
    let binds =
        vec![("n".to_owned(), Bind::Number(281_474_976_710_655)), ("t".to_owned(), Bind::Text(hostile.to_owned()))];
    let text = "SELECT TO_CHAR(:n, 'TM9') AS N, :t AS T FROM DUAL";
    let mut session = sql.open(target).unwrap();
    let rows = session.batch(&[query("contract/binds", text, &["N", "T"], binds)], MINUTE).unwrap().remove(0).rows();
    let row = rows.one().unwrap();
    assert_eq!((row.number("N").unwrap(), row.text("T").unwrap()), (281_474_976_710_655, hostile));
}

fn a_batch_keeps_its_order_and_stops_at_the_first_error(sql: &dyn Sql, target: &SqlTarget) {
    let one = |id: &str, n: u8| query(id, &format!("SELECT '{n}' AS N FROM DUAL"), &["N"], Vec::new());
    let none = query("contract/none", "SELECT 'x' AS N FROM DUAL WHERE 1 = 0", &["N"], Vec::new());
    let plsql = query("contract/plsql", "BEGIN NULL; END;", &[], Vec::new());
    let mut session = sql.open(target).unwrap();
    let outcomes = session.batch(&[one("contract/a", 1), plsql, none, one("contract/b", 2)], MINUTE).unwrap();
    assert_eq!(outcomes[1], Outcome::Done);
    let counts: Vec<usize> = outcomes.iter().map(|o| o.clone().rows().rows.len()).collect();
    assert_eq!(counts, [1, 0, 0, 1]);
    assert_eq!(outcomes[3].clone().rows().one().unwrap().text("N").unwrap(), "2");

    let bad = query("contract/bad", "SELECT X FROM NO_SUCH_TABLE_OVMIRROR", &["X"], Vec::new());
    let error = session.batch(&[one("contract/a", 1), bad, one("contract/b", 2)], MINUTE).unwrap_err();
    match error {
        SqlError::Database { statement, code, text, done } => {
            assert_eq!((statement.as_str(), done), ("contract/bad", 1));
            assert!(["ORA-00942", "ORA-01219"].contains(&code.as_str()), "{code}");
            assert!(text.contains(&code), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

fn an_unknown_target_is_an_error(sql: &dyn Sql, target: &SqlTarget) {
    let connect = target.connect.as_ref().map(|_| "//127.0.0.1:1/none".to_owned());
    let wrong = SqlTarget { sid: "OVMNONE".into(), oracle_home: "/no/such/home".into(), connect, ..target.clone() };
    let one = query("contract/one", "SELECT '1' AS N FROM DUAL", &["N"], Vec::new());
    assert!(sql.open(&wrong).and_then(|mut s| s.batch(&[one], MINUTE)).is_err());
}
