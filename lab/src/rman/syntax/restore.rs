//! RESTORE and RECOVER.

use super::{
    backup::{logs, objects, tag},
    command::{Objects, Restore, Target, Until, Verb},
    cursor::{Cursor, Parsed},
};

/// RESTORE …
pub fn restore(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    cursor.expect("RESTORE")?;
    let mut restore = Restore {
        target: Target::Files(Objects::Database),
        validate: false,
        header: false,
        preview: false,
        tag: None,
        until: None,
    };
    let mut named = false;
    while cursor.peek().is_none_or(|token| token.text != ";") {
        if let Some(objects) = objects(cursor)? {
            restore.target = Target::Files(objects);
            named = true;
        } else if cursor.accept("ARCHIVELOG") {
            restore.target = Target::Logs(logs(cursor)?);
            named = true;
        } else if cursor.accept("CONTROLFILE") {
            restore.target = Target::Controlfile { to: None, from: None };
            named = true;
        } else {
            option(cursor, &mut restore)?;
        }
    }
    if named {
        Ok(Verb::Restore(restore))
    } else {
        Err(cursor.wrong(&["archivelog", "controlfile", "database", "datafile"]))
    }
}

fn option(cursor: &mut Cursor<'_>, restore: &mut Restore) -> Parsed<()> {
    if cursor.accept("VALIDATE") {
        restore.validate = true;
        restore.header |= cursor.accept("HEADER");
    } else if cursor.accept_all(&["CHECK", "LOGICAL"]) || cursor.accept_all(&["CHECK", "READONLY"]) {
        // Every block is checked anyway.
    } else if cursor.accept("PREVIEW") {
        restore.preview = true;
        cursor.accept("SUMMARY");
    } else if cursor.accept("FORCE") || cursor.accept_all(&["DEVICE", "TYPE", "SBT"]) {
        // Files are always written anew; the channels in hand decide the device.
    } else if cursor.accept("UNTIL") {
        restore.until = Some(until(cursor)?);
    } else if cursor.accept("FROM") {
        from(cursor, restore)?;
    } else if cursor.accept("TO") {
        let path = cursor.quoted()?;
        if let Target::Controlfile { to, .. } = &mut restore.target {
            *to = Some(path);
        }
    } else {
        return Err(cursor.wrong(&["check", "force", "from", "preview", "until", "validate", ";"]));
    }
    Ok(())
}

fn from(cursor: &mut Cursor<'_>, restore: &mut Restore) -> Parsed<()> {
    if cursor.accept("TAG") {
        cursor.accept_mark('=');
        restore.tag = Some(tag(cursor)?);
        return Ok(());
    }
    let handle = cursor.quoted()?;
    match &mut restore.target {
        Target::Controlfile { from, .. } => *from = Some(handle),
        _ => return Err(cursor.wrong(&["tag"])),
    }
    Ok(())
}

/// SCN n | TIME 'x' | SEQUENCE n
pub fn until(cursor: &mut Cursor<'_>) -> Parsed<Until> {
    if cursor.accept("SCN") {
        cursor.accept_mark('=');
        return cursor.number().map(Until::Scn);
    }
    if cursor.accept("SEQUENCE") {
        cursor.accept_mark('=');
        return cursor.small().map(Until::Sequence);
    }
    cursor.expect("TIME")?;
    cursor.accept_mark('=');
    cursor.quoted().map(Until::Time)
}

/// RECOVER DATABASE | DATAFILE … [UNTIL …]
pub fn recover(cursor: &mut Cursor<'_>) -> Parsed<Verb> {
    cursor.expect("RECOVER")?;
    let Some(what) = objects(cursor)? else { return Err(cursor.wrong(&["database", "datafile", "tablespace"])) };
    let until = if cursor.accept("UNTIL") { Some(until(cursor)?) } else { None };
    Ok(Verb::Recover { what, until })
}
