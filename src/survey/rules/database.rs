//! Rules on the database itself. Error numbers: Oracle Database Error Messages.

use super::Seen;
use crate::survey::{DataFile, DbFacts, Finding};

pub fn rules(seen: &Seen<'_>) -> Vec<Finding> {
    let mut all = vec![log_mode(seen.db), open_mode(seen.db), role(seen.db), threads(seen.db), failover(seen.db)];
    all.push(backup_mode(seen.db));
    all.push(rman(seen.db));
    all.extend(offline(seen));
    all.extend(skipped_in_vain(&seen.choices.skip, &seen.db.datafiles));
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
    if db.identity.open_mode == "MOUNTED" {
        let text = format!(
            "datafile {number} is in backup mode ({} in all), and cannot be opened: ORA-10873",
            db.active.len()
        );
        let remedy = "where it is a window of ovmirror's own: ovmirror heal; else RECOVER DATABASE, which ends backup mode \
             (END BACKUP would spoil files from a backup); then ALTER DATABASE OPEN";
        return Finding::error("DB-ACTIVE", name, text, remedy);
    }
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

fn offline_file(skip: &[String], file: &DataFile) -> Finding {
    let text = format!("datafile {} is {}", file.number, file.status);
    if file.is_left_out(skip) {
        return Finding::warn("DB-OFFLINE", &file.name, format!("{text}; skip names it, so it is left out"), "");
    }
    let remedy = "bring it online, or name it in skip to accept a backup without it";
    Finding::error("DB-OFFLINE", &file.name, text, remedy)
}

/// A name in `skip` that leaves nothing out: the file came back online, or there is none of that name.
fn skipped_in_vain(skip: &[String], files: &[DataFile]) -> Vec<Finding> {
    let in_vain = skip.iter().filter_map(|name| {
        let text = match files.iter().find(|file| file.name == *name) {
            Some(file) if file.is_left_out(skip) => return None,
            Some(_) => "skip names it, but it is online: it is backed up like any other file",
            None => "skip names it, but the database has no datafile of this name",
        };
        Some(Finding::warn("DB-SKIP", name, text, "take it out of skip"))
    });
    in_vain.collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Scn, survey::finding::Level};

    fn file(name: &str, status: &str) -> DataFile {
        DataFile {
            number: 1,
            name: name.to_owned(),
            tablespace: "USERS".to_owned(),
            con_id: 0,
            status: status.to_owned(),
            enabled: "READ WRITE".to_owned(),
            creation_change: Scn::new(7),
            created: String::new(),
            checkpoint_change: Scn::new(990),
            bytes: 8192,
        }
    }

    #[test]
    fn a_skip_that_leaves_nothing_out_is_told() {
        let skip = ["/u02/off", "/u02/on", "/u02/none"].map(str::to_owned);
        let files = [file("/u02/off", "OFFLINE"), file("/u02/on", "ONLINE"), file("/u02/other", "RECOVER")];
        let found = skipped_in_vain(&skip, &files);
        assert!(found.iter().all(|finding| finding.level == Level::Warn && finding.code == "DB-SKIP"));
        assert!(found[0].subject == "/u02/on" && found[0].text.contains("it is online"), "{found:?}");
        assert!(found[1].subject == "/u02/none" && found[1].text.contains("no datafile"), "{found:?}");
        assert_eq!(found.len(), 2);
        let level = |file: &DataFile| offline_file(&skip, file).level;
        assert_eq!((level(&files[0]), level(&files[2])), (Level::Warn, Level::Error));
    }
}
