//! A workload against a real engine.

use ovmirror_lab::{
    context::Oracle,
    db::{
        api::{Command, Database, Instance},
        create::{CreateSpec, create},
        engine::{Engine, EngineOptions},
        pfile,
    },
    quirk::Quirks,
    witness::workload::Workload,
};
use std::{fs, path::PathBuf};

pub struct Trial {
    pub folder: tempfile::TempDir,
    pub spec: CreateSpec,
    pub engine: Engine,
    pub workload: Workload,
    pub sets: u32,
}

impl Trial {
    pub fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap());
        let spec = CreateSpec::below(folder.path(), folder.path().join("home"), "orcl", Oracle::V19);
        create(&spec).unwrap();
        let mut engine = Engine::start(EngineOptions {
            home: spec.home.clone(),
            sid: "orcl".into(),
            host: "slot021".into(),
            parameters: pfile::read(&pfile::default_path(&spec.home, "orcl").unwrap()).unwrap(),
            oracle: Oracle::V19,
            quirks: Quirks::default(),
        })
        .unwrap();
        engine.seed(seed);
        engine.execute(&Command::Mount).unwrap();
        engine.execute(&Command::Open { resetlogs: false, read_only: false }).unwrap();
        let database = engine.facts().database.unwrap();
        fs::create_dir(folder.path().join("tape")).unwrap();
        let workload = Workload::new(&folder.path().join("log"), &database, spec.rows - 1, seed).unwrap();
        Self { folder, spec, engine, workload, sets: 0 }
    }

    /// A workload that goes on with the log.
    pub fn again(&mut self) -> Workload {
        let database = self.database();
        Workload::new(&self.path("log"), &database, self.spec.rows - 1, 7).unwrap()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn database(&mut self) -> Database {
        self.engine.facts().database.unwrap()
    }

    pub fn commit(&mut self, transactions: u32) {
        for _ in 0..transactions {
            self.workload.one(&mut self.engine).unwrap().unwrap();
            self.engine.tick();
        }
    }

    pub fn does(&mut self, command: Command) {
        self.engine.execute(&command).unwrap();
    }
}
