//! Names of what we make at the manager.

use crate::{
    driver::ovm::OvmName,
    fault::{Fault, Remedy},
    model::{DbName, RunId, Tag, TagKind},
};

/// The name that marks an object of a run (`ovm.<run>.<kind>[.<key>]`).
pub fn marked(run: &RunId, kind: TagKind, key: Option<&str>) -> Result<OvmName, Fault> {
    let tag = Tag::new(run, kind, key.map(str::to_owned));
    OvmName::new(&tag.to_string()).map_err(|error| error.fault())
}

/// The run that a step's context names.
pub fn run_id(text: &str) -> Result<RunId, Fault> {
    RunId::new(text).map_err(|error| Fault::new(crate::fault::Kind::Bug, "RUN-001", error.to_string()))
}

/// Stands for the run in texts that are only shown.
pub fn sample_run(database: &DbName) -> Result<RunId, Fault> {
    run_id(&format!("{database}-20000101T000000-0000"))
}
