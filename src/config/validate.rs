//! What types cannot say: references between tables, paths, alphabets.

use super::{
    file::{Config, Database, Host, KeptLogs, Media, SqlWay, Way},
    problem,
};
use crate::{fault::Fault, model::HostName};
use std::{collections::BTreeMap, path::Path, time::Duration};

/// Checks the whole file; the first problem ends it.
pub fn check(path: &Path, config: &Config) -> Result<(), Fault> {
    let at = |key: String, why: &str, remedy: &str| problem::value(path, &key, why, remedy);
    let m = &config.manager;
    if m.key.is_none() && m.password_file.is_none() && m.password_command.is_none() {
        let remedy = "set key, password_file or password_command (key and password may both be set)";
        return Err(at("manager".into(), "there is no way to log in", remedy));
    }
    if m.password_file.is_some() && m.password_command.is_some() {
        return Err(at("manager".into(), "password_file and password_command are both set", "keep one of them"));
    }
    for (key, folder) in [("state", &config.state), ("artifacts", &config.artifacts)] {
        if folder.as_ref().is_some_and(|folder| folder.is_relative() && !folder.starts_with("~")) {
            return Err(at(
                key.into(),
                "it is not an absolute path",
                "a scheduler starts in another folder: write it from the root",
            ));
        }
    }
    for (name, value) in &config.hosts {
        host(value).map_err(|(key, why, remedy)| at(format!("hosts.{name}{key}"), why, remedy))?;
    }
    for (name, value) in &config.media {
        media(config, value).map_err(|(key, why, remedy)| at(format!("media.{name}{key}"), why, remedy))?;
    }
    for (name, value) in &config.databases {
        database(config, value).map_err(|(key, why, remedy)| at(format!("databases.{name}{key}"), why, remedy))?;
    }
    machines(config).map_err(|(key, why, remedy)| at(key, &why, remedy))
}

/// A host and its Vm are one machine, and an instance is one database's: two tables that tell otherwise would swap a disk
/// that is another's, or work on one database behind each other's lock.
fn machines(config: &Config) -> Result<(), (String, String, &'static str)> {
    let databases = config.databases.iter().map(|(name, db)| (format!("databases.{name}"), &db.host, &db.vm));
    let media = config.media.iter().map(|(name, media)| (format!("media.{name}"), &media.host, &media.vm));
    let mut seen: Vec<(String, &HostName, &String)> = Vec::new();
    for (table, host, vm) in databases.chain(media) {
        if let Some((other, ..)) = seen.iter().find(|(_, h, v)| (*h == host) != (*v == vm)) {
            let why = format!("host {host} and Vm {vm} are one machine here and two in [{other}]");
            return Err((format!("{table}.vm"), why, "correct host or vm in one of them"));
        }
        seen.push((table, host, vm));
    }
    let mut instances = BTreeMap::new();
    for (name, db) in &config.databases {
        if let Some(other) = instances.insert((&db.host, db.sid.as_str()), name) {
            let why =
                format!("it is the instance of [databases.{other}], too: their locks would not know of each other");
            return Err((format!("databases.{name}.sid"), why, "keep one of them"));
        }
    }
    Ok(())
}

type Wrong = (&'static str, &'static str, &'static str);

fn host(host: &Host) -> Result<(), Wrong> {
    if !host.local && host.address.is_none() {
        return Err((".address", "it is missing", "name the machine's address, or say local = true"));
    }
    if !host.local && host.user.is_none() {
        return Err((".user", "it is missing", "name the user to log in as"));
    }
    let become_with = host.become_with.as_deref().unwrap_or("sudo");
    if !become_with.chars().all(|c| c.is_ascii_alphanumeric() || " -_/.".contains(c)) {
        return Err((".become", "it holds characters that are not allowed", "write for example become = \"sudo -n\""));
    }
    Ok(())
}

fn media(config: &Config, media: &Media) -> Result<(), Wrong> {
    if !config.hosts.contains_key(&media.host) {
        return Err((".host", "there is no such table under [hosts]", "add [hosts.NAME] or correct the name"));
    }
    absolute(&media.oracle_home).map_err(|why| (".oracle_home", why, HOME))?;
    absolute(&media.prefix).map_err(|why| (".prefix", why, "write an absolute path"))?;
    if media.catalog.is_some() {
        let why = "a recovery catalog is not spoken to in this release";
        return Err((".catalog", why, "leave it out; the clone's control file goes to tape and knows its pieces"));
    }
    if media.channels == 0 || media.channels > 64 {
        return Err((".channels", "it must be 1 to 64", "one channel per tape stream"));
    }
    if media.sbt.env.keys().any(|key| names_a_secret(key)) {
        let why = "its name says that it is a password; the values stand in the journal and in RMAN's log";
        return Err((".sbt.env", why, "put it into the media manager's own parameter file, and name that file in ENV"));
    }
    let sbt_char = |c: char| c.is_ascii_graphic() && !"'\"(),;".contains(c);
    let words = media.sbt.env.iter().flat_map(|(k, v)| [k, v]).chain([&media.sbt.library]);
    if words.into_iter().any(|word| word.is_empty() || !word.chars().all(sbt_char)) {
        let why = "library and ENV may hold no blanks, quotes, commas, semicolons or parentheses";
        return Err((".sbt", why, "RMAN's PARMS cannot carry them; use a parameter file of the media manager"));
    }
    Ok(())
}

/// RMAN's PARMS are printed in its log and kept in the control file: no place for a password.
fn names_a_secret(key: &str) -> bool {
    let key = key.to_ascii_uppercase();
    ["PASSW", "PWD", "PASSPHRASE", "SECRET", "TOKEN", "CREDENTIAL"].iter().any(|word| key.contains(word))
}

/// Backup mode is for the seconds of a reflink; a longer limit is a mistake that disarms the guard.
const LONGEST_WINDOW: Duration = Duration::from_secs(3600);

const HOME: &str = "write the same string as at instance start (see /etc/oratab)";

fn database(config: &Config, db: &Database) -> Result<(), Wrong> {
    if !config.hosts.contains_key(&db.host) {
        return Err((".host", "there is no such table under [hosts]", "add [hosts.NAME] or correct the name"));
    }
    if db.media.as_ref().is_some_and(|media| !config.media.contains_key(media)) {
        return Err((".media", "there is no such table under [media]", "add [media.NAME] or correct the name"));
    }
    let known = |name| config.hosts.contains_key(name);
    if db.way == Way::Server && !db.server.as_ref().is_some_and(known) {
        return Err((".server", "way = \"server\" needs a server of [hosts]", "add it, or use way = \"manager\""));
    }
    if db.window_limit.get() > LONGEST_WINDOW {
        return Err((
            ".window_limit",
            "it is longer than an hour",
            "the guard ends backup mode only a minute after it: minutes are enough",
        ));
    }
    match (db.sql, &db.connect) {
        (SqlWay::Oci, None) => {
            return Err((".connect", "sql = \"oci\" needs it", "name the service, as in //slot021:1521/ORCL"));
        }
        (SqlWay::Oci, Some(connect)) if connect.contains('@') => {
            let remedy = "name the service alone; login is by a wallet or the operating system";
            return Err((".connect", "it holds a user or password", remedy));
        }
        (SqlWay::Sqlplus, Some(_)) => {
            return Err((".connect", "it is for sql = \"oci\" only", "leave it out, or set sql = \"oci\""));
        }
        _ => {}
    }
    if db.kept_logs == KeptLogs::Clone {
        let why = "a clone of the archive disk is not made in this release";
        return Err((".kept_logs", why, "set kept_logs = \"copy\": the logs of the window are copied"));
    }
    absolute(&db.oracle_home).map_err(|why| (".oracle_home", why, HOME))?;
    let sid_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '#');
    if db.sid.is_empty() || db.sid.len() > 16 || !db.sid.chars().all(sid_char) {
        return Err((".sid", "a SID has 1 to 16 letters, digits, _ $ #", "see the instance's pmon process"));
    }
    db.kept.as_deref().map_or(Ok(()), |kept| absolute(kept).map_err(|why| (".kept", why, "write an absolute path")))
}

fn absolute(path: &str) -> Result<(), &'static str> {
    let good = |c: char| c.is_ascii_alphanumeric() || "/_-.+".contains(c);
    if !path.starts_with('/') {
        return Err("it is not an absolute path");
    }
    if path.chars().all(good) { Ok(()) } else { Err("it holds characters other than letters, digits and / _ - . +") }
}
