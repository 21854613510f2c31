//! SQL through the Oracle client. Without `OVMIRROR_TEST_ORACLE` (see `common/sql_contract.rs`) only the missing client
//! can be tested.

#[cfg(test)]
#[path = "common/sql_contract.rs"]
mod sql_contract;

use ovmirror::{
    fault::{Kind, Remedy},
    model::HostName,
    port::{Role, Sql, SqlTarget},
    transport::oci::OciSql,
};

#[test]
fn it_keeps_the_contract_or_tells_what_is_missing() {
    if let Some(target) = sql_contract::target("db1") {
        return sql_contract::keeps_the_contract(&OciSql, &target);
    }
    let target = SqlTarget {
        host: HostName::new("db1").unwrap(),
        oracle_home: String::new(),
        sid: "ORCL".into(),
        role: Role::Sysbackup,
        connect: Some("//127.0.0.1:1/none".into()),
        tz: None,
    };
    let Err(error) = OciSql.open(&target) else { panic!("nothing listens there") };
    if error.code() == "ORA-12541" {
        eprintln!("an Oracle client is installed here, so its absence cannot be tested");
        return;
    }
    assert_eq!((error.code().as_str(), error.kind()), ("DPI-1047", Kind::External));
    let hints = format!("{:?}", error.hints());
    assert!(hints.contains("LD_LIBRARY_PATH") && hints.contains("instantclient"), "{hints}");
    assert!(hints.contains("sql = \\\"sqlplus\\\""), "{hints}");
}
