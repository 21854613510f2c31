//! `--verify-logs`: every byte of the archived logs is read by RMAN, which knows their checksums. Kept logs are compared
//! by their digests in every plan; online logs are read by the recovery, which goes on from what it has applied.

use crate::{
    driver::rman,
    fault::{Fault, Kind, Remedy},
    flow::recover::RecoverParams,
    recovery::{Link, Place},
    step::World,
    text::{self, rman::ValidateLog, sqlplus::role_word},
};
use std::time::Duration;

/// One log of many GiB on a slow disk.
const READ: Duration = Duration::from_secs(3600);

/// Reads each; `told` hears of each that is good.
pub fn verify(world: &World, p: &RecoverParams, links: &[Link], told: &dyn Fn(&str)) -> Result<(), Fault> {
    let archived = links.iter().filter_map(|link| match &link.place {
        Place::Archived(path) => Some((link, path)),
        _ => None,
    });
    let all: Vec<(&Link, &String)> = archived.collect();
    for (n, (link, path)) in all.iter().enumerate() {
        read(world, p, link, path)?;
        told(&format!("log {} of {} is whole: {path}", n + 1, all.len()));
    }
    Ok(())
}

fn read(world: &World, p: &RecoverParams, link: &Link, path: &str) -> Result<(), Fault> {
    let text = text::render(&ValidateLog { role: role_word(p.site.role()), path })?;
    let wrong = |why: String| {
        Fault::new(Kind::User, "REC-013", format!("the log of sequence {} is damaged: {path}", link.sequence))
            .cause(why)
            .hint("restore it (RMAN: RESTORE ARCHIVELOG), or recover to what lies before it")
            .hint(format!("--to scn={} needs no change of it", link.first))
            .on(&p.site.host)
    };
    match rman::short(world.remote.as_ref(), &p.site.host, &p.site.env(), &text, READ) {
        Ok(log) if log.archived_logs.iter().any(|one| one.sequence == link.sequence) => Ok(()),
        Ok(_) => Err(wrong("RMAN ended well without having read it".to_owned())),
        Err(rman::RmanError::Stack { cause, .. }) => Err(wrong(cause)),
        Err(error) => Err(error.fault().on(&p.site.host)),
    }
}
