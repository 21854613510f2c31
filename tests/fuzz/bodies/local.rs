//! What a person wrote (configuration, checks, names, times), and our own journal as a disk may give it back.

use super::{code, some, text};
use ovmirror::{
    config::{self, Config, Span},
    driver::{
        dom0::FileName,
        ovm::{Description, OvmName},
    },
    engine::{Record, decode, fold},
    fault::Fault,
    flow::from_tape::params::parse_handle,
    model::{DbName, HostName, ObjectId, RunId, Scn, Tag},
    port::sh_quote,
    recovery::{To, moment},
    text::{Release, check},
};
use std::path::Path;

/// The file: what is taken is the same when it is written and read again.
pub fn config(bytes: &[u8]) -> String {
    let parse = |text: &str| config::parse(Path::new("o.toml"), text);
    match parse(&text(bytes)) {
        Ok(config) => {
            let written = toml::to_string(&config).unwrap();
            let again: Config = parse(&written).unwrap();
            assert_eq!(toml::to_string(&again).unwrap(), written);
            plain(&config);
            format!("good {} {}", some(config.databases.len()), some(config.hosts.len()))
        }
        Err(fault) => {
            assert!(!fault.hints.is_empty(), "{fault} has no remedy");
            format!("{} {}", fault.code, head(&fault))
        }
    }
}

/// Without its first word, which is the place.
fn head(fault: &Fault) -> String {
    fault.message.split(' ').skip(1).take(4).collect::<Vec<_>>().join(" ")
}

/// What goes into paths and scripts is plain, whatever the file says.
fn plain(config: &Config) {
    for (name, database) in &config.databases {
        assert!(name.as_str().chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
        assert!(database.sid.chars().all(|c| c.is_ascii_alphanumeric() || "_$#".contains(c)));
        assert!(!database.oracle_home.contains([' ', '\'', '"', '$', '`', ';', '\n']));
    }
}

/// Records, one a line: what folds is whole, is written as it was read, and so is each beginning of it.
pub fn journal(bytes: &[u8]) -> String {
    let text = text(bytes);
    let records: Result<Vec<Record>, _> = text.lines().map(serde_json::from_str).collect();
    let _ = text.lines().next().map(|line| decode(1, 0, line));
    let Ok(records) = records else { return "no records".to_owned() };
    for record in &records {
        let written = serde_json::to_string(record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&written).unwrap(), *record);
    }
    match fold(&records) {
        Ok(state) => {
            assert_eq!(state.next, records.len() as u64);
            assert!(records.len() < 2 || fold(&records[..records.len() - 1]).is_ok());
            let _ = (state.current().and_then(|step| step.ms()), state.steps.iter().filter(|s| s.in_doubt()).count());
            format!("{} {} {:?}", state.phase().word(), some(records.len()), state.current().map(|step| step.state))
        }
        Err(fault) => format!(
            "{} {}",
            fault.code,
            fault.message.chars().filter(|c| !c.is_ascii_digit()).take(60).collect::<String>()
        ),
    }
}

/// A site's check: what is taken is one query.
pub fn check(bytes: &[u8]) -> String {
    match check::parse("a.sql", &text(bytes)) {
        Ok(check) => {
            let first = check.query.get(..4).map(str::to_ascii_uppercase);
            assert!(matches!(first.as_deref(), Some("SELE" | "WITH")), "{}", check.query);
            assert!(
                !check.query.ends_with(';') || check.query.matches(['\'', '"', '/']).count() > 0,
                "{}",
                check.query
            );
            let again = check::parse("a.sql", &check.query).unwrap();
            assert_eq!(again.query, check.query, "a check that is read again is another one");
            format!("good {} {}", some(check.columns.len()), check.judges())
        }
        Err(fault) => format!("{} {}", fault.code, head(&fault)),
    }
}

/// Names of every kind: what is taken comes back as it was, and can end no word.
pub fn names(bytes: &[u8]) -> String {
    let text = text(bytes);
    let taken = [
        same(&text, DbName::new(&text).ok().as_ref().map(DbName::as_str)),
        same(&text, HostName::new(&text).ok().as_ref().map(HostName::as_str)),
        same(&text, ObjectId::new(&text).ok().as_ref().map(ObjectId::as_str)),
        same(&text, RunId::new(&text).ok().as_ref().map(RunId::as_str)),
        same(&text, FileName::new(&text).ok().as_ref().map(FileName::as_str)),
        text.parse::<Tag>().is_ok_and(|tag| tag.to_string() == text && safe(&text)),
        OvmName::new(&text).is_ok_and(|name| !name.as_str().contains([';', '\n', '\r', '"', '\'', '`'])),
        Description::new(&text).is_ok_and(|text| !text.as_str().contains([';', '\n', '\r'])),
        parse_handle(&text).is_some(),
        text.parse::<Release>().is_ok(),
    ];
    assert_eq!(unquoted(&sh_quote(&text)).as_deref(), Some(text.as_str()), "a shell reads another word");
    format!("{taken:?}")
}

fn safe(text: &str) -> bool {
    assert!(!text.starts_with('-') && text.chars().all(|c| c.is_ascii_alphanumeric() || "._:-".contains(c)), "{text}");
    true
}

fn same(given: &str, taken: Option<&str>) -> bool {
    taken.is_some_and(|taken| taken == given && safe(taken))
}

/// What a POSIX shell makes of a word of plain characters, single quotes and `\'` (XCU 2.2); none where it is no one word.
fn unquoted(word: &str) -> Option<String> {
    let (mut text, mut rest) = (String::new(), word);
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('\'') {
            let end = inside.find('\'')?;
            text.push_str(&inside[..end]);
            rest = &inside[end + 1..];
        } else if let Some(more) = rest.strip_prefix(r"\'") {
            text.push('\'');
            rest = more;
        } else {
            let c = rest.chars().next().filter(|c| c.is_ascii_alphanumeric() || "_-./=:,@%+".contains(*c))?;
            text.push(c);
            rest = &rest[1..];
        }
    }
    Some(text)
}

/// Targets, moments, durations: what is taken is the same when it is printed and read again.
pub fn time(bytes: &[u8]) -> String {
    let text = text(bytes);
    let at = match moment::parse(&text) {
        Ok(at) => {
            assert_eq!(moment::parse(&at.to_rfc3339()).unwrap(), at);
            let _ = at.to_utc().to_rfc3339();
            "moment".to_owned()
        }
        Err(fault) => code(&Told(fault)),
    };
    let to =
        To::parse(&text).map_or_else(|fault| code(&Told(fault)), |to| format!("{:?}", std::mem::discriminant(&to)));
    let span = text.parse::<Span>().map(|span| {
        assert_eq!(span.to_string().parse::<Span>().unwrap(), span);
    });
    format!("{at} {to} {} {}", span.is_ok(), text.parse::<Scn>().is_ok())
}

/// A fault with the remedies that it must have.
#[derive(Debug)]
struct Told(Fault);

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Told {}

impl ovmirror::fault::Remedy for Told {
    fn code(&self) -> String {
        assert!(!self.0.hints.is_empty(), "{} has no remedy", self.0);
        self.0.code.clone()
    }

    fn kind(&self) -> ovmirror::fault::Kind {
        self.0.kind
    }

    fn hints(&self) -> Vec<ovmirror::fault::Hint> {
        self.0.hints.clone()
    }
}
