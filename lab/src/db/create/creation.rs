//! The making itself: plan the files, make them, write the control and parameter files.

use super::{BLOCK, CreateSpec, compatible, make_temp, new_header, parents, suffix};
use crate::db::{
    api::{ControlType, Incarnation, OraError},
    control::{self, ControlFile, Enabled, FileRecord, FileStatus, Group, GroupStatus, Thread},
    errors::{self, Ora},
    header,
    params::now,
    pfile,
    redo::{self, LogHeader, LogWriter, OPEN_END},
    rows,
};
use rand::RngExt;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A data file to make.
pub(super) struct Plan {
    pub file: FileRecord,
    /// Whether rows of the workload live in it.
    pub rows: bool,
}

pub(super) struct Creation<'a> {
    pub spec: &'a CreateSpec,
    dbid: u32,
    pub scn: u64,
    time: i64,
}

impl<'a> Creation<'a> {
    pub fn new(spec: &'a CreateSpec) -> Self {
        let mut random = rand::rng();
        let dbid = random.random_range(1_000_000_000..4_000_000_000);
        Self { spec, dbid, scn: random.random_range(900_000..1_900_000), time: now() }
    }

    pub fn run(&self) -> Ora<()> {
        let mut control = self.control();
        control.containers = self.containers();
        for plan in self.spread(self.plans()) {
            self.make_file(&plan)?;
            control.datafiles.push(plan);
        }
        self.temp(&mut control)?;
        self.redo(&mut control)?;
        for path in &self.spec.control_files {
            parents(path)?;
            control::write_new(path, &control, true).map_err(|error| control::write_failed(&error))?;
        }
        self.parameter_files()
    }

    pub fn record(&self, number: usize, ts: u32, tablespace: &str, name: PathBuf, bytes: u64) -> FileRecord {
        let file = u32::try_from(number).unwrap_or(u32::MAX);
        FileRecord {
            file,
            ts,
            tablespace: tablespace.into(),
            rfile: file,
            name,
            status: FileStatus::Online,
            enabled: Enabled::ReadWrite,
            creation_change: self.scn + u64::from(file),
            creation_time: self.time,
            creation_sequence: 1,
            checkpoint_change: self.scn + 100,
            checkpoint_time: self.time,
            checkpoint_count: 1,
            offline_change: 0,
            online_change: 0,
            blocks: (bytes / BLOCK).max(4),
            backup: None,
            first_key: 0,
            keys: 0,
            turns: Vec::new(),
            con_id: u32::from(!self.spec.pdbs.is_empty()),
        }
    }

    fn plans(&self) -> Vec<Plan> {
        let sizes = &self.spec.sizes;
        let fixed = [
            (0, "SYSTEM", "system01.dbf", sizes.system, false),
            (1, "SYSAUX", "sysaux01.dbf", sizes.sysaux, false),
            (2, "UNDOTBS1", "undotbs01.dbf", sizes.undo, false),
            (4, "USERS", "users01.dbf", sizes.users, true),
        ];
        let mut plans = Vec::new();
        for (ts, name, file, bytes, rows) in fixed {
            let path = self.name(name, self.spec.data_dir.join(file));
            plans.push(Plan { file: self.record(plans.len() + 1, ts, name, path, bytes), rows });
        }
        for (ts, more) in (5_u32..).zip(&self.spec.tablespaces) {
            for path in &more.files {
                let path = self.name(&more.name, path.clone());
                plans.push(Plan {
                    file: self.record(plans.len() + 1, ts, &more.name, path, more.bytes),
                    rows: more.rows,
                });
            }
        }
        let pdbs = self.pdb_plans(plans.len() + 1);
        plans.into_iter().chain(pdbs).collect()
    }

    /// The Oracle-managed name beside where the file would lie: `<dir>/<DB>/datafile/o1_mf_users_kx3…_.dbf`.
    pub fn name(&self, tablespace: &str, plain: PathBuf) -> PathBuf {
        if !self.spec.omf {
            return plain;
        }
        let folder = plain.parent().unwrap_or(&self.spec.data_dir).join(self.unique_name().to_uppercase());
        folder.join("datafile").join(format!("o1_mf_{}_{}_.dbf", tablespace.to_lowercase(), suffix()))
    }

    fn unique_name(&self) -> String {
        self.spec.db_unique_name.clone().unwrap_or_else(|| self.spec.db_name.clone())
    }

    /// Gives each file with rows its range of keys, as even as can be; a file grows if its range does not fit.
    fn spread(&self, plans: Vec<Plan>) -> Vec<FileRecord> {
        let holders = u32::try_from(plans.iter().filter(|plan| plan.rows).count()).unwrap_or(1).max(1);
        let (share, mut surplus, mut next) = (self.spec.rows / holders, self.spec.rows % holders, 0);
        plans
            .into_iter()
            .map(|Plan { mut file, rows }| {
                file.first_key = next;
                if rows {
                    file.keys = share + u32::from(surplus > 0);
                    surplus = surplus.saturating_sub(1);
                    next += file.keys;
                }
                while rows::capacity(file.blocks) < file.keys {
                    file.blocks += 16;
                }
                file
            })
            .collect()
    }

    fn make_file(&self, record: &FileRecord) -> Ora<()> {
        parents(&record.name)?;
        let mut header = new_header(record, self.dbid, &self.spec.db_name, (self.scn, self.time));
        header.checkpoint_change = record.checkpoint_change;
        header.fuzzy = false;
        header::create(&record.name, &header, true).map_err(|error| {
            errors::with_system(1119, format!("error in creating database file '{}'", record.name.display()), &error)
        })?;
        Ok(())
    }

    fn temp(&self, control: &mut ControlFile) -> Ora<()> {
        for (number, (con_id, folder)) in (1..).zip(self.temp_folders()) {
            let path = self.name("TEMP", folder.join("temp01.dbf"));
            parents(&path)?;
            make_temp(&path, self.spec.sizes.temp)?;
            control.tempfiles.push((number, 3, "TEMP".into(), path, self.spec.sizes.temp, con_id));
        }
        Ok(())
    }

    fn redo(&self, control: &mut ControlFile) -> Ora<()> {
        for group in 1..=3_u32 {
            let members: Vec<_> = self.spec.redo_dirs.iter().map(|dir| self.member(dir, group)).collect();
            for member in &members {
                parents(member)?;
                redo::create_online(member, self.spec.sizes.redo).map_err(|error| log_failed(member, &error))?;
            }
            control.groups.push(Group {
                group,
                sequence: u32::from(group == 1),
                bytes: self.spec.sizes.redo,
                status: if group == 1 { GroupStatus::Current } else { GroupStatus::Unused },
                archived: group != 1,
                first_change: if group == 1 { self.scn } else { 0 },
                first_time: self.time,
                members,
            });
        }
        self.first_log(control)
    }

    fn member(&self, dir: &Path, group: u32) -> PathBuf {
        if self.spec.omf {
            let folder = dir.join(self.unique_name().to_uppercase()).join("onlinelog");
            return folder.join(format!("o1_mf_{group}_{}_.log", suffix()));
        }
        dir.join(format!("redo{group:02}.log"))
    }

    fn first_log(&self, control: &ControlFile) -> Ora<()> {
        let Some(group) = control.groups.first() else { return Ok(()) };
        let header = LogHeader {
            dbid: self.dbid,
            db_name: self.spec.db_name.clone(),
            thread: 1,
            sequence: 1,
            resetlogs_change: self.scn,
            resetlogs_time: self.time,
            first_change: self.scn,
            first_time: self.time,
            next_change: OPEN_END,
            next_time: 0,
            end: 0,
            digest: 0,
        };
        LogWriter::begin(&group.members, group.bytes, header)
            .map(drop)
            .map_err(|error| log_failed(&group.members[0], &error))
    }

    fn control(&self) -> ControlFile {
        ControlFile {
            dbid: self.dbid,
            name: self.spec.db_name.clone(),
            created: self.time,
            compatible: compatible(self.spec.oracle).into(),
            kind: ControlType::Current,
            version: 1,
            change: self.scn + 100,
            time: self.time,
            archivelog: self.spec.archivelog,
            resetlogs_change: self.scn,
            resetlogs_time: self.time,
            prior_resetlogs_change: 0,
            prior_resetlogs_time: 0,
            checkpoint_change: self.scn + 100,
            checkpoint_time: self.time,
            thread: Thread { open: false, sequence: 1, offset: redo::HEADER_BYTES, scn: self.scn + 100 },
            recovered_to: None,
            datafiles: Vec::new(),
            tempfiles: Vec::new(),
            containers: Vec::new(),
            dropped: Vec::new(),
            resetting: None,
            groups: Vec::new(),
            archived: Vec::new(),
            incarnations: vec![Incarnation {
                incarnation: 1,
                resetlogs_change: self.scn,
                resetlogs_time: self.time,
                prior_resetlogs_change: 0,
                prior_resetlogs_time: 0,
                status: "CURRENT".into(),
                prior_incarnation: 0,
            }],
            pieces: Vec::new(),
            backup_datafiles: Vec::new(),
            backup_redologs: Vec::new(),
            controlfile_copies: Vec::new(),
            rman_configuration: Vec::new(),
            scn_times: Vec::new(),
            tracking: None,
            corruption: Vec::new(),
            next_recid: 0,
        }
    }

    fn parameters(&self) -> Vec<(String, String)> {
        let spec = self.spec;
        let controls = spec.control_files.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ");
        let mut parameters = vec![
            ("db_name", spec.db_name.clone()),
            ("db_unique_name", self.unique_name()),
            ("control_files", controls),
            ("compatible", compatible(spec.oracle).into()),
            ("db_block_size", "8192".into()),
            ("log_archive_dest_1", format!("LOCATION={}", spec.archive_dir.display())),
            ("log_archive_format", "%t_%s_%r.dbf".into()),
            ("processes", "150".into()),
            ("remote_login_passwordfile", "EXCLUSIVE".into()),
            ("sga_target", "1610612736".into()),
            ("undo_tablespace", "UNDOTBS1".into()),
        ];
        if !spec.pdbs.is_empty() {
            parameters.push(("enable_pluggable_database", "TRUE".into()));
        }
        if spec.omf {
            parameters.push(("db_create_file_dest", spec.data_dir.display().to_string()));
        }
        let own = parameters.into_iter().map(|(name, value)| (name.to_owned(), value));
        let own: Vec<_> = own.filter(|(name, _)| !spec.parameters.iter().any(|(given, _)| given == name)).collect();
        own.into_iter().chain(spec.parameters.iter().cloned()).collect()
    }

    fn parameter_files(&self) -> Ora<()> {
        let dbs = self.spec.home.join("dbs");
        let (sid, parameters) = (&self.spec.sid, self.parameters());
        let write = || {
            fs::create_dir_all(&dbs)?;
            fs::create_dir_all(&self.spec.archive_dir)?;
            fs::write(dbs.join(format!("init{sid}.ora")), pfile::render(&parameters))?;
            pfile::write_spfile(&dbs.join(format!("spfile{sid}.ora")), &parameters)
        };
        write().map_err(|error| errors::with_system(1119, "error in creating parameter file", &error))
    }
}

fn log_failed(path: &Path, error: &std::io::Error) -> OraError {
    errors::with_system(301, format!("error in adding log file '{}' - file cannot be created", path.display()), error)
}
