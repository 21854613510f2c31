//! What the steps of a drill alone would send, for `--dry-run`.

use super::{DrillParams, redirect};
use crate::{
    driver::sqlplus::check,
    fault::{Fault, Remedy},
    step::{media::preview::folder, params::CloneParams},
};

/// RENAME FILE of what is known before the run: the online logs of the window, and a stand-in for temporary files.
pub fn redirect(p: &CloneParams) -> Result<Vec<String>, Fault> {
    let online = redirect::online(&folder(p)?);
    let mut texts = vec![format!("mkdir -p -m 700 {online}")];
    let files = p.redo.iter().enumerate().map(|(at, path)| (path.as_str(), format!("log{at}")));
    for (old, word) in files.chain([("/EACH/TEMPFILE", "temp0".to_owned())]) {
        let base = old.rsplit('/').next().unwrap_or(old);
        texts.push(redirect::rename(p, old, &format!("{online}/{word}_{base}"))?.text);
    }
    Ok(texts)
}

/// The checks' texts.
pub fn checks(d: &DrillParams) -> Result<Vec<String>, Fault> {
    let release = d.clone.release()?;
    d.checks.iter().map(|one| check::text(one, release).map_err(|error| error.fault())).collect()
}
