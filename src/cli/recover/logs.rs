//! The logs of the plan, looked at where they lie: by size and by what their headers show; by digest where they are kept.

use super::facts::{Facts, Snapshot};
use crate::{
    fault::{Fault, Kind},
    model::{HostName, Scn},
    recovery::{Chain, Link, Place, chain},
    step::{
        World, files,
        gather::{self, Redo},
        params::KeptLog,
    },
};
use std::collections::BTreeSet;

/// Everything that could be a link: the archived logs that are there, the kept ones, the online ones.
pub fn candidates(world: &World, facts: &Facts, snapshot: &Snapshot) -> Result<Vec<Link>, Fault> {
    let mut all = there(world, &facts.site.host, &facts.redo)?;
    all.extend(snapshot.layout.logs.iter().map(|log| kept(log, snapshot)));
    Ok(all)
}

/// The archived logs that are there, and the online ones.
pub fn there(world: &World, host: &HostName, redo: &Redo) -> Result<Vec<Link>, Fault> {
    let archived = |link: &&Link| matches!(link.place, Place::Archived(_));
    let (on_disk, online): (Vec<&Link>, Vec<&Link>) = redo.links.iter().partition(archived);
    let paths: Vec<String> = on_disk.iter().filter_map(|link| path(link)).collect();
    let heads = gather::log_heads(world, host, &paths)?;
    let mut all = Vec::new();
    for (link, head) in on_disk.into_iter().zip(heads) {
        if let Some(bytes) = head.bytes {
            if let Some(wrong) = wrong(link, bytes, &head.text) {
                return Err(wrong.on(host));
            }
            all.push(link.clone());
        }
    }
    all.extend(online.into_iter().cloned());
    Ok(all)
}

fn path(link: &Link) -> Option<String> {
    match &link.place {
        Place::Archived(path) => Some(path.clone()),
        _ => None,
    }
}

/// V$ARCHIVED_LOG.BLOCKS does not count the header block. The header names thread and sequence in plain text
/// (`Thread 0001, Seq# 0000000123, SCN …`, as ALTER SYSTEM DUMP LOGFILE prints it).
fn wrong(link: &Link, bytes: u64, head: &str) -> Option<Fault> {
    let name = path(link).unwrap_or_default();
    let fault = |why: String| {
        Fault::new(Kind::User, "REC-012", format!("{name} is not the log of sequence {}: {why}", link.sequence))
            .hint("restore the log from RMAN's backup (RESTORE ARCHIVELOG), or take the wrong file away")
    };
    if bytes < link.bytes {
        return Some(fault(format!("it has {bytes} bytes, {} were archived", link.bytes)));
    }
    let shown = head.split("Seq# ").nth(1)?;
    let digits: String = shown.chars().take_while(char::is_ascii_digit).collect();
    match digits.parse::<u64>() {
        Ok(sequence) if sequence != link.sequence => Some(fault(format!("its header says sequence {sequence}"))),
        _ => None,
    }
}

fn kept(log: &KeptLog, snapshot: &Snapshot) -> Link {
    Link {
        thread: log.thread,
        sequence: log.sequence,
        resetlogs: snapshot.record.resetlogs_change,
        resetlogs_time: snapshot.layout.surveyed.identity.resetlogs_time.clone(),
        first: log.first,
        next: Some(log.next),
        from_time: String::new(),
        to_time: None,
        bytes: log.moved.bytes,
        place: Place::Kept(log.file.clone()),
    }
}

/// Proves the chain; the lowest checkpoint of the snapshot's headers is where it begins.
pub fn prove(facts: &Facts, snapshot: &Snapshot, links: &[Link], below: Option<Scn>) -> Result<Chain, Fault> {
    let identity = &snapshot.layout.surveyed.identity;
    let incarnation = facts.redo.path.position(identity.resetlogs_change, &identity.resetlogs_time);
    let incarnation = incarnation.ok_or_else(|| Fault::new(Kind::Bug, "REC-051", "the snapshot is not on the path"))?;
    Chain::prove(&facts.redo.path, chain::Reach { incarnation, from: snapshot.record.begin_scn, below }, links)
}

/// A log of the chain that only an online group holds, though it was switched away from.
pub fn only_online(chain: &Chain) -> Option<&Link> {
    chain.links.iter().find(|link| matches!(link.place, Place::Online(_)) && link.next.is_some())
}

/// Kept logs that the chain needs, with the names under which recovery will ask for them. Their digests are compared.
pub fn to_bring(
    world: &World,
    facts: &Facts,
    snapshot: &Snapshot,
    chain: &Chain,
) -> Result<Vec<(KeptLog, String)>, Fault> {
    let needed: BTreeSet<u64> =
        chain.links.iter().filter(|link| matches!(link.place, Place::Kept(_))).map(|link| link.sequence).collect();
    // From tape: before the restore there is nothing to compare.
    let restored = snapshot.tape.as_ref().map(|tape| tape.restored.as_ref());
    if restored.is_some_and(|restored| restored.is_none()) {
        return Ok(Vec::new());
    }
    let keeper = restored.flatten().map_or(&snapshot.record.id, |restored| &restored.run);
    let folder = world.artifacts_of(keeper).join("logs");
    let mut bring = Vec::new();
    for log in snapshot.layout.logs.iter().filter(|log| needed.contains(&log.sequence)) {
        if files::digest(&folder.join(&log.file))? != log.moved {
            return Err(Fault::new(Kind::User, "LOG-004", format!("the kept log {} is not what was kept", log.file))
                .hint("restore the artifacts folder from a copy, or the log from tape"));
        }
        bring.push((log.clone(), asked_as(facts, log)?));
    }
    Ok(bring)
}

/// Recovery looks for archived logs in the first archive destination, under the name that the log had.
fn asked_as(facts: &Facts, log: &KeptLog) -> Result<String, Fault> {
    Ok(format!("{}/{}", archive_folder(facts)?, log.file))
}

/// The first archive destination on disk.
pub fn archive_folder(facts: &Facts) -> Result<String, Fault> {
    let destination = facts.db.files.iter().find(|file| file.kind == crate::survey::FileKind::Archive);
    destination.map(|file| file.path.trim_end_matches('/').to_owned()).ok_or_else(|| {
        Fault::new(Kind::User, "REC-052", "the database shows no archive destination on disk")
            .hint("set log_archive_dest_1, or restore the logs by hand")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn link() -> Link {
        Link {
            thread: 1,
            sequence: 123,
            resetlogs: Scn::new(1),
            resetlogs_time: String::new(),
            first: Scn::new(10),
            next: Some(Scn::new(20)),
            from_time: String::new(),
            to_time: None,
            bytes: 1024,
            place: Place::Archived("/arch/1_123_1.dbf".into()),
        }
    }

    #[rstest]
    #[case::whole(1536, "\"Thread 0001, Seq# 0000000123, SCN 0x000000000a", None)]
    #[case::silent(1536, "zz", None)]
    #[case::cut(1000, "Thread 0001, Seq# 0000000123, SCN", Some("has 1000 bytes"))]
    #[case::another(1536, "Thread 0001, Seq# 0000000007, SCN", Some("sequence 7"))]
    fn a_log_is_known_by_size_and_header(#[case] bytes: u64, #[case] head: &str, #[case] why: Option<&str>) {
        let found = wrong(&link(), bytes, head).map(|fault| fault.message);
        assert_eq!(found.is_some(), why.is_some(), "{found:?}");
        assert!(why.is_none_or(|why| found.unwrap().contains(why)));
    }
}
