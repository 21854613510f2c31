//! A small database engine on real files, with the rules of Oracle's backup mode, redo and recovery.

pub mod alert;
pub mod api;
pub mod block;
pub mod content;
pub mod control;
pub mod create;
pub mod engine;
pub mod errors;
pub mod header;
mod params;
pub mod pfile;
mod recovery;
pub mod redo;
pub mod rows;
pub mod server;
pub mod session;
pub mod sql;
#[cfg(test)]
mod testing;
pub mod view;

pub use params::stamp;

use crate::quirk::Quirk;

/// Switches of the database: the open points of the reference (section 8) that concern the engine.
pub const QUIRKS: &[Quirk] = &[
    Quirk {
        name: "v-backup-on-backup-controlfile",
        values: &["kept", "not-active"],
        about: "what V$BACKUP.STATUS shows for files in backup mode under a BACKUP control file (reference 8.12)",
    },
    Quirk {
        name: "lock-file-name",
        values: &["unique-name", "db-name"],
        about: "whether the mount lock is lk<DB_UNIQUE_NAME> or lk<DB_NAME> (reference 8.11)",
    },
    Quirk {
        name: "descriptors-kept-after-offline",
        values: &["no", "a-while", "yes"],
        about: "whether background processes keep a data file open after it went offline: for five seconds, or to the \
            instance's end",
    },
    Quirk {
        name: "v-backup-of-closed-pdbs",
        values: &["not-active", "no-row"],
        about: "whether V$BACKUP lists files of closed pluggable databases and of the seed as NOT ACTIVE, or not at all \
            (reference 1.2)",
    },
    Quirk {
        name: "pdb-files-from-root",
        values: &["recover", "all", "none"],
        about: "what the open root may do to files of a closed pluggable database by number or name: RECOVER DATAFILE alone, \
            also RENAME FILE and the like, or nothing (ORA-01516)",
    },
    Quirk {
        name: "sqlplus-recover-pluggable",
        values: &["refused", "accepted"],
        about: "whether SQL*Plus knows RECOVER PLUGGABLE DATABASE (its guide does not list it; RMAN does)",
    },
    Quirk {
        name: "pdb-open-after-abort",
        values: &["recovers", "refused"],
        about: "whether OPEN of a pluggable database after CLOSE ABORT recovers it by itself, or wants RECOVER (ORA-01113)",
    },
    Quirk {
        name: "closed-pdb-under-backup-controlfile",
        values: &["since-controlfile", "since-close"],
        about: "from where on files of a pluggable database that was closed need redo under a BACKUP control file",
    },
    Quirk {
        name: "recovery-with-older-controlfile",
        values: &["from-files", "from-controlfile"],
        about: "where recovery under a BACKUP control file that is older than every data file begins: files added between are \
            met only in the second case",
    },
    Quirk {
        name: "open-read-only",
        values: &["allowed", "refused"],
        about: "whether OPEN READ ONLY works after recovery with a BACKUP control file, before RESETLOGS",
    },
    Quirk {
        name: "recovery-advances-controlfile",
        values: &["yes", "no"],
        about: "whether media recovery under a control file that is not current moves its CONTROLFILE_CHANGE# on \
            (else RMAN-06078 for the recovered files)",
    },
    Quirk {
        name: "standby-hot-files",
        values: &["accepted", "refused"],
        about: "whether RECOVER STANDBY DATABASE accepts data files in backup mode (reference 8.10)",
    },
];
