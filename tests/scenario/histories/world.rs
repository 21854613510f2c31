//! One site with its model: the commands of a history, each followed by a look at everything that it may have changed.

use super::model::{Files, Model, Outcome, Snapshot, State, Target};
use crate::{
    site::{Said, Site, until},
    witness::{self, Ack, must_be_equal, work},
};
use chrono::{DateTime, FixedOffset, Utc};
use proptest::{
    prelude::RngExt,
    test_runner::{RngAlgorithm, TestRng},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Tablespaces that a database needs to be open.
const NEEDED: [&str; 3] = ["SYSTEM", "SYSAUX", "UNDOTBS1"];

pub struct World {
    seed: u64,
    pub rng: TestRng,
    pub site: Site,
    pub model: Model,
    /// Recoveries that began with the database down: their undo ends so, too.
    down: BTreeSet<String>,
    /// Numbers of files and workloads.
    serial: u64,
}

/// What V$DATABASE shows.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    open_mode: String,
    start: u64,
    opened: DateTime<FixedOffset>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let site = Site::up(&["--mode", "portable", "--job-time", "0"]);
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let is = identity(&site);
        let model = Model::new(is.start, is.opened, files(&site));
        Self { seed, rng, site, model, down: BTreeSet::new(), serial: 0 }
    }

    /// One of several, by weight.
    pub fn weighed<T: Copy>(&mut self, all: &[(u32, T)]) -> T {
        let total = all.iter().map(|(weight, _)| weight).sum();
        let mut at = self.rng.random_range(0..total);
        let found = all.iter().find(|(weight, _)| {
            let here = at < *weight;
            at = at.saturating_sub(*weight);
            here
        });
        found.unwrap().1
    }

    /// How many commands a history has.
    pub fn length(&mut self) -> u32 {
        self.rng.random_range(6..=12)
    }

    pub fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    fn tell(&self, text: &str) {
        eprintln!("history {}: {text}", self.seed);
    }

    fn number(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// Statements that must succeed.
    fn sql(&self, script: &str) -> String {
        let said = self.site.sql(script);
        assert!(!said.contains("ORA-") && !said.contains("SP2-"), "{script}: {said}");
        said
    }

    fn scn(&self) -> u64 {
        self.sql("select to_char(current_scn, 'TM9') from v$database;").parse().unwrap()
    }

    pub fn work(&mut self) {
        let (count, seed) = (self.rng.random_range(3..30), self.seed * 1000 + self.number());
        self.tell(&format!("{count} transactions"));
        work(&self.site, count, seed);
    }

    pub fn switch_logs(&mut self) {
        for _ in 0..self.rng.random_range(1..4) {
            self.sql("alter system switch logfile;");
            self.work();
        }
    }

    pub fn crash(&mut self) {
        self.tell("shutdown abort, startup");
        self.site.sql("shutdown abort\nstartup");
        assert_eq!(identity(&self.site).open_mode, "READ WRITE");
    }

    /// A change of the files, which the model learns with the SCNs around it.
    fn turn(&mut self, statement: &str, change: impl FnOnce(&mut Files)) {
        self.tell(statement);
        let after = self.scn();
        self.sql(&format!("{statement};"));
        let mut turned = self.model.files().clone();
        change(&mut turned);
        self.model.turned(after, self.scn(), turned);
        self.files_must_be_known();
    }

    pub fn add_tablespace(&mut self) {
        let n = self.number();
        let (name, file) = (format!("H{n}"), format!("/u02/oradata/ORCL/h{n}_01.dbf"));
        self.turn(&format!("create tablespace {name} datafile '{file}' size 256k"), |files| {
            files.insert(file.clone(), (name.clone(), State::ReadWrite));
        });
    }

    pub fn add_file(&mut self) {
        let Some(name) = self.tablespace(State::ReadWrite) else { return };
        let file = format!("/u02/oradata/ORCL/{}_{:02}.dbf", name.to_lowercase(), self.number() + 10);
        self.turn(&format!("alter tablespace {name} add datafile '{file}' size 256k"), |files| {
            files.insert(file.clone(), (name.clone(), State::ReadWrite));
        });
    }

    /// From one state to another, of a tablespace all of whose files stand so.
    pub fn alter(&mut self, from: State, to: State, words: &str) {
        let Some(name) = self.tablespace(from) else { return };
        self.turn(&format!("alter tablespace {name} {words}"), |files| {
            files.values_mut().filter(|(of, _)| *of == name).for_each(|(_, state)| *state = to);
        });
    }

    fn tablespace(&mut self, state: State) -> Option<String> {
        let mut all: BTreeMap<&str, bool> = BTreeMap::new();
        for (name, is) in self.model.files().values() {
            *all.entry(name).or_insert(!NEEDED.contains(&name.as_str())) &= *is == state;
        }
        let fit: Vec<String> = all.into_iter().filter(|(_, fits)| *fits).map(|(name, _)| name.to_owned()).collect();
        (!fit.is_empty()).then(|| fit[self.rng.random_range(0..fit.len())].clone())
    }

    fn files_must_be_known(&self) {
        assert_eq!(&files(&self.site), self.model.files(), "V$DATAFILE and the model differ");
    }

    /// A snapshot, sometimes while the database works. With a file offline it is refused.
    pub fn snapshot(&mut self) {
        let loaded = self.chance(50);
        self.tell(&format!("snapshot, at work: {loaded}"));
        let seed = self.seed * 1000 + self.number();
        if loaded {
            witness::start(&self.site, seed);
        }
        let said = self.site.ovmirror(&["--json", "backup", "--snapshot-only", "ORCL"]);
        if loaded {
            witness::stop(&self.site);
        }
        if self.model.offline() {
            return must_refuse(&said.expect(1), "DB-OFFLINE");
        }
        let made = said.expect(0).object();
        self.learn(made["snapshots"][0]["id"].as_str().unwrap());
    }

    /// A snapshot of the present branch.
    fn learn(&mut self, id: &str) {
        let list = self.site.json(&["list"]);
        let shown = list["snapshots"].as_array().unwrap().iter().find(|one| one["id"] == id);
        let shown = shown.unwrap_or_else(|| panic!("{id} is not in {list}"));
        self.model.snapshots.push(Snapshot {
            id: id.to_owned(),
            branch: self.model.present(),
            end: shown["end_scn"].as_str().unwrap().parse().unwrap(),
            ended_at: DateTime::parse_from_rfc3339(shown["ended_at"].as_str().unwrap()).unwrap(),
            proved: false,
        });
    }

    /// The tape half, which proves the newest snapshot of the present branch.
    pub fn offload(&mut self) {
        let present = self.model.present();
        let Some(newest) = self.model.snapshots.iter_mut().rfind(|one| one.branch == present && !one.proved) else {
            return;
        };
        newest.proved = true;
        let id = newest.id.clone();
        self.tell(&format!("offload {id}"));
        self.site.ovmirror(&["offload", &id]).expect(0);
    }

    fn target(&mut self) -> Target {
        let acks = witness::acks(&self.site);
        // Rather the younger ones.
        let at = self.rng.random_range(0..acks.len()).max(self.rng.random_range(0..acks.len()));
        let snapshot = self.rng.random_range(0..self.model.snapshots.len());
        let (beside, present) = (self.rng.random_range(0..2), self.scn());
        let kinds = [(30, 0), (35, 1), (15, 2), (15, 3), (5, 4)];
        match self.weighed(&kinds) {
            0 => Target::Latest,
            1 => Target::Scn(acks[at].scn + beside),
            2 => Target::Time(second_behind(&acks[at])),
            3 => Target::Snapshot(snapshot),
            _ => Target::Scn(present + 1_000_000),
        }
    }

    fn to(&self, target: &Target) -> String {
        match target {
            Target::Latest => "latest".to_owned(),
            Target::Scn(scn) => format!("scn={scn}"),
            Target::Time(time) => format!("time={}", time.to_rfc3339()),
            Target::Snapshot(n) => format!("snapshot={}", self.model.snapshots[*n].id),
        }
    }

    /// A recovery; sometimes the database works meanwhile, sometimes it is down.
    pub fn recover(&mut self) {
        let target = self.target();
        let expected = self.model.recover(&target, self.scn());
        let drawn = self.weighed(&[(6, How::Idle), (2, How::AtWork), (2, How::Down)]);
        // A database that is down does not say at which SCN its redo ends.
        let how = if expected == Outcome::Refused("REC-054") { How::Idle } else { drawn };
        self.tell(&format!("recover to {}, {how:?}: {expected:?}", self.to(&target)));
        let before = (identity(&self.site), self.runs());
        let acks = witness::acks(&self.site);
        let said = self.recover_so(&target, how);
        match expected {
            Outcome::Refused(code) => {
                must_refuse(&said.expect(1), code);
                if how == How::Down {
                    assert!(self.site.sql("select open_mode from v$database;").contains("ORA-01034"), "it is up");
                    self.site.sql("startup");
                }
                assert_eq!((identity(&self.site), self.runs()), before, "a refusal changed something");
            }
            Outcome::Done(from) => self.recovered(&target, &said.expect(0).object(), from.unwrap(), &acks),
        }
        must_be_equal(&self.site);
    }

    fn recover_so(&mut self, target: &Target, how: How) -> Said {
        let to = self.to(target);
        let mut words = vec!["--json", "recover", "ORCL", "--yes", "--to", to.as_str()];
        let seed = self.seed * 1000 + self.number();
        match how {
            How::Idle => {}
            How::AtWork => witness::start(&self.site, seed),
            How::Down => {
                self.site.sql("shutdown immediate");
                words.push("--mount");
            }
        }
        let said = self.site.ovmirror(&words);
        if how == How::AtWork {
            witness::stop(&self.site);
        }
        if how == How::Down && said.status == 0 {
            self.down.insert(said.object()["run"]["id"].as_str().unwrap().to_owned());
        }
        said
    }

    fn recovered(&mut self, target: &Target, said: &Value, from: String, acks: &[Ack]) {
        assert_eq!(said["from"], from.as_str(), "the wrong snapshot was chosen: {said}");
        let run = said["run"]["id"].as_str().unwrap().to_owned();
        let is = identity(&self.site);
        assert_eq!(is.open_mode, "READ WRITE");
        if matches!(target, Target::Latest) {
            assert_eq!(is.start, self.model.start(), "latest opened a new incarnation");
            self.model.recovered(&run);
            return self.files_must_be_known();
        }
        self.must_begin_at(target, is.start, acks);
        let actual = files(&self.site);
        let fits = |expected: &&Files| same_but_offline(&actual, expected);
        let expected = self.model.files_below(is.start);
        assert!(expected.iter().any(fits), "{actual:?} are not the files below {}: {expected:?}", is.start);
        self.model.branched(&run, is.start, is.opened, actual);
        let snapshot =
            said["snapshot"].as_str().unwrap_or_else(|| panic!("no snapshot of the new incarnation: {said}"));
        self.learn(snapshot);
    }

    /// The new incarnation begins exactly at the target.
    fn must_begin_at(&self, target: &Target, start: u64, acks: &[Ack]) {
        match target {
            Target::Latest => {}
            Target::Scn(scn) => assert_eq!(start, *scn),
            Target::Snapshot(n) => assert_eq!(start, self.model.snapshots[*n].end + 1),
            Target::Time(time) => {
                for ack in acks.iter().filter(|ack| self.model.is_present(ack.branch)) {
                    let before = ack.time_us < time.timestamp_micros();
                    assert_eq!(ack.scn < start, before, "{ack:?} was before {time}: {before}, RESETLOGS at {start}");
                }
            }
        }
    }

    /// Takes a recovery back, mostly the last one.
    pub fn undo(&mut self) {
        let Some(n) = self.some_recovery() else { return };
        let run = self.model.recoveries[n].run.clone();
        let expected = self.model.undo(n);
        self.tell(&format!("undo {run}: {expected:?}"));
        let before = (identity(&self.site), self.runs());
        let said = self.site.ovmirror(&["--json", "undo", &run, "--yes"]);
        match expected {
            Outcome::Refused(code) => {
                must_refuse(&said.expect(1), code);
                assert_eq!((identity(&self.site), self.runs()), before, "a refusal changed something");
            }
            Outcome::Done(_) => {
                said.expect(0);
                self.undone(n, &run);
            }
        }
        must_be_equal(&self.site);
    }

    fn undone(&mut self, n: usize, run: &str) {
        if self.down.contains(run) {
            assert!(self.site.sql("select open_mode from v$database;").contains("ORA-01034"), "it is up");
            self.site.sql("startup");
        }
        let is = identity(&self.site);
        self.model.undone(n, self.scn());
        assert_eq!((is.open_mode.as_str(), is.start), ("READ WRITE", self.model.start()));
        self.files_must_be_known();
    }

    fn some_recovery(&mut self) -> Option<usize> {
        let standing: Vec<usize> = (0..self.model.recoveries.len()).filter(|n| self.model.stands(*n)).collect();
        let any = self.chance(30);
        let at = if any { self.rng.random_range(0..standing.len().max(1)) } else { standing.len().saturating_sub(1) };
        standing.get(at).copied()
    }

    /// Gives up the way back of a recovery.
    pub fn commit(&mut self) {
        if self.model.recoveries.is_empty() {
            return;
        }
        let n = self.rng.random_range(0..self.model.recoveries.len());
        let run = self.model.recoveries[n].run.clone();
        let expected = self.model.commit(n);
        self.tell(&format!("commit {run}: {expected:?}"));
        let said = self.site.ovmirror(&["--json", "commit", &run, "--yes"]);
        match expected {
            Outcome::Refused(code) => must_refuse(&said.expect(1), code),
            Outcome::Done(_) => {
                said.expect(0);
                self.model.recoveries[n].committed = true;
            }
        }
        must_be_equal(&self.site);
    }

    fn runs(&self) -> usize {
        self.site.json(&["runs"])["runs"].as_array().unwrap().len()
    }
}

/// How a recovery finds the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Idle,
    AtWork,
    Down,
}

fn must_refuse(said: &Said, code: &str) {
    let object = said.object();
    assert_eq!(object["error"]["code"], code, "{object}");
}

/// The first whole second behind a transaction, once it has come.
fn second_behind(ack: &Ack) -> DateTime<FixedOffset> {
    let second = DateTime::from_timestamp(ack.time_us.div_euclid(1_000_000) + 1, 0).unwrap();
    until("the second is over", || Utc::now() > second + chrono::Duration::seconds(1));
    second.fixed_offset()
}

fn identity(site: &Site) -> Identity {
    let columns = [
        "open_mode",
        "to_char(resetlogs_change#, 'TM9')",
        "to_char(resetlogs_time, 'YYYY-MM-DD HH24:MI:SS')",
        "to_char(systimestamp, 'TZH:TZM')",
    ];
    let said = site.sql(&format!("select {} from v$database;", columns.join("||'/'||")));
    let words: Vec<&str> = said.split('/').collect();
    let [open_mode, start, opened, zone] = words[..] else { panic!("{said}") };
    let opened = DateTime::parse_from_str(&format!("{opened} {zone}"), "%Y-%m-%d %H:%M:%S %:z");
    Identity { open_mode: open_mode.to_owned(), start: start.parse().unwrap(), opened: opened.unwrap() }
}

/// The files as V$DATAFILE shows them.
fn files(site: &Site) -> Files {
    let columns = "d.name||'/'||t.name||'/'||d.status||'/'||d.enabled";
    let said = site.sql(&format!("select {columns} from v$datafile d, v$tablespace t where t.ts# = d.ts#;"));
    said.lines().map(file).collect()
}

fn file(line: &str) -> (String, (String, State)) {
    let mut words = line.trim().rsplitn(4, '/');
    let mut word = || words.next().unwrap_or_else(|| panic!("{line}")).to_owned();
    let (enabled, status, tablespace, name) = (word(), word(), word(), word());
    let state = match (status.as_str(), enabled.as_str()) {
        ("ONLINE" | "SYSTEM", "READ ONLY") => State::ReadOnly,
        ("ONLINE" | "SYSTEM", "READ WRITE") => State::ReadWrite,
        _ => State::Offline,
    };
    (name, (tablespace, state))
}

/// Whether files stand as they did; what was offline then is online, because all of it was recovered.
fn same_but_offline(actual: &Files, expected: &Files) -> bool {
    let online = |(name, (of, state)): (&String, &(String, State))| {
        let state = if *state == State::Offline { State::ReadWrite } else { *state };
        (name.clone(), (of.clone(), state))
    };
    *actual == expected.iter().map(online).collect::<Files>()
}
