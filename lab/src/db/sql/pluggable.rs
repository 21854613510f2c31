//! ALTER PLUGGABLE DATABASE out of the root (SQL Language Reference, pdb_change_state_from_root).

use super::cursor::Cursor;
use super::effect::Effect;
use super::{Sql, SqlError};
use crate::db::api::{Command, PdbMode, Pdbs};

/// Reads what follows `ALTER PLUGGABLE DATABASE`. What needs a session in the pluggable database itself is ORA-65046.
pub fn parse(c: &mut Cursor) -> Sql<Effect> {
    let at = c.place();
    let pdbs = pdbs(c)?;
    let command = match () {
        () if c.accept("OPEN") => Command::OpenPdbs { pdbs, mode: mode(c)? },
        () if c.accept("CLOSE") => Command::ClosePdbs { pdbs, abort: abort(c)? },
        () if c.accept("SAVE STATE") => Command::SavePdbs { pdbs, save: true },
        () if c.accept("DISCARD STATE") => Command::SavePdbs { pdbs, save: false },
        () if within(c) => {
            return Err(SqlError::at(0, 65046, "operation not allowed from outside a pluggable database"));
        }
        () if unbuilt(c) => return Err(SqlError::unbuilt(at)),
        () => return c.fail(922, "missing or invalid option"),
    };
    c.finish()?;
    Ok(Effect::Engine(vec![command], "Pluggable database altered."))
}

/// `p, …` or `ALL [EXCEPT p, …]`.
fn pdbs(c: &mut Cursor) -> Sql<Pdbs> {
    if c.accept("ALL EXCEPT") {
        return names(c).map(Pdbs::AllExcept);
    }
    if c.accept("ALL") {
        return Ok(Pdbs::AllExcept(Vec::new()));
    }
    if begins(c) {
        // Without a name the statement means the container of the session: the root is none.
        return Err(SqlError::at(0, 65046, "operation not allowed from outside a pluggable database"));
    }
    names(c).map(Pdbs::Named)
}

/// Whether a clause follows where a name might.
fn begins(c: &Cursor) -> bool {
    c.at_end_after(&["OPEN", "CLOSE"]) || c.next_are(&["OPEN", "READ"]) || c.next_are(&["CLOSE", "IMMEDIATE"])
}

/// Names, one or several.
pub fn names(c: &mut Cursor) -> Sql<Vec<String>> {
    let mut names = Vec::new();
    loop {
        let at = c.place();
        names.push(c.name().ok_or_else(|| SqlError::at(at, 65000, "missing or invalid pluggable database name"))?);
        if !c.sign(',') {
            return Ok(names);
        }
    }
}

fn mode(c: &mut Cursor) -> Sql<PdbMode> {
    let read_only = match () {
        () if c.accept("READ ONLY") => Some(true),
        () if c.accept("READ WRITE") => Some(false),
        () => None,
    };
    let restricted = c.accept("RESTRICTED");
    // RESETLOGS belongs to point-in-time recovery of one pluggable database, FORCE changes an open one, UPGRADE migrates.
    if ["RESETLOGS", "FORCE", "UPGRADE"].iter().any(|word| c.accept(word)) {
        return Err(SqlError::unbuilt(0));
    }
    Ok(PdbMode { read_only, restricted })
}

fn abort(c: &mut Cursor) -> Sql<bool> {
    let abort = c.accept("ABORT");
    let _ = !abort && (c.accept("IMMEDIATE") || c.accept("NORMAL"));
    Ok(abort)
}

/// Clauses for which the current container must be the pluggable database.
fn within(c: &mut Cursor) -> bool {
    ["RECOVER", "BEGIN BACKUP", "END BACKUP", "DATAFILE", "STORAGE", "RENAME", "DEFAULT"].iter().any(|w| c.accept(w))
}

fn unbuilt(c: &mut Cursor) -> bool {
    ["UNPLUG", "ENABLE", "DISABLE", "PRIORITY", "APPLICATION", "REFRESH", "SET", "SNAPSHOT"].iter().any(|w| c.accept(w))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Command, u32> {
        match parse(&mut Cursor::new(text).unwrap()) {
            Ok(Effect::Engine(mut commands, _)) => Ok(commands.remove(0)),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.error.lines[0].0),
        }
    }

    #[test]
    fn states_of_one_several_and_all() {
        let named = |names: &[&str]| Pdbs::Named(names.iter().map(|name| (*name).to_owned()).collect());
        let mode = PdbMode { read_only: Some(true), restricted: true };
        assert_eq!(
            read("pdb1, pdb2 open read only restricted"),
            Ok(Command::OpenPdbs { pdbs: named(&["PDB1", "PDB2"]), mode })
        );
        let all = Pdbs::AllExcept(vec!["PDB2".into()]);
        assert_eq!(read("all except pdb2 close immediate"), Ok(Command::ClosePdbs { pdbs: all, abort: false }));
        assert_eq!(read("pdb1 close abort"), Ok(Command::ClosePdbs { pdbs: named(&["PDB1"]), abort: true }));
        assert_eq!(read("pdb1 save state"), Ok(Command::SavePdbs { pdbs: named(&["PDB1"]), save: true }));
    }

    #[test]
    fn what_needs_a_session_of_its_own_is_refused() {
        assert_eq!(read("pdb1 recover database"), Err(65046));
        assert_eq!(read("pdb1 begin backup"), Err(65046));
        assert_eq!(read("open"), Err(65046));
        assert_eq!(read("pdb1 open resetlogs"), Err(3001));
        assert_eq!(read("'x' open"), Err(65000));
        assert_eq!(read("pdb1 dance"), Err(922));
    }
}
