//! Every other command.

use super::{
    backup::tag,
    command::{Catalog, Device, List, Setting, Verb},
    cursor::{Cursor, Parsed},
    restore::until,
    token::Kind,
};

/// TYPE sbt | disk, after DEVICE.
pub fn device(cursor: &mut Cursor<'_>) -> Parsed<Device> {
    cursor.expect("TYPE")?;
    device_name(cursor)
}

fn device_name(cursor: &mut Cursor<'_>) -> Parsed<Device> {
    cursor.accept_mark('=');
    let text = cursor.peek().map(|token| token.text.trim_matches(['\'', '"']).to_uppercase());
    let device = match text.as_deref() {
        Some("DISK") => Device::Disk,
        Some("SBT" | "SBT_TAPE") => Device::Sbt,
        _ => return Err(cursor.wrong(&["disk", "sbt", "single-quoted-string"])),
    };
    cursor.next()?;
    Ok(device)
}

/// ALLOCATE CHANNEL n | FOR MAINTENANCE [DEVICE TYPE d] [PARMS 'x'] [FORMAT 'x']
pub fn allocate(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    cursor.expect("ALLOCATE")?;
    cursor.expect("CHANNEL")?;
    let maintenance = cursor.accept_all(&["FOR", "MAINTENANCE"]);
    let name = if maintenance { "ORA_MAINT_SBT_TAPE_1".into() } else { cursor.string()? };
    cursor.accept("DEVICE");
    let device = device(cursor)?;
    let (mut parms, mut format) = (None, None);
    loop {
        if cursor.accept("PARMS") {
            cursor.accept_mark('=');
            parms = Some(cursor.quoted()?);
        } else if cursor.accept("FORMAT") {
            cursor.accept_mark('=');
            format = Some(cursor.quoted()?);
        } else if cursor.accept("MAXOPENFILES") {
            cursor.accept_mark('=');
            cursor.number()?;
        } else {
            return Ok(Verb::Allocate { name, device, parms, format, maintenance });
        }
    }
}

/// RELEASE CHANNEL [n]
pub fn release(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    cursor.expect("RELEASE")?;
    cursor.expect("CHANNEL")?;
    let named = cursor.peek().is_some_and(|token| token.text != ";");
    Ok(Verb::Release(if named { Some(cursor.string()?) } else { None }))
}

/// SET …
pub fn set(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    cursor.expect("SET")?;
    let setting = if cursor.accept("ECHO") {
        Setting::Echo(on(cursor)?)
    } else if cursor.accept("ENCRYPTION") {
        Setting::Encryption(on(cursor)?)
    } else if cursor.accept("COMMAND") {
        cursor.expect("ID")?;
        cursor.expect("TO")?;
        Setting::CommandId(cursor.quoted()?)
    } else if cursor.accept("DBID") {
        cursor.accept_mark('=');
        Setting::Dbid(cursor.small()?)
    } else if cursor.accept("UNTIL") {
        Setting::Until(until(cursor)?)
    } else if cursor.accept_all(&["NEWNAME", "FOR", "DATAFILE"]) {
        let file = cursor.small()?;
        cursor.expect("TO")?;
        Setting::Newname(file, cursor.quoted()?)
    } else if cursor.accept_all(&["MAXCORRUPT", "FOR", "DATAFILE"]) {
        max_corrupt(cursor)?
    } else if cursor.accept_all(&["ARCHIVELOG", "DESTINATION", "TO"]) {
        Setting::ArchiveDestination(cursor.quoted()?)
    } else {
        return Err(cursor.wrong(&[
            "archivelog",
            "command",
            "dbid",
            "echo",
            "encryption",
            "maxcorrupt",
            "newname",
            "until",
        ]));
    };
    Ok(Verb::Set(setting))
}

fn max_corrupt(cursor: &mut Cursor<'_>) -> Parsed<Setting> {
    let mut files = vec![cursor.small()?];
    while cursor.accept_mark(',') {
        files.push(cursor.small()?);
    }
    cursor.expect("TO")?;
    Ok(Setting::MaxCorrupt(files, cursor.number()?))
}

fn on(cursor: &mut Cursor<'_>) -> Parsed<bool> {
    if cursor.accept("ON") {
        return Ok(true);
    }
    if cursor.accept("OFF") { Ok(false) } else { Err(cursor.wrong(&["off", "on"])) }
}

/// SQL 'text'
pub fn sql(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    cursor.expect("SQL")?;
    cursor.quoted().map(Verb::Sql)
}

/// ALTER DATABASE …, ALTER SYSTEM …, SELECT …: everything to the semicolon goes to the server.
pub fn statement(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    let start = cursor.place();
    while cursor.peek().is_some_and(|token| token.kind != Kind::Mark(';')) {
        cursor.next()?;
    }
    if cursor.done() { Err(super::Bad::Incomplete) } else { Ok(Verb::Statement(cursor.text_since(start))) }
}

/// CATALOG …
pub fn catalog(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    cursor.expect("CATALOG")?;
    let device = if cursor.accept("DEVICE") { Some(device(cursor)?) } else { None };
    let catalog = if cursor.accept_all(&["START", "WITH"]) {
        let prefix = cursor.quoted()?;
        Catalog::StartWith { prefix, noprompt: cursor.accept("NOPROMPT") }
    } else if cursor.accept("ARCHIVELOG") {
        Catalog::Logs(cursor.strings()?)
    } else if cursor.accept("DATAFILECOPY") {
        Catalog::DatafileCopies(cursor.strings()?)
    } else if cursor.accept("CONTROLFILECOPY") {
        Catalog::ControlfileCopies(cursor.strings()?)
    } else if cursor.accept("BACKUPPIECE") {
        Catalog::Pieces(device, cursor.strings()?)
    } else {
        return Err(cursor.wrong(&["archivelog", "backuppiece", "controlfilecopy", "datafilecopy", "device", "start"]));
    };
    Ok(Verb::Catalog(catalog))
}

/// LIST …
pub fn list(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    cursor.expect("LIST")?;
    let list = if cursor.accept("INCARNATION") {
        if cursor.accept("OF") {
            cursor.expect("DATABASE")?;
        }
        List::Incarnation
    } else if cursor.accept("ARCHIVELOG") {
        cursor.expect("ALL")?;
        List::Archivelog
    } else if cursor.accept("COPY") || cursor.accept("DATAFILECOPY") {
        List::Copy
    } else if cursor.accept("BACKUPPIECE") {
        List::Backup { summary: false, tag: None, handle: Some(cursor.string()?) }
    } else if cursor.accept("BACKUP") || cursor.accept("BACKUPSET") {
        backups(cursor)?
    } else {
        return Err(cursor.wrong(&["archivelog", "backup", "backuppiece", "backupset", "copy", "incarnation"]));
    };
    Ok(Verb::List(list))
}

fn backups(cursor: &mut Cursor<'_>) -> Parsed<List> {
    let (mut summary, mut name) = (cursor.accept("SUMMARY"), None);
    if cursor.accept("OF") {
        cursor.expect("DATABASE")?;
    }
    if cursor.accept("TAG") {
        cursor.accept_mark('=');
        name = Some(tag(cursor)?);
    }
    summary |= cursor.accept("SUMMARY");
    Ok(List::Backup { summary, tag: name, handle: None })
}

/// CROSSCHECK BACKUP | ARCHIVELOG ALL
pub fn crosscheck(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    cursor.expect("CROSSCHECK")?;
    if cursor.accept_all(&["ARCHIVELOG", "ALL"]) {
        return Ok(Verb::Crosscheck { logs: true });
    }
    if cursor.accept("BACKUP") || cursor.accept("BACKUPSET") {
        return Ok(Verb::Crosscheck { logs: false });
    }
    Err(cursor.wrong(&["archivelog", "backup", "backupset"]))
}

/// REPORT SCHEMA
pub fn report(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    cursor.expect("REPORT")?;
    cursor.expect("SCHEMA")?;
    Ok(Verb::ReportSchema)
}

/// STARTUP [FORCE] [NOMOUNT | MOUNT] [PFILE 'x']
pub fn startup(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    cursor.expect("STARTUP")?;
    let (mut mode, mut pfile, mut force) = ("OPEN".to_owned(), None, false);
    while cursor.peek().is_some_and(|token| token.text != ";" && token.text != "}") {
        if cursor.accept("FORCE") {
            force = true;
        } else if cursor.accept("NOMOUNT") {
            mode = "NOMOUNT".into();
        } else if cursor.accept("MOUNT") {
            mode = "MOUNT".into();
        } else if cursor.accept("PFILE") {
            cursor.accept_mark('=');
            pfile = Some(cursor.quoted()?);
        } else {
            return Err(cursor.wrong(&["dba", "force", "mount", "nomount", "pfile", ";"]));
        }
    }
    Ok(Verb::Startup { mode, pfile, force })
}

/// SHUTDOWN [ABORT | IMMEDIATE | NORMAL | TRANSACTIONAL]
pub fn shutdown(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    cursor.expect("SHUTDOWN")?;
    for mode in ["ABORT", "IMMEDIATE", "NORMAL", "TRANSACTIONAL"] {
        if cursor.accept(mode) {
            return Ok(Verb::Shutdown(mode.into()));
        }
    }
    match cursor.peek() {
        Some(token) if token.text != ";" => Err(cursor.wrong(&["abort", "immediate", "normal", "transactional", ";"])),
        _ => Ok(Verb::Shutdown("NORMAL".into())),
    }
}

/// CONNECT TARGET | CATALOG …
pub fn connect(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    cursor.expect("CONNECT")?;
    let catalog = cursor.accept("CATALOG");
    if !catalog {
        cursor.expect("TARGET")?;
    }
    let first = cursor.peek().map(|token| token.line);
    let mut text = cursor.string()?;
    while let Some(token) = cursor.peek().filter(|token| Some(token.line) == first && token.text != ";") {
        text.push_str(&token.text);
        cursor.next()?;
    }
    Ok(Verb::Connect { catalog, text })
}

/// SHOW ALL or one parameter.
pub fn show(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    cursor.expect("SHOW")?;
    let start = cursor.place();
    while cursor.peek().is_none_or(|token| token.text != ";") {
        cursor.next()?;
    }
    let text = cursor.text_since(start).to_uppercase();
    if text.is_empty() { Err(cursor.wrong(&["all", "controlfile"])) } else { Ok(Verb::Show(text)) }
}

/// What CONFIGURE knows: the words that make V$RMAN_CONFIGURATION.NAME.
const PARAMETERS: &[&[&str]] = &[
    &["CONTROLFILE", "AUTOBACKUP", "FORMAT", "FOR"],
    &["CONTROLFILE", "AUTOBACKUP"],
    &["RETENTION", "POLICY"],
    &["BACKUP", "OPTIMIZATION"],
    &["DEFAULT", "DEVICE", "TYPE"],
    &["DEVICE", "TYPE"],
    &["CHANNEL"],
    &["MAXSETSIZE"],
    &["ENCRYPTION", "FOR", "DATABASE"],
    &["ENCRYPTION", "ALGORITHM"],
    &["COMPRESSION", "ALGORITHM"],
    &["ARCHIVELOG", "DELETION", "POLICY"],
    &["SNAPSHOT", "CONTROLFILE", "NAME"],
];

/// CONFIGURE …
pub fn configure(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    cursor.expect("CONFIGURE")?;
    let Some(words) = PARAMETERS.iter().find(|words| cursor.accept_all(words)) else {
        return Err(cursor.wrong(&[
            "archivelog",
            "backup",
            "channel",
            "controlfile",
            "default",
            "device",
            "encryption",
        ]));
    };
    let start = cursor.place();
    while cursor.peek().is_none_or(|token| token.text != ";") {
        cursor.next()?;
    }
    let value = cursor.text_since(start);
    if value.is_empty() {
        return Err(cursor.wrong(&["clear", "off", "on", "to"]));
    }
    let cleared = value.eq_ignore_ascii_case("CLEAR") || value.to_uppercase().ends_with(" CLEAR");
    Ok(Verb::Configure { name: words.join(" "), value: if cleared { String::new() } else { normal(&value) } })
}

/// Words in upper case, strings as they are.
fn normal(value: &str) -> String {
    let mut inside = None;
    value
        .chars()
        .map(|char| {
            if matches!(char, '\'' | '"') && inside.is_none_or(|mark| mark == char) {
                inside = if inside.is_some() { None } else { Some(char) };
            }
            if inside.is_none() { char.to_ascii_uppercase() } else { char }
        })
        .collect()
}
