//! An engine without files, and a host around it.

use ovmirror_lab::context::{HostContext, Mode, Oracle};
use ovmirror_lab::db::api::*;
use ovmirror_lab::db::server::{Boot, serve};
use ovmirror_lab::guest::sqlplus::{self, Exit};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// What was done to the engine.
pub type Log = Arc<Mutex<Vec<Command>>>;

pub struct Fake {
    pub facts: Facts,
    pub log: Log,
    mounted: Database,
}

pub fn datafile(file: u32, tablespace: &str, name: &str) -> Datafile {
    Datafile {
        file,
        ts: file - 1,
        tablespace: tablespace.into(),
        rfile: file,
        name: name.into(),
        status: if file == 1 { "SYSTEM" } else { "ONLINE" }.into(),
        enabled: "READ WRITE".into(),
        creation_change: 7,
        creation_time: 1_700_000_000,
        checkpoint_change: 15_000_000_000_123,
        checkpoint_time: 1_760_000_000,
        unrecoverable_change: 0,
        offline_change: 0,
        online_change: 0,
        bytes: 104_857_600,
        blocks: 12800,
        block_size: 8192,
        backup_status: "NOT ACTIVE".into(),
        backup_change: 0,
        backup_time: 0,
        header: Ok(Header {
            dbid: 1_600_000_001,
            db_name: "ORCL".into(),
            fuzzy: true,
            recover: false,
            creation_change: 7,
            resetlogs_change: 1,
            resetlogs_time: 1_700_000_000,
            checkpoint_change: 15_000_000_000_123,
            checkpoint_time: 1_760_000_000,
            checkpoint_count: 55,
            blocks: 12800,
        }),
        con_id: 0,
    }
}

fn log_group(group: u32, sequence: u32, status: &str) -> LogGroup {
    LogGroup {
        group,
        thread: 1,
        sequence,
        bytes: 52_428_800,
        status: status.into(),
        archived: status != "CURRENT",
        first_change: 15_000_000_000_000 + u64::from(sequence),
        first_time: 1_759_000_000 + i64::from(sequence),
        members: vec![format!("/u03/redo/redo0{group}.log").into()],
    }
}

fn archived(sequence: u32) -> ArchivedLog {
    ArchivedLog {
        recid: sequence,
        stamp: 1_000_000 + u64::from(sequence),
        name: Some(format!("/u03/arch/1_{sequence}_1.dbf").into()),
        dest_id: 1,
        thread: 1,
        sequence,
        resetlogs_change: 1,
        resetlogs_time: 1_700_000_000,
        first_change: 15_000_000_000_000 + u64::from(sequence),
        first_time: 1_759_000_000 + i64::from(sequence),
        next_change: 15_000_000_000_001 + u64::from(sequence),
        next_time: 1_759_000_001 + i64::from(sequence),
        blocks: 100,
        block_size: 512,
        archived: true,
        deleted: false,
        status: 'A',
        completion_time: 1_759_000_001,
    }
}

pub fn database() -> Database {
    Database {
        dbid: 1_600_000_001,
        name: "ORCL".into(),
        db_unique_name: "ORCL".into(),
        created: 1_700_000_000,
        archivelog: true,
        open_mode: "READ WRITE".into(),
        role: "PRIMARY".into(),
        control_type: ControlType::Current,
        controlfile_change: 15_000_000_000_500,
        controlfile_time: 1_760_000_000,
        resetlogs_change: 1,
        resetlogs_time: 1_700_000_000,
        prior_resetlogs_change: 0,
        prior_resetlogs_time: 0,
        checkpoint_change: 15_000_000_000_123,
        current_scn: 15_000_000_000_999,
        archive_change: 15_000_000_000_006,
        force_logging: false,
        flashback_on: false,
        datafiles: vec![
            datafile(1, "SYSTEM", "/u02/oradata/ORCL/system01.dbf"),
            datafile(2, "USERS", "/u02/oradata/ORCL/users01.dbf"),
        ],
        tempfiles: vec![(1, 3, "TEMP".into(), "/u02/oradata/ORCL/temp01.dbf".into(), 20_971_520, 0)],
        containers: vec![],
        controlfiles: vec!["/u03/ctl/control01.ctl".into()],
        logs: vec![log_group(1, 7, "CURRENT"), log_group(2, 6, "INACTIVE")],
        archived: vec![archived(5), archived(6)],
        incarnations: vec![Incarnation {
            incarnation: 1,
            resetlogs_change: 1,
            resetlogs_time: 1_700_000_000,
            prior_resetlogs_change: 0,
            prior_resetlogs_time: 0,
            status: "CURRENT".into(),
            prior_incarnation: 0,
        }],
        pieces: Vec::new(),
        backup_datafiles: Vec::new(),
        backup_redologs: Vec::new(),
        controlfile_copies: vec![],
        rman_configuration: vec![("CONTROLFILE AUTOBACKUP".into(), "ON".into())],
        scn_times: (0..100).map(|n| (15_000_000_000_000 + n * 10, 1_759_999_700 + 3 * n as i64)).collect(),
        tracking: None,
        corruption: Vec::new(),
    }
}

pub fn facts(status: Status) -> Facts {
    let mut database = database();
    if status == Status::Mounted {
        database.open_mode = "MOUNTED".into();
        database.current_scn = 0;
    }
    Facts {
        instance: "ORCL".into(),
        host: "slot021".into(),
        status,
        startup_time: 1_760_000_000,
        parameters: vec![
            ("db_name".into(), "ORCL".into()),
            ("log_archive_dest_1".into(), "LOCATION=/u03/arch".into()),
            ("sga_target".into(), "1536m".into()),
        ],
        database: (status > Status::Started).then_some(database),
    }
}

impl Fake {
    pub fn new(status: Status, log: Log) -> Self {
        Self { facts: facts(status), log, mounted: database() }
    }

    fn set(&mut self, status: Status, open_mode: &str) {
        self.facts.status = status;
        self.mounted.open_mode = open_mode.into();
        self.facts.database = Some(self.mounted.clone());
    }

    fn needs_log(&self) -> Done {
        Done::NeedsLog {
            change: 3_502_285,
            generated: 1_760_000_000,
            thread: 1,
            sequence: 1,
            suggestion: "/u03/arch/1_1_1.dbf".into(),
            applied: Vec::new(),
            failed: None,
        }
    }
}

impl Instance for Fake {
    fn facts(&mut self) -> Facts {
        self.facts.clone()
    }

    fn execute(&mut self, command: &Command) -> Result<Done, OraError> {
        self.log.lock().unwrap().push(command.clone());
        match command {
            Command::Mount => self.set(Status::Mounted, "MOUNTED"),
            Command::Open { .. } => self.set(Status::Open, "READ WRITE"),
            Command::BeginBackup { tablespace: Some(t) } if t == "READS" => {
                return Err(OraError::new(1642, "begin backup not needed for read-only tablespace 'READS'"));
            }
            Command::Recover(Recover::Start { until: Until::Cancel, .. }) => return Ok(self.needs_log()),
            Command::Recover(Recover::Start { until: Until::Change(7), automatic: true, .. }) => {
                let Done::NeedsLog { change, generated, thread, sequence, suggestion, applied, .. } = self.needs_log()
                else {
                    return Ok(Done::Ok);
                };
                let error = OraError::new(308, format!("cannot open archived log '{}'", suggestion.display()));
                let failed = Some(error);
                return Ok(Done::NeedsLog { change, generated, thread, sequence, suggestion, applied, failed });
            }
            Command::Recover(Recover::Apply { file: Some(file), .. }) if file.ends_with("wrong.dbf") => {
                return Err(OraError::new(308, format!("cannot open archived log '{}'", file.display())));
            }
            Command::Recover(Recover::Cancel) => return Ok(Done::RecoveryCancelled),
            Command::Recover(_) => return Ok(Done::RecoveryComplete),
            _ => {}
        }
        Ok(Done::Ok)
    }

    fn tick(&mut self) {}
}

/// A host with a home, on which SQL*Plus runs; instances live in threads.
pub struct Host {
    pub dir: TempDir,
    pub context: HostContext,
    pub log: Log,
}

impl Host {
    pub fn new(oracle: Oracle) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("home/dbs")).unwrap();
        std::fs::write(dir.path().join("home/dbs/initORCL.ora"), "db_name=ORCL\n").unwrap();
        let context = HostContext {
            name: "slot021".into(),
            mode: Mode::Prefix,
            oracle,
            quirks: Default::default(),
            faults: dir.path().join("faults.json"),
            private: dir.path().join("private"),
        };
        Self { dir, context, log: Log::default() }
    }

    pub fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// STARTUP's part: the instance in a thread.
    pub fn launch(&self, boot: &Boot) -> Result<(), OraError> {
        let (boot, log) = (boot.clone(), self.log.clone());
        let (ready, wait) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            serve(Box::new(Fake::new(Status::Started, log)), boot, || ready.send(()).unwrap()).unwrap();
        });
        wait.recv().map_err(|e| OraError::new(443, e.to_string()))
    }

    pub fn environment(&self) -> BTreeMap<String, String> {
        let home = self.home().to_string_lossy().into_owned();
        let own = [("ORACLE_HOME", home.as_str()), ("ORACLE_SID", "ORCL")];
        own.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    /// Runs SQL*Plus.
    pub fn sqlplus(&self, args: &[&str], input: &str) -> (String, Exit) {
        self.sqlplus_in(self.environment(), args, input)
    }

    pub fn sqlplus_in(&self, environment: BTreeMap<String, String>, args: &[&str], input: &str) -> (String, Exit) {
        let args: Vec<String> = args.iter().map(|a| (*a).to_owned()).collect();
        let mut output = Vec::new();
        let launch = |boot: &Boot| self.launch(boot);
        let exit = sqlplus::run(&args, environment, &self.context, &launch, (input.as_bytes(), &mut output));
        (String::from_utf8(output).unwrap(), exit)
    }

    /// Silent, as SYSDBA.
    pub fn silent(&self, input: &str) -> String {
        self.sqlplus(&["-S", "-L", "/ as sysdba"], input).0
    }

    /// With an open instance.
    pub fn open(oracle: Oracle) -> Self {
        let host = Self::new(oracle);
        host.silent("startup\n");
        host
    }
}

pub const ALL: [Oracle; 4] = [Oracle::V11_2, Oracle::V12_2, Oracle::V19, Oracle::V23];
