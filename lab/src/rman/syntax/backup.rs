//! BACKUP and VALIDATE.

use super::{
    command::{Backup, Logs, Objects, Subject, Verb},
    cursor::{Bad, Cursor, Parsed},
    other::device,
};
use crate::rman::stack::Failure;

const EXPECTED: &[&str] = &[
    "archivelog",
    "as",
    "check",
    "controlfilecopy",
    "current",
    "database",
    "datafile",
    "device",
    "filesperset",
    "force",
    "format",
    "include",
    "incremental",
    "plus",
    "section",
    "skip",
    "spfile",
    "tablespace",
    "tag",
    "validate",
    ";",
];

/// BACKUP …
pub fn backup(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    cursor.expect("BACKUP")?;
    let mut backup = Backup::default();
    loop {
        if option(cursor, &mut backup)? {
            continue;
        }
        match subject(cursor)? {
            Some(subject) => backup.subjects.push(subject),
            None => break,
        }
    }
    if cursor.peek().is_some_and(|token| token.text == ";") && !backup.subjects.is_empty() {
        return Ok(Verb::Backup(Box::new(backup)));
    }
    Err(cursor.wrong(EXPECTED))
}

fn option(cursor: &mut Cursor<'_>, backup: &mut Backup) -> Parsed<bool> {
    if cursor.accept("VALIDATE") {
        backup.validate = true;
    } else if cursor.accept_all(&["CHECK", "LOGICAL"]) {
        backup.check_logical = true;
    } else if cursor.accept("AS") {
        cursor.accept("COMPRESSED");
        cursor.expect("BACKUPSET")?;
    } else if cursor.accept("FULL") || cursor.accept("FORCE") || cursor.accept("NOEXCLUDE") {
        // FULL is the default; FORCE and NOEXCLUDE change only what optimization and EXCLUDE would leave out.
    } else if cursor.accept("FILESPERSET") {
        cursor.accept_mark('=');
        backup.files_per_set = usize::try_from(cursor.number()?).ok();
    } else if cursor.accept("FORMAT") {
        cursor.accept_mark('=');
        backup.format = Some(cursor.quoted()?);
    } else if cursor.accept("TAG") {
        cursor.accept_mark('=');
        backup.tag = Some(tag(cursor)?);
    } else {
        return rarer(cursor, backup);
    }
    Ok(true)
}

fn rarer(cursor: &mut Cursor<'_>, backup: &mut Backup) -> Parsed<bool> {
    if cursor.accept("INCREMENTAL") {
        cursor.expect("LEVEL")?;
        cursor.accept_mark('=');
        backup.level = Some(cursor.small()?);
    } else if cursor.accept("DEVICE") {
        backup.device = Some(device(cursor)?);
    } else if cursor.accept("SECTION") {
        cursor.expect("SIZE")?;
        backup.section = Some(size(cursor)?);
    } else if cursor.accept("SKIP") {
        let word = cursor.next()?.text.to_uppercase();
        backup.skip.push(word);
    } else if cursor.accept("PLUS") {
        cursor.expect("ARCHIVELOG")?;
        backup.plus_archivelog = true;
    } else if cursor.accept("INCLUDE") {
        cursor.expect("CURRENT")?;
        cursor.expect("CONTROLFILE")?;
        backup.include_controlfile = true;
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// A tag in upper case. Longer than 30 characters is refused (RMAN-06463-like: the text names the limit).
pub fn tag(cursor: &mut Cursor<'_>) -> Parsed<String> {
    let text = cursor.string()?;
    if text.len() > 30 {
        let failure = Failure::rman(558, "error encountered while parsing input commands")
            .and_rman(2001, format!("unrecognized punctuation or tag longer than 30 characters: \"{text}\""));
        return Err(Bad::Syntax(failure));
    }
    Ok(text.to_uppercase())
}

/// `64G`, `100M`, `512K`, or a number.
fn size(cursor: &mut Cursor<'_>) -> Parsed<u64> {
    let text = cursor.string()?.to_uppercase();
    let units = [('K', 1 << 10), ('M', 1 << 20), ('G', 1 << 30)];
    let found = units.into_iter().find_map(|(letter, unit)| Some((text.strip_suffix(letter)?.to_owned(), unit)));
    let (digits, mut unit) = found.unwrap_or((text, 1));
    for (letter, factor) in units {
        if unit == 1 && cursor.accept(&letter.to_string()) {
            unit = factor;
        }
    }
    digits.parse::<u64>().map(|n| n.saturating_mul(unit)).map_err(|_| cursor.wrong(&["integer"]))
}

fn subject(cursor: &mut Cursor<'_>) -> Parsed<Option<Subject>> {
    if let Some(objects) = objects(cursor)? {
        return Ok(Some(Subject::Files(objects)));
    }
    if cursor.accept("ARCHIVELOG") {
        return logs(cursor).map(Subject::Logs).map(Some);
    }
    if cursor.accept("CONTROLFILECOPY") {
        return Ok(Some(Subject::ControlfileCopy(cursor.quoted()?)));
    }
    if cursor.accept("CURRENT") {
        cursor.expect("CONTROLFILE")?;
        return Ok(Some(Subject::CurrentControlfile));
    }
    Ok(cursor.accept("SPFILE").then_some(Subject::Spfile))
}

/// DATABASE | DATAFILE … | TABLESPACE …, if one stands here.
pub fn objects(cursor: &mut Cursor<'_>) -> Parsed<Option<Objects>> {
    if cursor.accept_all(&["DATABASE", "ROOT"]) {
        return Ok(Some(Objects::Pdbs(vec!["CDB$ROOT".into()])));
    }
    if cursor.accept("DATABASE") {
        return Ok(Some(Objects::Database));
    }
    if cursor.accept_all(&["PLUGGABLE", "DATABASE"]) {
        let names = cursor.strings()?;
        return Ok(Some(Objects::Pdbs(names.iter().map(|name| name.to_uppercase()).collect())));
    }
    if cursor.accept("DATAFILE") {
        return cursor.strings().map(Objects::Datafiles).map(Some);
    }
    if cursor.accept("TABLESPACE") {
        let names = cursor.strings()?;
        return Ok(Some(Objects::Tablespaces(names.iter().map(|name| name.to_uppercase()).collect())));
    }
    Ok(None)
}

/// ALL | LIKE 'x' | FROM … | UNTIL … | SEQUENCE n
pub fn logs(cursor: &mut Cursor<'_>) -> Parsed<Logs> {
    let mut logs = Logs::default();
    if cursor.accept("ALL") {
        return Ok(logs);
    }
    if cursor.accept("LIKE") {
        logs.like = Some(cursor.quoted()?);
        return Ok(logs);
    }
    if cursor.accept("SEQUENCE") {
        cursor.accept_mark('=');
        let bounds = if cursor.accept("BETWEEN") {
            let first = cursor.number()?;
            cursor.expect("AND")?;
            (first, cursor.number()?)
        } else {
            let only = cursor.number()?;
            (only, only)
        };
        (logs.from, logs.until) = (Some((false, bounds.0)), Some((false, bounds.1)));
    } else {
        if cursor.accept("FROM") {
            logs.from = Some(bound(cursor)?);
        }
        if cursor.accept("UNTIL") {
            logs.until = Some(bound(cursor)?);
        }
        if logs == Logs::default() {
            return Err(cursor.wrong(&["all", "from", "like", "sequence", "until"]));
        }
    }
    if cursor.accept("THREAD") {
        cursor.accept_mark('=');
        cursor.number()?;
    }
    Ok(logs)
}

/// SCN n (true) or SEQUENCE n.
fn bound(cursor: &mut Cursor<'_>) -> Parsed<(bool, u64)> {
    let scn = cursor.accept("SCN");
    if !scn {
        cursor.expect("SEQUENCE")?;
    }
    cursor.accept_mark('=');
    Ok((scn, cursor.number()?))
}

/// VALIDATE [CHECK LOGICAL] DATABASE | DATAFILE …
pub fn validate(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    cursor.expect("VALIDATE")?;
    let before = cursor.accept_all(&["CHECK", "LOGICAL"]);
    match objects(cursor)? {
        Some(objects) => Ok(Verb::Validate(objects, before || cursor.accept_all(&["CHECK", "LOGICAL"]))),
        None => Err(cursor.wrong(&["check", "database", "datafile", "tablespace"])),
    }
}
