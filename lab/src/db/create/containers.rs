//! The seed and the pluggable databases of a new CDB.

use super::creation::{Creation, Plan};
use crate::db::{
    api::Container,
    control::{Enabled, Turn},
    engine::SEED,
};
use rand::RngExt;
use std::path::{Path, PathBuf};

/// The seed's name.
const SEED_NAME: &str = "PDB$SEED";

impl Creation<'_> {
    /// The containers besides the root, each with the folder of its files. None: no CDB.
    fn folders(&self) -> Vec<(u32, String, PathBuf)> {
        if self.spec.pdbs.is_empty() {
            return Vec::new();
        }
        let seed = (SEED, SEED_NAME.to_owned(), self.spec.data_dir.join("pdbseed"));
        let pdbs = (SEED + 1..).zip(&self.spec.pdbs).map(|(id, pdb)| (id, pdb.name.clone(), pdb.data_dir.clone()));
        std::iter::once(seed).chain(pdbs).collect()
    }

    /// What the control file knows of them.
    pub fn containers(&self) -> Vec<Container> {
        let mut random = rand::rng();
        let mut one = |(con_id, name): (u32, String)| Container {
            con_id,
            name,
            dbid: random.random_range(1_000_000_000..4_000_000_000),
            guid: format!("{:032X}", random.random::<u128>()),
            create_change: self.scn + 50 + u64::from(con_id),
            saved: None,
        };
        self.folders().into_iter().map(|(id, name, _)| one((id, name))).collect()
    }

    /// Their files, numbered on from those of the root. They are closed, as after CREATE PLUGGABLE DATABASE.
    pub fn pdb_plans(&self, first: usize) -> Vec<Plan> {
        let mut plans: Vec<Plan> = Vec::new();
        for (con_id, _, folder) in self.folders() {
            for (ts, name, file, bytes) in self.files(con_id) {
                let path = self.name(name, folder.join(file));
                let mut record = self.record(first + plans.len(), ts, name, path, bytes);
                record.con_id = con_id;
                record.enabled = Enabled::ReadOnly;
                record.turns = vec![Turn { scn: record.checkpoint_change, read_only: true, sequence: 1 }];
                plans.push(Plan { file: record, rows: con_id != SEED && name == "USERS" });
            }
        }
        plans
    }

    /// Tablespace numbers begin anew in each container. The seed has no USERS.
    fn files(&self, con_id: u32) -> Vec<(u32, &'static str, &'static str, u64)> {
        let sizes = &self.spec.sizes;
        let mut files = vec![
            (0, "SYSTEM", "system01.dbf", sizes.system),
            (1, "SYSAUX", "sysaux01.dbf", sizes.sysaux),
            (2, "UNDOTBS1", "undotbs01.dbf", sizes.undo),
        ];
        if con_id != SEED {
            files.push((4, "USERS", "users01.dbf", sizes.users));
        }
        files
    }

    /// Where the temp files of all containers lie.
    pub fn temp_folders(&self) -> Vec<(u32, PathBuf)> {
        let root = (u32::from(!self.spec.pdbs.is_empty()), Path::new(&self.spec.data_dir).to_owned());
        let pdbs = self.folders().into_iter().map(|(id, _, folder)| (id, folder));
        std::iter::once(root).chain(pdbs).collect()
    }
}
