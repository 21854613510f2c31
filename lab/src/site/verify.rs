//! `verify`: rows against the witness, of the live database or of one made from tape.

use super::{
    args::Verify,
    error::{During, SiteError},
    workload,
};
use crate::witness::{Report, log, tape};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

/// `ovmirror-lab verify`
pub fn run(verify: &Verify) -> Result<ExitCode, SiteError> {
    let report = match (&verify.tape, verify.at) {
        (Some(folder), Some(at)) => from_tape(&verify.dir, &verify.database, folder, verify.control.clone(), at)?,
        _ => live(&verify.dir, &verify.database, verify.at)?,
    };
    if verify.json {
        say!("{}", serde_json::to_string(&report).map_err(std::io::Error::from).during("the report")?);
    } else {
        human(&report);
    }
    Ok(if report.equal { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn human(report: &Report) {
    say!("{}", report.words());
    if let (Some(tag), Some(control), Some(fractured)) = (&report.tag, &report.controlfile, report.fractured_blocks) {
        say!("from tag {tag} and control file {control}; fractured blocks in its pieces: {fractured}");
    }
}

/// The live database.
pub fn live(dir: &Path, database: &str, at: Option<u64>) -> Result<Report, SiteError> {
    let scn = at.map(|scn| scn.to_string());
    let words: Vec<&str> = ["verify"].into_iter().chain(scn.as_deref()).collect();
    let text = workload::tool(dir, database, &words)?;
    serde_json::from_str(&text).map_err(|error| SiteError::inside("verify", format!("`{}`: {error}", text.trim())))
}

/// A database made from the pieces of a folder in a temporary one.
pub fn from_tape(
    dir: &Path,
    database: &str,
    folder: &Path,
    controlfile: Option<String>,
    at: u64,
) -> Result<Report, SiteError> {
    let (paths, site) = workload::site(dir)?;
    let machine = workload::machine(&site, database)?;
    let sid = machine.sid.clone().unwrap_or_default();
    let witness: PathBuf = log::path_in(&paths.shared(), &sid);
    let empty = tempfile::Builder::new().prefix("ovmirror-verify-").tempdir().during("making a temporary folder")?;
    let which = tape::Which { database: sid, controlfile };
    tape::verify(folder, empty.path(), &which, &witness, at)
        .map_err(|text| SiteError::refused(text, "a backup of this database must be on the tape"))
}
