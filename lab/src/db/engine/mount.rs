//! ALTER DATABASE MOUNT: the lock file, the control files, the name.

use super::{Database, inflight};
use crate::db::{
    api::OraError,
    control,
    errors::{self, Ora},
    params::{Env, release},
};
use rand::{SeedableRng, rngs::StdRng};
use rustix::fs::{FlockOperation, flock};
use std::{
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
    sync::Arc,
};

impl Database {
    /// ORA-01102 if another instance of this home has the name mounted, ORA-00205/00214/00227 for the control files,
    /// ORA-01103 if they are of a database of another name, ORA-00058 for another block size.
    pub fn mount(env: Arc<Env>) -> Ora<Self> {
        let lock = lock(&env)?;
        let paths = env.control_files();
        let control = control::agreed(&paths)?;
        check(&env, &control, &paths)?;
        inflight::finish(&env.dbs(), &env.sid);
        let copies = paths.iter().map(|path| open(path)).collect::<Ora<Vec<_>>>()?;
        Ok(Self {
            env,
            control,
            copies,
            _lock: lock,
            live: None,
            read_only: false,
            pdbs: std::collections::BTreeMap::new(),
            session: None,
            lingering: Vec::new(),
            hold: false,
            random: StdRng::from_rng(&mut rand::rng()),
            ticks: 0,
        })
    }
}

fn check(env: &Env, control: &control::ControlFile, paths: &[PathBuf]) -> Ora<()> {
    if env.db_name() != control.name.to_uppercase() {
        let text = format!("database name '{}' in control file is not '{}'", control.name, env.db_name());
        return Err(OraError::new(1103, text));
    }
    check_version(env, control, paths)?;
    check_cdb(env, control)?;
    match env.get("db_block_size") {
        Some("8192") | None => Ok(()),
        Some(other) => {
            Err(OraError::new(58, format!("DB_BLOCK_SIZE must be 8192 to mount this database (not {other})")))
        }
    }
}

/// ENABLE_PLUGGABLE_DATABASE and the control file must agree: ORA-65093 for a CDB without it, ORA-65101 for another database
/// with it.
fn check_cdb(env: &Env, control: &control::ControlFile) -> Ora<()> {
    let enabled = env.get("enable_pluggable_database").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    match (enabled, control.containers.is_empty()) {
        (false, false) => Err(OraError::new(65093, "multitenant container database not set up properly")),
        (true, true) => Err(OraError::new(65101, "container database set up incorrectly")),
        _ => Ok(()),
    }
}

/// COMPATIBLE may not go below what the control file was written with.
fn check_version(env: &Env, control: &control::ControlFile, paths: &[PathBuf]) -> Ora<()> {
    let ours = env.get("compatible").unwrap_or_default();
    if release(ours) >= release(&control.compatible) {
        return Ok(());
    }
    let text = format!("control file version {} incompatible with ORACLE version {ours}", control.compatible);
    let name = paths.first().map(|path| path.display().to_string()).unwrap_or_default();
    Err(OraError::new(201, text).and(202, format!("control file: '{name}'")))
}

fn open(path: &Path) -> Ora<File> {
    OpenOptions::new().read(true).write(true).open(path).map_err(|error| {
        errors::with_system(210, "cannot open the specified control file", &error)
            .and(202, format!("control file: '{}'", path.display()))
    })
}

/// Locks `$ORACLE_HOME/dbs/lk<NAME>`. Which name it bears differs by release (`lock-file-name`).
fn lock(env: &Env) -> Ora<File> {
    let unique = env.quirks.is("lock-file-name", "unique-name");
    let name = if unique { env.unique_name() } else { env.db_name() };
    let path = env.dbs().join(format!("lk{}", name.to_uppercase()));
    let refused = || OraError::new(1102, "cannot mount database in EXCLUSIVE mode");
    let unopened = |error: std::io::Error| errors::with_system(9968, "unable to lock file", &error);
    fs::create_dir_all(env.dbs()).map_err(unopened)?;
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(unopened)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| refused())?;
    Ok(file)
}
