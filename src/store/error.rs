//! SQLite's errors as faults.

use crate::fault::{Fault, Kind};
use rusqlite::{Error, ErrorCode};

/// Says what was being done when SQLite refused.
pub(super) fn sql(doing: &'static str) -> impl Fn(Error) -> Fault {
    move |error| {
        let fault = Fault::new(kind(&error), "STO-001", format!("cannot {doing}")).cause(error.to_string());
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => fault.hint("make room on the file system of the state folder"),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                fault.hint("another process has kept the store busy for 30 s; look for it and try again")
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                fault.hint("run as the owner of the state folder, on a file system that can be written")
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => fault
                .hint("the store is damaged: move ovmirror.db, ovmirror.db-wal and ovmirror.db-shm of the state folder away, and keep them")
                .hint("put them back from a backup of the state folder, if there is one of after the last run")
                .hint_command("else bring the snapshots back, from the manager, the artifacts and the golden copies", "ovmirror rebuild")
                .hint_command("then look for what nobody answers for any more", "ovmirror orphans"),
            _ => fault,
        }
    }
}

fn kind(error: &Error) -> Kind {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) | None => Kind::Bug,
        Some(_) => Kind::External,
    }
}

/// A stored value that this program cannot read.
pub(super) fn unreadable(what: &str, text: &str, why: impl std::fmt::Display) -> Fault {
    Fault::new(Kind::Bug, "STO-004", format!("the store holds {what} that cannot be read"))
        .cause(why.to_string())
        .printed(text)
}
