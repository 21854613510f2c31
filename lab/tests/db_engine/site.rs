//! A database in a temporary folder, a workload with its model, copies and clones.

use ovmirror_lab::{
    context::Oracle,
    db::{
        api::{
            Command, ControlType, Done, Facts, Instance, Offline, OraError, Recover, RecoverScope, RowChange, Until,
        },
        block::BLOCK_SIZE,
        content::{self, Content},
        create::{CreateSpec, Sizes, TablespaceSpec, create},
        engine::{Engine, EngineOptions},
        pfile,
    },
    quirk::Quirks,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

const MIB: u64 = 1 << 20;

/// One committed transaction.
pub struct Committed {
    pub scn: u64,
    pub time_us: i64,
    pub rows: Vec<(u32, String)>,
}

pub struct Site {
    pub folder: tempfile::TempDir,
    pub spec: CreateSpec,
    pub quirks: Quirks,
    pub random: StdRng,
    pub log: Vec<Committed>,
}

/// The codes of an error stack.
pub fn codes(error: &OraError) -> Vec<u32> {
    error.lines.iter().map(|(code, _)| *code).collect()
}

/// In memory where there is such a place: thousands of small synchronous writes wait for no disk there.
fn temporary() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

impl Site {
    pub fn new(seed: u64) -> Self {
        Self::with(seed, |_| {})
    }

    /// A small database; RO is a tablespace without rows.
    pub fn with(seed: u64, change: impl FnOnce(&mut CreateSpec)) -> Self {
        let folder = temporary();
        let mut spec = CreateSpec::below(folder.path(), folder.path().join("home"), "orcl", Oracle::V19);
        spec.sizes = Sizes { system: MIB, sysaux: MIB / 2, undo: MIB / 2, users: MIB / 2, temp: MIB / 2, redo: MIB };
        spec.tablespaces[0].bytes = MIB / 2;
        let files = vec![spec.data_dir.join("ro01.dbf")];
        spec.tablespaces.push(TablespaceSpec { name: "RO".into(), files, bytes: MIB / 4, rows: false });
        spec.rows = 600;
        change(&mut spec);
        create(&spec).unwrap();
        Self { folder, spec, quirks: Quirks::default(), random: StdRng::seed_from_u64(seed), log: Vec::new() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn started(&self) -> Engine {
        let parameters = pfile::read(&pfile::default_path(&self.spec.home, "orcl").unwrap()).unwrap();
        self.started_with(parameters)
    }

    pub fn started_with(&self, parameters: Vec<(String, String)>) -> Engine {
        Engine::start(EngineOptions {
            home: self.spec.home.clone(),
            sid: "orcl".into(),
            host: "slot021".into(),
            parameters,
            oracle: Oracle::V19,
            quirks: self.quirks.clone(),
        })
        .unwrap()
    }

    pub fn mounted(&self) -> Engine {
        let mut engine = self.started();
        engine.execute(&Command::Mount).unwrap();
        engine
    }

    pub fn open(&self) -> Engine {
        let mut engine = self.mounted();
        open(&mut engine).unwrap();
        engine
    }

    /// A mounted instance of another name on a copy of a control file.
    pub fn clone_mounted(&self, control: &Path, name: &str) -> Engine {
        let copy = self.path(&format!("{name}.ctl"));
        fs::copy(control, &copy).unwrap();
        let mut engine = self.started_with(vec![
            ("db_name".into(), "ORCL".into()),
            ("db_unique_name".into(), name.into()),
            ("control_files".into(), copy.display().to_string()),
            ("log_archive_dest_1".into(), format!("LOCATION={}", self.spec.archive_dir.display())),
        ]);
        engine.execute(&Command::Mount).unwrap();
        engine
    }

    /// One transaction of up to five rows below `keys`.
    pub fn commit_below(&mut self, engine: &mut Engine, keys: u32) {
        let rows: BTreeMap<u32, String> = (0..self.random.random_range(1..=5))
            .map(|_| (self.random.random_range(0..keys), format!("v{}", self.random.random::<u32>())))
            .collect();
        self.commit_rows(engine, rows.into_iter().collect());
    }

    pub fn commit_rows(&mut self, engine: &mut Engine, rows: Vec<(u32, String)>) {
        let changes = rows.iter().map(|(key, value)| RowChange { key: *key, value: value.clone() }).collect();
        let done = engine.execute(&Command::Commit(changes)).unwrap();
        let Done::Committed { scn, time_us } = done else { panic!("{done:?}") };
        self.log.push(Committed { scn, time_us, rows });
    }

    pub fn work(&mut self, engine: &mut Engine, transactions: usize) {
        for _ in 0..transactions {
            self.commit_below(engine, self.spec.rows);
            if self.random.random_bool(0.3) {
                engine.tick();
            }
        }
    }

    /// What the database must hold with exactly the commits below `scn`.
    pub fn model(&self, scn: u64) -> BTreeMap<u32, String> {
        self.log.iter().filter(|c| c.scn < scn).flat_map(|c| c.rows.iter().cloned()).collect()
    }

    pub fn all(&self) -> BTreeMap<u32, String> {
        self.model(u64::MAX)
    }

    /// After RESETLOGS at `scn` later commits never happened.
    pub fn forget_from(&mut self, scn: u64) {
        self.log.retain(|c| c.scn < scn);
    }
}

pub fn open(engine: &mut Engine) -> Result<Done, OraError> {
    engine.execute(&Command::Open { resetlogs: false, read_only: false })
}

pub fn open_resetlogs(engine: &mut Engine) -> Result<Done, OraError> {
    engine.execute(&Command::Open { resetlogs: true, read_only: false })
}

/// ALTER TABLESPACE … ONLINE | OFFLINE …
pub fn turned(tablespace: &str, online: bool, how: Offline) -> Command {
    let tablespace = tablespace.to_owned();
    if online { Command::TablespaceOnline { tablespace } } else { Command::TablespaceOffline { tablespace, how } }
}

pub fn run(engine: &mut Engine, command: Command) {
    engine.execute(&command).unwrap();
}

pub fn refused(engine: &mut Engine, command: Command) -> Vec<u32> {
    codes(&engine.execute(&command).unwrap_err())
}

pub fn begin(engine: &mut Engine) {
    run(engine, Command::BeginBackup { tablespace: None });
}

pub fn end(engine: &mut Engine) {
    run(engine, Command::EndBackup { tablespace: None });
}

pub fn shutdown(mut engine: Engine) {
    run(&mut engine, Command::Shutdown { abort: false });
}

pub fn abort(mut engine: Engine) {
    run(&mut engine, Command::Shutdown { abort: true });
}

pub fn recover(engine: &mut Engine, until: Until, backup_controlfile: bool) -> Result<Done, OraError> {
    recover_scope(engine, RecoverScope::Database, until, backup_controlfile)
}

pub fn recover_scope(
    engine: &mut Engine,
    scope: RecoverScope,
    until: Until,
    backup_controlfile: bool,
) -> Result<Done, OraError> {
    let start = Recover::Start { scope, until, backup_controlfile, automatic: true, from: None };
    match engine.execute(&Command::Recover(start)) {
        // A log is missing: nobody answers.
        Ok(Done::NeedsLog { failed: Some(error), .. }) => {
            let _ = engine.execute(&Command::Recover(Recover::Cancel));
            Err(error)
        }
        done => done,
    }
}

pub fn database(engine: &mut Engine) -> ovmirror_lab::db::api::Database {
    let Facts { database, .. } = engine.facts();
    database.unwrap()
}

pub fn current_scn(engine: &mut Engine) -> u64 {
    database(engine).current_scn
}

pub fn contents(engine: &mut Engine) -> Content {
    content::read_all(engine).unwrap()
}

pub fn kind(engine: &mut Engine) -> ControlType {
    database(engine).control_type
}

/// Copies the data files block by block in two halves, as a slow copy sees a disk: `between` runs now and then.
pub fn copy_slowly(engine: &mut Engine, to: &Path, mut between: impl FnMut(&mut Engine)) -> Vec<(PathBuf, PathBuf)> {
    fs::create_dir_all(to).unwrap();
    let files: Vec<PathBuf> = database(engine).datafiles.into_iter().map(|f| f.name).collect();
    let mut pairs = Vec::new();
    for name in files {
        let copy = to.join(name.file_name().unwrap());
        let (from, target) = (fs::File::open(&name).unwrap(), fs::File::create(&copy).unwrap());
        let blocks = from.metadata().unwrap().len() / BLOCK_SIZE as u64;
        // The header is one write of one block for Oracle, too.
        for block in 0..blocks {
            let mut bytes = [0; BLOCK_SIZE];
            from.read_exact_at(&mut bytes, block * BLOCK_SIZE as u64).unwrap();
            target.write_all_at(&bytes, block * BLOCK_SIZE as u64).unwrap();
            if block % 16 == 0 {
                between(engine);
            }
        }
        pairs.push((name, copy));
    }
    pairs
}

/// Copies the data files at one moment.
pub fn copy_at_once(engine: &mut Engine, to: &Path) -> Vec<(PathBuf, PathBuf)> {
    copy_slowly(engine, to, |_| {})
}

/// Puts the copies where the live files are.
pub fn put_back(pairs: &[(PathBuf, PathBuf)]) {
    for (name, copy) in pairs {
        // A swap of disks: another file under the same name.
        fs::remove_file(name).unwrap();
        fs::copy(copy, name).unwrap();
    }
}

/// Points a clone's control file at the copies.
pub fn rename_to(engine: &mut Engine, pairs: &[(PathBuf, PathBuf)]) {
    for (from, to) in pairs {
        run(engine, Command::RenameFile { from: from.clone(), to: to.clone() });
    }
}

/// Gives a clone logs of its own.
pub fn rename_logs(engine: &mut Engine, folder: &Path) {
    for group in database(engine).logs {
        for member in group.members {
            let to = folder.join(member.file_name().unwrap());
            run(engine, Command::RenameFile { from: member, to });
        }
    }
}
