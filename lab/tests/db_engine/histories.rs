//! Whole histories: a workload with a witness, read-only and offline tablespaces, added files, hot copies, crashes, copies
//! put back with random targets, RESETLOGS, recoveries undone. After each recovery the rows are what the witness says of the
//! present branch. The seed is in the message; `PROPTEST_CASES=200` runs more.

use crate::{site::*, snapshot::*};
use ovmirror_lab::{
    db::{
        api::{Command, Datafile, Instance, NewName, Offline, RecoverScope, Until},
        engine::Engine,
    },
    witness::{Branch, acknowledged, compare, path, workload::Workload},
};
use proptest::prelude::*;
use rand::RngExt;
use std::path::PathBuf;

/// A copy, and where it was made.
struct Taken {
    snapshot: Snapshot,
    way: Vec<Branch>,
    files: Vec<u32>,
}

struct History {
    site: Site,
    engine: Option<Engine>,
    workload: Workload,
    taken: Vec<Taken>,
    seed: u64,
    added: u32,
    /// The latest RESETLOGS_TIME of a branch that an undo made unknown.
    undone: i64,
    steps: Vec<String>,
}

impl History {
    fn new(seed: u64) -> Self {
        let site = Site::with(seed, |spec| spec.sizes.redo = 256 << 10);
        let mut engine = site.open();
        engine.seed(seed);
        let workload = workload(&site, &mut engine, seed);
        let (taken, steps) = (Vec::new(), Vec::new());
        Self { site, engine: Some(engine), workload, taken, seed, added: 0, undone: 0, steps }
    }

    fn engine(&mut self) -> &mut Engine {
        self.engine.as_mut().unwrap()
    }

    fn does(&mut self, command: Command) {
        let done = self.engine().execute(&command);
        done.unwrap_or_else(|error| panic!("{}\n{command:?}: {error}", self.told()));
    }

    fn told(&self) -> String {
        format!("seed {}: {}", self.seed, self.steps.join(", "))
    }

    fn chance(&mut self, below: u32) -> u32 {
        self.site.random.random_range(0..below)
    }

    fn work(&mut self, most: u32) {
        for _ in 0..self.chance(most) + 1 {
            let engine = self.engine.as_mut().unwrap();
            self.workload.one(engine).unwrap().unwrap_or_else(|error| panic!("seed {}: {error}", self.seed));
            if self.chance(3) == 0 {
                self.engine().tick();
            }
        }
    }

    fn files(&mut self) -> Vec<Datafile> {
        database(self.engine()).datafiles
    }

    fn step(&mut self) {
        match self.chance(16) {
            0 => self.does(Command::SwitchLogfile),
            1 => self.does(Command::ArchiveLogCurrent),
            2 => self.does(Command::Checkpoint),
            3 => self.turn_read_only(),
            4 | 5 => self.turn_offline(),
            6 if self.added < 3 => self.add(),
            7 => self.crash(),
            8 | 9 => self.copy(),
            10 => self.complete(),
            11 | 12 => self.point(),
            _ => self.work(30),
        }
    }

    fn turn_read_only(&mut self) {
        let name = ["USERS", "DATA", "RO"][self.chance(3) as usize];
        let file = self.files().into_iter().find(|f| f.tablespace == name).unwrap();
        if file.status == "ONLINE" {
            self.steps.push(format!("turn {name} from {}", file.enabled));
            self.does(Command::TablespaceReadOnly { tablespace: name.into(), read_only: file.enabled != "READ ONLY" });
        }
    }

    fn turn_offline(&mut self) {
        let name = ["USERS", "DATA", "RO"][self.chance(3) as usize];
        let how = [Offline::Normal, Offline::Immediate][self.chance(2) as usize];
        let file = self.files().into_iter().find(|f| f.tablespace == name).unwrap();
        if file.status == "ONLINE" {
            self.steps.push(format!("{name} offline {how:?}"));
            self.does(turned(name, false, how));
        } else {
            self.online();
        }
    }

    /// Everything comes back, recovered where that is wanted.
    fn online(&mut self) {
        for file in self.files().into_iter().filter(|f| matches!(f.status.as_str(), "RECOVER" | "OFFLINE")) {
            let scope = RecoverScope::Datafiles(vec![file.file.to_string().into()]);
            match recover_scope(self.engine(), scope, Until::Complete, false) {
                Err(error) if codes(&error) != [283, 264] => panic!("{}: {error}", self.told()),
                _ => self.does(Command::DatafileOnline { file: file.file, online: true }),
            }
        }
    }

    fn add(&mut self) {
        self.added += 1;
        let file = self.site.spec.data_dir.join(format!("added{}.dbf", self.added));
        let name = format!("ADDED{}", self.added);
        self.steps.push(format!("add {name}"));
        self.does(Command::CreateTablespace { name, file: Some(file), bytes: 128 << 10 });
    }

    fn down(&mut self) {
        let engine = self.engine.take().unwrap();
        if self.site.random.random() {
            self.steps.push("abort".into());
            abort(engine);
        } else {
            self.steps.push("shutdown".into());
            shutdown(engine);
        }
    }

    fn mount(&mut self) {
        let mut engine = self.site.mounted();
        engine.seed(self.seed);
        self.engine = Some(engine);
    }

    fn open(&mut self, resetlogs: bool) {
        self.does(Command::Open { resetlogs, read_only: false });
        let engine = self.engine.as_mut().unwrap();
        self.workload = workload(&self.site, engine, self.seed);
    }

    fn crash(&mut self) {
        self.down();
        self.mount();
        self.open(false);
        self.equal();
    }

    /// The rows are what the witness says of the present branch.
    fn equal(&mut self) {
        self.online();
        let (way, log) = (path(&database(self.engine())), self.site.path("witness"));
        let known = acknowledged(&log, &way).unwrap();
        let (scn, rows) = self.engine().rows().unwrap_or_else(|error| panic!("{}: {error}", self.told()));
        let verdict = compare(&rows, &log, scn.max(known), Some(&way)).unwrap();
        assert!(verdict.equal, "{}: {verdict:?}", self.told());
    }

    fn copy(&mut self) {
        self.online();
        self.steps.push("copy".into());
        self.does(Command::ArchiveLogCurrent);
        self.does(Command::HoldWrites(true));
        self.does(Command::BeginBackup { tablespace: None });
        let (folder, begin) = (self.site.path(&format!("copy{}", self.taken.len())), current_scn(self.engine()));
        let files = self.files().iter().map(|file| file.file).collect();
        let way = path(&database(self.engine()));
        let mut engine = self.engine.take().unwrap();
        let workload = &mut self.workload;
        let pairs = copy_slowly(&mut engine, &folder, |engine| workload.one(engine).unwrap().unwrap());
        self.engine = Some(engine);
        self.does(Command::EndBackup { tablespace: None });
        self.does(Command::HoldWrites(false));
        let snapshot = Snapshot { pairs, control: PathBuf::new(), begin, end: current_scn(self.engine()) };
        self.does(Command::ArchiveLogCurrent);
        self.taken.push(Taken { snapshot, way, files });
    }

    /// The newest copy on the present path that ends below `scn`, and whether it is from an ancestor that ended before that.
    fn usable(&mut self, scn: u64) -> Option<usize> {
        let way = path(&database(self.engine()));
        let on_path = |taken: &Taken| {
            let next = way.get(taken.way.len());
            way.starts_with(&taken.way) && next.is_none_or(|next| taken.snapshot.end < next.change)
        };
        self.taken.iter().rposition(|taken| on_path(taken) && taken.snapshot.end < scn)
    }

    /// Puts a copy back. Files made after it are lost, or still there.
    fn swap(&mut self, taken: usize, lost: bool) {
        let present: Vec<_> = self.files();
        self.down();
        put_back_or_make(&self.taken[taken].snapshot.pairs);
        self.mount();
        for file in present {
            let newer = !self.taken[taken].files.contains(&file.file);
            if newer && lost {
                std::fs::remove_file(&file.name).unwrap();
                self.does(Command::CreateDatafile { from: file.file.to_string().into(), to: NewName::Same });
            }
        }
    }

    fn complete(&mut self) {
        let now = current_scn(self.engine());
        let Some(taken) = self.usable(now) else { return self.work(20) };
        self.steps.push(format!("complete from {taken}"));
        let lost = self.site.random.random();
        self.swap(taken, lost);
        recover(self.engine(), Until::Complete, false).unwrap_or_else(|error| panic!("{}: {error}", self.told()));
        self.open(false);
        self.equal();
    }

    fn point(&mut self) {
        self.does(Command::ArchiveLogCurrent);
        let now = current_scn(self.engine());
        let Some(taken) = self.usable(now) else { return self.work(20) };
        let target = self.site.random.random_range(self.taken[taken].snapshot.end + 1..=now + 1);
        self.steps.push(format!("to {target} from {taken}"));
        self.online();
        self.down();
        let (old, kept) = (copy_down(&self.site, "old"), way_back(&self.site));
        self.mount();
        self.swap_to(taken, target);
        let recovered = recover(self.engine(), Until::Change(target), false);
        recovered.unwrap_or_else(|error| panic!("{}: {error}", self.told()));
        self.open(true);
        self.equal();
        self.work(20);
        self.equal();
        if self.chance(3) == 0 {
            self.undo(&old, &kept);
        }
        self.refuse_orphans();
    }

    /// As `swap`; files of after the point go offline for good.
    fn swap_to(&mut self, taken: usize, target: u64) {
        self.swap(taken, true);
        for file in self.files().into_iter().filter(|file| file.creation_change >= target) {
            self.does(Command::DatafileForDrop { file: file.file });
        }
    }

    fn undo(&mut self, old: &[(PathBuf, PathBuf)], kept: &[(PathBuf, Vec<u8>)]) {
        self.steps.push("undo".into());
        self.undone = database(self.engine()).resetlogs_time;
        self.down();
        put_back_or_make(old);
        put_way_back(kept);
        self.mount();
        self.open(false);
        self.equal();
        // Two branches that begin at one SCN are told apart by their second alone, in reality too.
        while chrono::Utc::now().timestamp() <= self.undone {
            std::thread::park_timeout(std::time::Duration::from_millis(5));
        }
    }

    /// A copy of a branch that was left behind is never recovered.
    fn refuse_orphans(&mut self) {
        let way = path(&database(self.engine()));
        let orphan = self.taken.iter().rposition(|taken| !way.starts_with(&taken.way));
        let Some(orphan) = orphan.filter(|_| self.chance(2) == 0) else { return };
        self.steps.push(format!("orphan {orphan}"));
        self.down();
        let live = copy_down(&self.site, "live");
        put_back_or_make(&self.taken[orphan].snapshot.pairs);
        self.mount();
        let refused = recover(self.engine(), Until::Complete, false);
        let code = codes(&refused.expect_err(&self.told()));
        assert!(code.contains(&19909) || code.contains(&1190) || code.contains(&1122), "{}: {code:?}", self.told());
        self.engine = None;
        put_back_or_make(&live);
        self.mount();
        self.open(false);
        self.equal();
    }
}

fn workload(site: &Site, engine: &mut Engine, seed: u64) -> Workload {
    let database = database(engine);
    Workload::new(&site.path("witness"), &database, site.spec.rows, seed).unwrap().with_beyond(1000)
}

/// As a swap of disks: what is on the copy takes the place of what is there.
fn put_back_or_make(pairs: &[(PathBuf, PathBuf)]) {
    for (name, copy) in pairs {
        let _ = std::fs::remove_file(name);
        std::fs::copy(copy, name).unwrap();
    }
}

fn history(seed: u64) {
    let mut history = History::new(seed);
    for _ in 0..history.chance(30) + 10 {
        history.step();
    }
    history.equal();
}

fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = std::env::var_os("PROPTEST_CASES").map_or(8, |_| default.cases);
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 0, ..default }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_recovery_gives_what_the_witness_says(seed in any::<u64>()) {
        history(seed);
    }
}
