//! Rules on the database itself. Error numbers: Oracle Database Error Messages.

use super::Seen;
use crate::survey::{DbFacts, Finding};

pub fn rules(seen: &Seen<'_>) -> Vec<Finding> {
    let mut all = vec![log_mode(seen.db), open_mode(seen.db), role(seen.db), threads(seen.db), failover(seen.db)];
    all.push(backup_mode(seen.db));
    all.push(rman(seen.db));
    all.extend(offline(seen));
    all.extend(log_format(seen.db));
    all
}

fn log_mode(db: &DbFacts) -> Finding {
    let id = &db.identity;
    if id.log_mode == "ARCHIVELOG" {
        return Finding::ok("DB-ARCHIVELOG", &id.name, "the database is in ARCHIVELOG mode");
    }
    Finding::error(
        "DB-ARCHIVELOG",
        &id.name,
        "the database is in NOARCHIVELOG mode: BEGIN BACKUP would end with ORA-01123",
        "in MOUNT: ALTER DATABASE ARCHIVELOG; then open it and try again",
    )
}

fn open_mode(db: &DbFacts) -> Finding {
    let id = &db.identity;
    match id.open_mode.as_str() {
        "READ WRITE" => Finding::ok("DB-OPEN", &id.name, "the database is open read write"),
        mode => Finding::error(
            "DB-OPEN",
            &id.name,
            format!("the database is {mode}, not READ WRITE"),
            "open it: a split mirror needs backup mode, and that needs an open database (ORA-01109)",
        ),
    }
}

fn role(db: &DbFacts) -> Finding {
    let id = &db.identity;
    if id.role == "PRIMARY" {
        return Finding::ok("DB-ROLE", &id.name, "the database is a primary");
    }
    let text = format!("the database is a {}: a standby is not put into backup mode", id.role);
    Finding::error("DB-ROLE", &id.name, text, "back up the primary")
}

fn threads(db: &DbFacts) -> Finding {
    let id = &db.identity;
    let cluster = db.parameter("cluster_database").is_some_and(|v| v.eq_ignore_ascii_case("true"));
    if id.enabled_threads == 1 && !cluster {
        return Finding::ok("DB-RAC", &id.name, "one enabled thread, not a cluster database");
    }
    let text = format!("{} enabled threads, cluster_database = {cluster}", id.enabled_threads);
    Finding::error("DB-RAC", &id.name, text, "RAC databases are not supported; use RMAN on a node")
}

fn failover(db: &DbFacts) -> Finding {
    let id = &db.identity;
    if id.fs_failover_status == "DISABLED" {
        return Finding::ok("DB-FAILOVER", &id.name, "fast-start failover is disabled");
    }
    let text = format!("fast-start failover is {}: the primary may change under the backup", id.fs_failover_status);
    Finding::error("DB-FAILOVER", &id.name, text, "DGMGRL> DISABLE FAST_START FAILOVER, or back up with RMAN")
}

fn backup_mode(db: &DbFacts) -> Finding {
    let Some((number, name)) = db.active.first() else {
        return Finding::ok("DB-ACTIVE", &db.identity.name, "no datafile is in backup mode");
    };
    Finding::error(
        "DB-ACTIVE",
        name,
        format!("datafile {number} is already in backup mode ({} in all): ORA-01146", db.active.len()),
        "if no other backup runs: ALTER DATABASE END BACKUP; a window of ovmirror's own is ended by ovmirror heal",
    )
}

fn rman(db: &DbFacts) -> Finding {
    if db.rman_sessions == 0 {
        return Finding::ok("DB-RMAN", &db.identity.name, "no RMAN job runs");
    }
    let text = format!("{} RMAN session(s) are at work (RMAN-06554 would be theirs)", db.rman_sessions);
    Finding::error("DB-RMAN", &db.identity.name, text, "wait until they end, then try again")
}

fn offline(seen: &Seen<'_>) -> Vec<Finding> {
    let offline = seen.db.datafiles.iter().filter(|file| !file.is_online());
    offline.map(|file| offline_file(&seen.choices.skip, file)).collect()
}

fn offline_file(skip: &[String], file: &crate::survey::DataFile) -> Finding {
    let text = format!("datafile {} is {}", file.number, file.status);
    if skip.contains(&file.name) {
        return Finding::warn("DB-OFFLINE", &file.name, format!("{text}; skip names it, so it is left out"), "");
    }
    let remedy = "bring it online, or name it in skip to accept a backup without it";
    Finding::error("DB-OFFLINE", &file.name, text, remedy)
}

/// Without %r the logs of two incarnations have one name (Database Reference, LOG_ARCHIVE_FORMAT).
fn log_format(db: &DbFacts) -> Option<Finding> {
    let format = db.parameter("log_archive_format")?;
    let whole = ["%r", "%R"].iter().any(|part| format.contains(part));
    (!whole).then(|| {
        let text = format!("LOG_ARCHIVE_FORMAT = {format} has no %r");
        Finding::warn("DB-LOGFORMAT", &db.identity.name, text, "add %r, or recovery cannot cross a RESETLOGS")
    })
}
