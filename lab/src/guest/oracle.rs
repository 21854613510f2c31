//! The programs of an ORACLE_HOME and what makes a database.

use crate::{
    context::HostContext,
    db::{
        api::{Instance, OraError},
        create::{self, CreateSpec, PdbSpec, TablespaceSpec},
        engine::{Engine, EngineOptions},
        pfile,
        server::{Boot, launch},
    },
};
use serde::Deserialize;
use std::{io, path::PathBuf, process::ExitCode};

/// `sqlplus`
pub fn sqlplus(args: &[String]) -> ExitCode {
    with_context(|context| super::sqlplus::main(args, context))
}

/// `rman`
pub fn rman(args: &[String]) -> ExitCode {
    crate::rman::main(args)
}

/// `ora_pmon_<SID>`
pub fn daemon(_args: &[String]) -> ExitCode {
    with_context(|context| launch::main(&context.private, start))
}

fn start(boot: &Boot) -> Result<Box<dyn Instance>, OraError> {
    let engine = Engine::start(EngineOptions {
        home: PathBuf::from(&boot.home),
        sid: boot.sid.clone(),
        host: boot.host.clone(),
        parameters: pfile::read(&boot.pfile)?,
        oracle: boot.oracle,
        quirks: boot.quirks(),
    })?;
    Ok(Box::new(engine))
}

/// What `up` asks for.
#[derive(Debug, Deserialize)]
struct Wanted {
    name: String,
    sid: String,
    oracle_home: PathBuf,
    place: Place,
    #[serde(default = "archivelog")]
    archivelog: bool,
}

/// Folders and files.
#[derive(Debug, Deserialize)]
struct Place {
    data: PathBuf,
    redo: PathBuf,
    control: Vec<PathBuf>,
    archive: PathBuf,
    tablespaces: Vec<Tablespace>,
    #[serde(default)]
    pdbs: Vec<Pdb>,
}

#[derive(Debug, Deserialize)]
struct Pdb {
    name: String,
    data: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Tablespace {
    name: String,
    files: Vec<PathBuf>,
    bytes: u64,
}

fn archivelog() -> bool {
    true
}

/// Rows of the workload: some thousand blocks' worth is plenty to be torn, and little enough to compare at once.
pub const ROWS: u32 = 20_000;

/// `lab-createdb`: makes a database from the JSON on standard input.
pub fn createdb(_args: &[String]) -> ExitCode {
    with_context(|context| match serde_json::from_reader::<_, Wanted>(io::stdin()) {
        Err(error) => failed(&error.to_string()),
        Ok(wanted) => match make(context, wanted) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error),
        },
    })
}

fn make(context: &HostContext, wanted: Wanted) -> Result<(), String> {
    let place = wanted.place;
    let folders = [&place.data, &place.redo, &place.archive, &wanted.oracle_home.join("dbs")];
    for folder in folders {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let with_rows = |t: Tablespace| TablespaceSpec { name: t.name, files: t.files, bytes: t.bytes, rows: true };
    let spec = CreateSpec {
        oracle: context.oracle,
        home: wanted.oracle_home,
        sid: wanted.sid,
        db_name: wanted.name,
        db_unique_name: None,
        data_dir: place.data,
        redo_dirs: vec![place.redo],
        archive_dir: place.archive,
        control_files: place.control,
        sizes: create::Sizes::default(),
        archivelog: wanted.archivelog,
        rows: ROWS,
        omf: false,
        tablespaces: place.tablespaces.into_iter().map(with_rows).collect(),
        parameters: Vec::new(),
        pdbs: place.pdbs.into_iter().map(|pdb| PdbSpec { name: pdb.name, data_dir: pdb.data }).collect(),
    };
    create::create(&spec).map_err(|error| error.to_string())
}

fn with_context(run: impl FnOnce(&HostContext) -> ExitCode) -> ExitCode {
    match HostContext::load() {
        Ok(context) => run(&context),
        Err(error) => failed(&format!("this is no host of a lab: {error}")),
    }
}

fn failed(text: &str) -> ExitCode {
    eprintln!("{text}");
    ExitCode::FAILURE
}
