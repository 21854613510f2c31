//! The programs of an ORACLE_HOME and what makes a database.

use crate::{
    context::HostContext,
    db::{
        api::{Instance, OraError},
        create::{self, CreateSpec, TablespaceSpec},
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

/// What `up` asks for: names and folders.
#[derive(Debug, Deserialize)]
struct Wanted {
    name: String,
    sid: String,
    oracle_home: PathBuf,
    data: PathBuf,
    redo: PathBuf,
    control: Vec<PathBuf>,
    archive: PathBuf,
    #[serde(default = "archivelog")]
    archivelog: bool,
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
    let folders = [&wanted.data, &wanted.redo, &wanted.archive, &wanted.oracle_home.join("dbs")];
    for folder in folders {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let files = ["data01.dbf", "data02.dbf"].map(|name| wanted.data.join(name)).to_vec();
    let data = TablespaceSpec { name: "DATA".to_owned(), files, bytes: 4 << 20, rows: true };
    let spec = CreateSpec {
        oracle: context.oracle,
        home: wanted.oracle_home,
        sid: wanted.sid,
        db_name: wanted.name,
        db_unique_name: None,
        data_dir: wanted.data,
        redo_dirs: vec![wanted.redo],
        archive_dir: wanted.archive,
        control_files: wanted.control,
        sizes: create::Sizes::default(),
        archivelog: wanted.archivelog,
        rows: ROWS,
        omf: false,
        tablespaces: vec![data],
        parameters: Vec::new(),
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
