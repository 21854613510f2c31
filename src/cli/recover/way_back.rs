//! Whether the way back of a recovery can be gone to its end, looked at before its first step.

use super::logs;
use crate::{
    fault::{Fault, Kind},
    flow::recover::RecoverParams,
    model::{RunId, Scn},
    recovery::{Chain, chain::Reach},
    step::{
        World, gather,
        production::{self, State},
        sql as ask,
    },
};

/// Behind a plain OPEN the database has gone on: the old disks must follow it, for which every log since is needed.
/// Where the database is down nobody can be asked, and the undo finds out.
pub fn old_disks_can_follow(world: &World, p: &RecoverParams, run: &RunId, whole_below: Scn) -> Result<(), Fault> {
    let release = p.release()?;
    if production::state(world, &p.site, release)? < State::Mounted {
        return Ok(());
    }
    let redo = gather::redo(world, &ask::production(&p.site), release, whole_below)?;
    let present = redo.path.present();
    let incarnation = redo.path.position(present.resetlogs, &present.time).unwrap_or_default();
    let reach = Reach { incarnation, from: whole_below, below: None };
    let links = logs::there(world, &p.site.host, &redo)?;
    Chain::prove(&redo.path, reach, &links).map(drop).map_err(|missing| {
        let text = format!("the old disks of {run} could not follow the database: {}", missing.message);
        Fault::new(Kind::User, "REC-073", text)
            .hint("restore the log into the archive destination (RMAN: RESTORE ARCHIVELOG), then try again")
            .hint("nothing was changed: the database works on the new disks, and the old ones are kept")
            .on(&p.site.host)
    })
}
