//! A small production database, its split mirror on a "media host", and an RMAN there, all in this process.
#![allow(dead_code, reason = "each test program uses its part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may panic")]

use ovmirror_lab::{
    context::Oracle,
    db::{
        api::{Command, ControlType, Instance, Recover, RecoverScope, Until},
        control,
        create::{CreateSpec, create},
        engine::{Engine, EngineOptions},
        pfile,
    },
    quirk::Quirks,
    rman::{
        DateFormat, Output, Session, Source,
        target::{Door, Inside, Site, Target},
    },
    witness::workload::Workload,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

pub struct Production {
    pub dir: tempfile::TempDir,
    pub engine: Arc<Mutex<Engine>>,
    pub witness: Workload,
    pub log: PathBuf,
    pub oracle: Oracle,
}

pub struct Mirror {
    pub dir: tempfile::TempDir,
    pub inside: Inside,
    pub site: Site,
    pub tape: PathBuf,
    /// SCN of END BACKUP.
    pub end: u64,
}

pub const ROWS: u32 = 400;

fn quirks(settings: &[&str]) -> Quirks {
    let mut quirks = Quirks::default();
    settings.iter().for_each(|setting| quirks.set(setting).unwrap());
    quirks
}

impl Production {
    pub fn new(oracle: Oracle) -> Self {
        Self::with(oracle, |_| {})
    }

    pub fn with(oracle: Oracle, change: impl FnOnce(&mut CreateSpec)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("home");
        let mut spec = CreateSpec::below(dir.path(), home.clone(), "orcl", oracle);
        spec.rows = ROWS;
        let sizes = &mut spec.sizes;
        (sizes.system, sizes.sysaux, sizes.undo, sizes.users) = (1 << 19, 1 << 18, 1 << 18, 1 << 19);
        spec.tablespaces.iter_mut().for_each(|more| more.bytes = 1 << 19);
        change(&mut spec);
        create(&spec).unwrap();
        let parameters = pfile::read(&pfile::default_path(&home, "orcl").unwrap()).unwrap();
        let mut engine = start(home, parameters, oracle, &[]);
        engine.execute(&Command::Mount).unwrap();
        engine.execute(&Command::Open { resetlogs: false, read_only: false }).unwrap();
        let log = dir.path().join("ORCL.witness");
        let database = engine.facts().database.unwrap();
        let witness = Workload::new(&log, &database, ROWS, 1).unwrap();
        Self { dir, engine: Arc::new(Mutex::new(engine)), witness, log, oracle }
    }

    pub fn facts(&self) -> ovmirror_lab::db::api::Database {
        self.engine.lock().unwrap().facts().database.unwrap()
    }

    /// What RMAN on the database's own host knows of it.
    pub fn site(&self) -> Site {
        let home = self.dir.path().join("home");
        let faults = self.dir.path().join("faults.json");
        Site { oracle: self.oracle, quirks: quirks(&[]), faults, home, sid: "orcl".into() }
    }

    pub fn inside(&self) -> Inside {
        let engine: Arc<Mutex<dyn Instance>> = self.engine.clone();
        Inside::new(engine)
    }

    pub fn work(&mut self, count: u32) {
        let mut engine = self.engine.lock().unwrap();
        for _ in 0..count {
            self.witness.one(&mut *engine).unwrap().unwrap();
        }
    }

    pub fn tick(&self, count: u32) {
        (0..count).for_each(|_| self.engine.lock().unwrap().tick());
    }

    pub fn execute(&self, command: &Command) {
        self.engine.lock().unwrap().execute(command).unwrap();
    }

    pub fn scn(&self) -> u64 {
        self.engine.lock().unwrap().facts().database.unwrap().current_scn
    }

    /// BEGIN BACKUP, some work, a copy of every file, some work, END BACKUP, ARCHIVE LOG CURRENT: the mirror, mounted.
    pub fn split(&mut self, kind: ControlType, held: bool, settings: &[&str]) -> Mirror {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        ["data", "logs", "tape", "home/dbs", "arch"].iter().for_each(|name| fs::create_dir_all(path(name)).unwrap());
        self.work(30);
        self.execute(&Command::Checkpoint);
        self.execute(&Command::BeginBackup { tablespace: None });
        let copy = path("control.ctl");
        self.execute(&match kind {
            ControlType::Standby => Command::StandbyControlfile { to: copy.clone(), reuse: false },
            _ => Command::BackupControlfile { to: copy.clone(), reuse: false },
        });
        self.execute(&Command::HoldWrites(held));
        self.work(40);
        self.tick(60);
        let files = self.engine.lock().unwrap().facts().database.unwrap().datafiles;
        for file in &files {
            fs::copy(&file.name, path("data").join(file.name.file_name().unwrap())).unwrap();
        }
        self.execute(&Command::HoldWrites(false));
        self.work(20);
        self.execute(&Command::EndBackup { tablespace: None });
        let end = self.scn();
        self.execute(&Command::ArchiveLogCurrent);
        let archived = self.engine.lock().unwrap().facts().database.unwrap().archived;
        for name in archived.iter().filter_map(|log| log.name.clone()) {
            fs::copy(&name, path("logs").join(name.file_name().unwrap())).unwrap();
        }
        let mut content = control::read(&copy).unwrap();
        content.datafiles.iter_mut().for_each(|file| file.name = path("data").join(file.name.file_name().unwrap()));
        content.groups.iter_mut().for_each(|group| group.members = vec![path("absent.log")]);
        content.tempfiles.iter_mut().for_each(|temp| temp.3 = path("absent.dbf"));
        control::write_new(&copy, &content, true).unwrap();
        let parameters = vec![
            ("db_name".to_owned(), "ORCL".to_owned()),
            ("control_files".to_owned(), copy.display().to_string()),
            ("log_archive_dest_1".to_owned(), format!("LOCATION={}", path("arch").display())),
        ];
        let mut engine = start(path("home"), parameters, self.oracle, settings);
        engine.execute(&Command::Mount).unwrap();
        let engine: Arc<Mutex<dyn Instance>> = Arc::new(Mutex::new(engine));
        let site = Site {
            oracle: self.oracle,
            quirks: quirks(settings),
            faults: path("faults.json"),
            home: path("home"),
            sid: "orcl".into(),
        };
        let tape = path("tape");
        Mirror { inside: Inside::new(engine), site, tape, end, dir }
    }
}

fn start(home: PathBuf, parameters: Vec<(String, String)>, oracle: Oracle, settings: &[&str]) -> Engine {
    let (sid, host) = ("orcl".into(), "slot021".into());
    Engine::start(EngineOptions { home, sid, host, parameters, oracle, quirks: quirks(settings) }).unwrap()
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn run_rman(inside: &Inside, site: &Site, text: &str) -> (String, bool) {
    let kept = Kept::default();
    let out = Arc::new(Output::new(Box::new(kept.clone())));
    let door: Arc<dyn Door> = Arc::new(inside.clone());
    let mut session = Session::new(site.clone(), out, DateFormat::new(Some("YYYY-MM-DD HH24:MI:SS")), door);
    session.run_all(&mut text.as_bytes(), Source::File, "test.rman");
    let good = !session.failed();
    let output = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    (output, good)
}

impl Mirror {
    /// Another instance on the same host that knows nothing yet: NOMOUNT, to restore into `fresh`.
    pub fn started_anew(&self) -> Mirror {
        let dir = tempfile::tempdir().unwrap();
        ["fresh/data", "fresh/home/dbs", "fresh/arch"]
            .iter()
            .for_each(|name| fs::create_dir_all(self.path(name)).unwrap());
        let parameters = vec![
            ("db_name".to_owned(), "ORCL".to_owned()),
            ("control_files".to_owned(), self.path("fresh/control.ctl").display().to_string()),
            ("log_archive_dest_1".to_owned(), format!("LOCATION={}", self.path("fresh/arch").display())),
        ];
        let engine = start(self.path("fresh/home"), parameters, self.site.oracle, &["rman-fractured-block=counts"]);
        let engine: Arc<Mutex<dyn Instance>> = Arc::new(Mutex::new(engine));
        let (site, tape) = (Site { home: self.path("fresh/home"), ..self.site.clone() }, self.tape.clone());
        Mirror { inside: Inside::new(engine), site, tape, end: self.end, dir }
    }

    /// Runs commands after CONNECT; `$T` is an allocation of one tape channel.
    pub fn rman(&self, text: &str) -> (String, bool) {
        let text = text.replace("$T", &self.channel("t1", ""));
        run_rman(&self.inside, &self.site, &format!("CONNECT TARGET \"/ AS SYSBACKUP\"\n{text}"))
    }

    pub fn channel(&self, name: &str, more: &str) -> String {
        let tape = self.tape.display();
        format!(
            "ALLOCATE CHANNEL {name} DEVICE TYPE sbt PARMS='SBT_LIBRARY=oracle.disksbt,ENV=(BACKUP_DIR={tape}{more})';"
        )
    }

    pub fn facts(&self) -> ovmirror_lab::db::api::Database {
        self.inside.facts().unwrap().database.unwrap()
    }

    pub fn tape_files(&self) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(&self.tape).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Data files, logs and a control file to tape, as an offload does it.
    pub fn offload(&self, tag: &str) -> String {
        let logs = self.path("logs");
        let logs = logs.display();
        let handle = format!("ovm_{}_run_cf_1", self.facts().dbid);
        let (output, good) = self.rman(&format!(
            "CONFIGURE CONTROLFILE AUTOBACKUP ON;\nCATALOG START WITH '{logs}/' NOPROMPT;\nRUN {{ $T SET COMMAND ID TO 'sm:1';\n\
             BACKUP AS BACKUPSET CHECK LOGICAL FORCE FILESPERSET 2 FORMAT 'sm_%d_%U' TAG '{tag}' DATABASE NOEXCLUDE;\n\
             BACKUP FORMAT 'sm_a_%U' TAG '{tag}' ARCHIVELOG LIKE '{logs}/%'; }}\n"
        ));
        assert!(good, "{output}");
        let copy = self.path("clone.ctl");
        self.inside.execute(&Command::BackupControlfile { to: copy.clone(), reuse: true }).unwrap();
        let (more, good) = self.rman(&format!(
            "CATALOG CONTROLFILECOPY '{copy}';\nRUN {{ $T BACKUP FORMAT '{handle}' TAG '{tag}_CF' CONTROLFILECOPY '{copy}'; }}\n",
            copy = copy.display()
        ));
        assert!(good, "{more}");
        output + &more
    }

    pub fn recover_to(&self, scn: u64) {
        let start = Recover::Start {
            scope: RecoverScope::Database,
            until: Until::Change(scn + 1),
            backup_controlfile: true,
            automatic: true,
            from: Some(self.path("logs")),
        };
        self.inside.execute(&Command::Recover(start)).unwrap();
    }
}

/// What differs from run to run, by a name.
pub fn settled(text: &str, dir: &Path, dbid: u32) -> String {
    let mut lines = Vec::new();
    for line in text.replace(&dir.display().to_string(), "DIR").replace(&dbid.to_string(), "DBID").lines() {
        lines.push(without_times(line));
    }
    lines.join("\n")
}

/// Times as `TIME`, stamps and the random part of handles as `N`.
fn without_times(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while !rest.is_empty() {
        let date = |t: &str| {
            let b = t.as_bytes();
            b.len() >= 19
                && b[4] == b'-'
                && b[7] == b'-'
                && b[13] == b':'
                && b[16] == b':'
                && b[..4].iter().all(u8::is_ascii_digit)
        };
        let american = |t: &str| {
            let b = t.as_bytes();
            b.len() >= 19 && b[2] == b'/' && b[5] == b'/' && b[13] == b':' && b[..2].iter().all(u8::is_ascii_digit)
        };
        if rest.get(..19).is_some_and(date) {
            out.push_str("TIME");
            rest = &rest[19..];
        } else if rest.get(..19).is_some_and(american) {
            out.push_str("MM/DD/TIME");
            rest = &rest[19..];
        } else {
            let first = rest.chars().next().unwrap();
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    hide_handles(&out)
}

/// `sm_ORCL_0145qvn1_1_1_1` → `sm_ORCL_%u_…`, `STAMP=…`, `elapsed time: …`.
fn hide_handles(line: &str) -> String {
    let words: Vec<String> = line
        .split(' ')
        .map(|word| {
            let word = word.split_once("STAMP=").map_or(word.to_owned(), |(before, _)| format!("{before}STAMP=N"));
            let parts: Vec<String> = word
                .split('_')
                .map(|part| {
                    let unique =
                        part.len() == 8 && part.chars().all(|c| c.is_ascii_digit() || ('a'..='v').contains(&c));
                    if unique && part.chars().any(|c| c.is_ascii_digit()) { "%u".to_owned() } else { part.to_owned() }
                })
                .collect();
            parts.join("_")
        })
        .collect();
    let line = words.join(" ");
    line.split_once("elapsed time: ").map_or(line.clone(), |(before, _)| format!("{before}elapsed time: HH:MI:SS"))
}

/// An instance for the daemon that the test can still look into.
pub struct Shared(pub Inside);

impl Instance for Shared {
    fn facts(&mut self) -> ovmirror_lab::db::api::Facts {
        Target::facts(&self.0).unwrap()
    }

    fn execute(&mut self, command: &Command) -> Result<ovmirror_lab::db::api::Done, ovmirror_lab::db::api::OraError> {
        Target::execute(&self.0, command)
    }

    fn tick(&mut self) {}
}
