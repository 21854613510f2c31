//! What the steps of an offload alone would send, for `--dry-run`.

use crate::{
    fault::Fault,
    step::{
        media::{
            preview::{folder, run, script},
            recovery,
        },
        params::CloneParams,
    },
    text::{render, rman, sqlplus},
};

/// RECOVER through END BACKUP.
pub fn roll_forward(p: &CloneParams) -> Result<Vec<String>, Fault> {
    let logs = format!("{}/logs", folder(p)?);
    script(&recovery::text(p, &logs, p.end_scn.next()))
}

/// The control file to tape.
pub fn control_file(p: &CloneParams) -> Result<Vec<String>, Fault> {
    let (run, folder) = (run(p)?, folder(p)?);
    let handle = format!("ovm_{}_{run}_cf_1", p.surveyed.identity.dbid);
    let path = format!("{folder}/taped.ctl");
    let role = sqlplus::role_word(p.site.role());
    let context = rman::Controlfile { role, sbt: &p.sbt(), handle: &handle, tag: "SM_TAG", path: &path };
    Ok(vec![render(&sqlplus::ShutdownImmediate {})?, format!("cp {folder}/clone.ctl {path}"), render(&context)?])
}
