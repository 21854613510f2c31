//! What a support bundle holds, and what it never does.

use super::redact::Redactor;
use crate::{
    config::Config,
    engine::{FORMAT, Record},
    fault::{Fault, Kind},
};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// One file of the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its path inside.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The last of a log that is longer.
const LONGEST_LOG: usize = 4 << 20;

/// Keys whose values say how the site is set up and nothing of who and where it is. All other values become `(set)`.
const SHOWN: [&str; 27] = [
    "simulated",
    "port",
    "legacy_ssh",
    "clone_to",
    "become",
    "agent",
    "local",
    "mount",
    "prefix",
    "controlfile",
    "channels",
    "sql",
    "way",
    "quiesce",
    "kept_logs",
    "window_limit",
    "validate",
    "connect",
    "command",
    "clone",
    "rman_stall",
    "start_stop",
    "host",
    "media",
    "server",
    "vm",
    "sid",
];
/// Of these, what is a name only inside a database or media host: the manager's `host` and a database's `connect` are not.
const NAMES: [&str; 5] = ["host", "media", "server", "vm", "sid"];

/// Everything.
pub fn parts(config: &Config, records: &[Record], artifacts: &Path, simulated: bool) -> Result<Vec<Part>, Fault> {
    let redactor = Redactor::new(config);
    let mut parts = vec![
        json_part("versions.json", versions(simulated))?,
        json_part("config.json", redactor.value(shape(config)?))?,
        journal(&redactor, records)?,
    ];
    parts.extend(logs(&redactor, artifacts)?);
    let mut about = String::from(ABOUT);
    parts.iter().for_each(|part| about.push_str(&format!("{:>10}  {}\n", part.bytes.len(), part.name)));
    parts.insert(0, Part { name: "README.txt".to_owned(), bytes: about.into_bytes() });
    Ok(parts)
}

/// The first thing that is read of it.
const ABOUT: &str = "\
A support bundle of ovmirror.

journal.jsonl   every record of the run
logs/           RMAN's and other logs of the run, the last 4 MiB of each, and evidence.json
config.json     the keys of the configuration; values where they say how, `(set)` where they would say who or where
versions.json   ovmirror, formats, operating system

Inside: names of databases, hosts, VMs, file names and SCNs, since nothing is understood without them.
Not inside: passwords, keys, control files, kept archived logs, answers of your own checks. Addresses and users are
taken out of config.json; error texts and logs may name them.
Known passwords, IDENTIFIED BY and user/password@service are replaced by ***. Look through it before you send it.

";

fn versions(simulated: bool) -> Value {
    let system = rustix::system::uname();
    let text = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let pretty = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or_default();
    json!({
        "ovmirror": env!("CARGO_PKG_VERSION"),
        "journal_format": FORMAT,
        "json_schema": crate::cli::output::json::SCHEMA,
        "simulated": simulated,
        "system": text(system.sysname()),
        "kernel": text(system.release()),
        "machine": text(system.machine()),
        "distribution": pretty.trim_matches('"'),
    })
}

fn shape(config: &Config) -> Result<Value, Fault> {
    let whole = serde_json::to_value(config).map_err(|error| unwritten(&error))?;
    Ok(shaped("", whole))
}

fn shaped(table: &str, value: Value) -> Value {
    let Value::Object(fields) = value else { return value };
    let shaped_field = |(key, value): (String, Value)| {
        let shown = match value {
            Value::Object(_) if key == "env" => names_alone(value),
            Value::Object(_) => shaped(if table.is_empty() { &key } else { table }, value),
            Value::Null => Value::Null,
            value if is_shown(table, &key) => value,
            _ => json!("(set)"),
        };
        (key, shown)
    };
    fields.into_iter().map(shaped_field).collect()
}

fn is_shown(table: &str, key: &str) -> bool {
    let name = NAMES.contains(&key);
    let at_home = matches!(table, "databases" | "media");
    SHOWN.contains(&key) && (!name || at_home) && (key != "connect" || table == "deadlines")
}

fn names_alone(value: Value) -> Value {
    let Value::Object(fields) = value else { return Value::Null };
    fields.into_iter().map(|(key, _)| (key, json!("(set)"))).collect()
}

fn journal(redactor: &Redactor, records: &[Record]) -> Result<Part, Fault> {
    let mut text = String::new();
    for record in records {
        let value = serde_json::to_value(record).map_err(|error| unwritten(&error))?;
        text.push_str(&redactor.value(value).to_string());
        text.push('\n');
    }
    Ok(Part { name: "journal.jsonl".to_owned(), bytes: text.into_bytes() })
}

/// Files of the run's own folder that are logs; folders hold archived logs, which are data.
fn logs(redactor: &Redactor, folder: &Path) -> Result<Vec<Part>, Fault> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let wanted = |path: &&std::path::PathBuf| {
        let log = path.extension().is_some_and(|end| end == "log");
        path.is_file() && (log || path.file_name().is_some_and(|name| name == "evidence.json"))
    };
    paths.iter().filter(wanted).map(|path| log(redactor, path)).collect()
}

fn log(redactor: &Redactor, path: &Path) -> Result<Part, Fault> {
    let bytes = fs::read(path).map_err(|error| {
        Fault::new(Kind::User, "SUP-002", format!("{} cannot be read", path.display()))
            .cause(error.to_string())
            .hint("the artifacts belong to the user who ran the backup: make the bundle as this user")
    })?;
    let tail = &bytes[bytes.len().saturating_sub(LONGEST_LOG)..];
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(Part { name: format!("logs/{name}"), bytes: redactor.text(&String::from_utf8_lossy(tail)).into_bytes() })
}

fn json_part(name: &str, value: Value) -> Result<Part, Fault> {
    let text = serde_json::to_string_pretty(&value).map_err(|error| unwritten(&error))?;
    Ok(Part { name: name.to_owned(), bytes: (text + "\n").into_bytes() })
}

fn unwritten(error: &serde_json::Error) -> Fault {
    Fault::new(Kind::Bug, "SUP-003", "a part of the bundle cannot be written").cause(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    const FILE: &str = r#"
[manager]
host = "ovmm.example.com"
user = "admin"
password_command = "vault read x"
[hosts.db1]
address = "10.1.1.1"
user = "oracle"
become = "sudo -n"
[media.bck]
host = "db1"
vm = "db1"
oracle_home = "/u01/home"
sbt = { library = "oracle.disksbt", env = { BACKUP_DIR = "/tape" } }
[databases.ORCL]
host = "db1"
vm = "db1"
sid = "ORCL"
oracle_home = "/u01/home"
sql = "oci"
connect = "//10.1.1.1/x"
"#;

    #[test]
    fn the_shape_says_how_and_not_who_or_where() {
        let config = config::parse(Path::new("o.toml"), FILE).unwrap();
        let text = shape(&config).unwrap().to_string();
        for told in
            ["\"host\":\"db1\"", "\"become\":\"sudo -n\"", "\"connect\":\"20s\"", "BACKUP_DIR", "\"sql\":\"oci\""]
        {
            assert!(text.contains(told), "{told} is missing: {text}");
        }
        for hidden in ["example.com", "admin", "vault", "10.1.1.1", "/tape", "oracle\""] {
            assert!(!text.contains(hidden), "{hidden} is told: {text}");
        }
    }

    #[test]
    fn control_files_archived_logs_and_answers_stay_out() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("logs")).unwrap();
        for name in
            ["control.ctl", "logs/1_2_3.dbf", "logs/x.log", "checks.json", "record.json", "rman.log", "evidence.json"]
        {
            fs::write(at(name), "CONNECT TARGET a/b@c").unwrap();
        }
        let config = config::parse(Path::new("o.toml"), FILE).unwrap();
        let parts = parts(&config, &[], folder.path(), true).unwrap();
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        let wanted =
            ["README.txt", "versions.json", "config.json", "journal.jsonl", "logs/evidence.json", "logs/rman.log"];
        assert_eq!(names, wanted);
        assert!(!parts.iter().any(|part| String::from_utf8_lossy(&part.bytes).contains("a/b@c")));
    }
}
