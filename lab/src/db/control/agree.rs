//! Mounting: every copy must be there and hold the same version.

use super::ControlFile;
use super::file::{ControlError, versions};
use crate::db::{api::OraError, errors};
use std::path::{Path, PathBuf};

/// The newest version that every copy holds. ORA-00205 if one is missing, ORA-00227 if one is damaged, ORA-00214 if
/// they are of different moments (Database Error Messages).
pub fn agreed(copies: &[PathBuf]) -> Result<ControlFile, OraError> {
    let all = copies.iter().map(|path| of(path)).collect::<Result<Vec<_>, _>>()?;
    let Some((first, rest)) = all.split_first() else { return Err(unidentified()) };
    for content in first {
        if rest.iter().all(|other| other.contains(content)) {
            return Ok(content.clone());
        }
    }
    Err(inconsistent(copies, &all))
}

fn unidentified() -> OraError {
    OraError::new(205, "error in identifying control file, check alert log for more info")
}

fn of(path: &Path) -> Result<Vec<ControlFile>, OraError> {
    versions(path).map_err(|error| match error {
        ControlError::Io(_) => unidentified(),
        _ => {
            let (code, text) = (202, format!("control file: '{}'", path.display()));
            OraError::new(227, "corrupt block detected in control file: (block 1, # blocks 1)").and(code, text)
        }
    })
}

fn inconsistent(copies: &[PathBuf], all: &[Vec<ControlFile>]) -> OraError {
    let version = |index: usize| all[index].first().map_or(0, |content| content.version);
    let newest = (0..all.len()).max_by_key(|index| version(*index)).unwrap_or(0);
    let oldest = (0..all.len()).min_by_key(|index| version(*index)).unwrap_or(0);
    let (high, low) = (copies[newest].display(), copies[oldest].display());
    let (high_version, low_version) = (version(newest), version(oldest));
    OraError::new(
        214,
        format!("control file '{high}' version {high_version} inconsistent with file '{low}' version {low_version}"),
    )
}

/// ORA-00221 for a write that failed.
#[must_use]
pub fn write_failed(error: &ControlError) -> OraError {
    match error {
        ControlError::Io(error) => errors::with_system(221, "error on write to control file", error),
        other => OraError::new(221, "error on write to control file").and(202, other.to_string()),
    }
}
