//! `ovmirror commit`: what a recovery kept is deleted.

use super::run::Session;
use crate::{
    catalog::{self, RunInfo, RunWord, SnapshotState},
    cli::{
        args::Agreed,
        confirm,
        output::{human, json},
        report::Reporter,
        resolve::Site,
    },
    fault::{Fault, Kind},
    flow::{self, commit::CommitParams, recover::RecoverParams},
    model::RunId,
};
use std::process::ExitCode;

pub fn run(site: &Site, args: &Agreed, out: &Reporter) -> Result<ExitCode, Fault> {
    let found = catalog::find_run(&site.store()?, &args.run)?;
    let (name, database) = site.database(found.database.as_str())?;
    let session = Session::open(site, &name, database, args.wait_lock, out)?;
    let params = params(&session, &found.id)?;
    let what =
        format!("The old disks and everything else that {} kept are deleted: it cannot be undone then.", found.id);
    confirm::typed(found.id.as_str(), &what, args.yes)?;
    let run = session.start(&flow::commit::flow(params.clone())?, &params)?;
    let runs = [catalog::find_run(&session.store, run.as_str())?];
    out.result(&json::runs(&runs, out.simulated()), &human::runs(&runs, out.simulated()));
    Ok(ExitCode::SUCCESS)
}

/// Only a recovery that is over, not committed, and behind a RESETLOGS only when a snapshot of the new incarnation is
/// proved: until then the old disks are the only whole copy that anybody has looked at.
fn params(session: &Session<'_>, run: &RunId) -> Result<CommitParams, Fault> {
    let info = catalog::find_run(&session.store, run.as_str())?;
    let refuse = |code: &str, why: String| Fault::new(Kind::User, code, format!("run {run} is not committed: {why}"));
    if info.flow != flow::recover::NAME {
        return Err(refuse("REC-041", format!("it is of flow {}, and only recoveries keep a way back", info.flow))
            .hint_command("which runs are recoveries", "ovmirror runs"));
    }
    let superseded = super::recover::superseded(session, &info)?.is_some();
    let undone = match info.state {
        RunWord::Done => false,
        RunWord::Undone => true,
        RunWord::Stuck if superseded => false,
        other => {
            return Err(refuse("REC-042", format!("it is {}", other.as_str()))
                .hint_command("finish it, or take it back", format!("ovmirror show {run}")));
        }
    };
    let others = catalog::unfinished(&session.store, &session.name)?.into_iter().filter(|one| one.id != *run);
    for open in others.filter(|one| one.flow == flow::recover::NAME) {
        if super::recover::superseded(session, &open)?.is_some() {
            continue;
        }
        return Err(refuse("REC-045", format!("recovery {} of the same database is {}", open.id, open.state.as_str()))
            .hint_command("finish that one, or take it back", format!("ovmirror show {}", open.id)));
    }
    if let Some(before) = commit_of(session, run)? {
        return Err(begun(run, &before));
    }
    let recovery: RecoverParams = session.params_of(run)?;
    if !undone && !superseded && recovery.resetlogs() {
        proved_since(session, &info)?;
    }
    Ok(CommitParams { run: run.clone(), recovery, undone, superseded })
}

fn begun(run: &RunId, commit: &RunInfo) -> Fault {
    let text = match commit.state {
        RunWord::Done => format!("recovery {run} is committed already, by {}", commit.id),
        other => format!("commit {} of recovery {run} is {}", commit.id, other.as_str()),
    };
    Fault::new(Kind::User, "REC-043", text).hint_command("how far it came", format!("ovmirror show {}", commit.id))
}

/// Another recovery that was taken back may have opened a branch at the same SCN before.
fn proved_since(session: &Session<'_>, recovery: &RunInfo) -> Result<(), Fault> {
    let state = session.store.run_state(&recovery.id)?;
    let opened = state.step("open").and_then(|step| step.out.clone()).unwrap_or_default();
    let resetlogs = opened["resetlogs"].as_str().unwrap_or_default().to_owned();
    let all = catalog::snapshots(&session.store, Some(&session.name))?;
    let runs = catalog::runs(&session.store, Some(&session.name))?;
    let later = |id: &RunId| runs.iter().any(|run| run.id == *id && run.started_at > recovery.started_at);
    let of_it = |one: &&catalog::SnapshotRecord| one.resetlogs_change.to_string() == resetlogs && later(&one.id);
    match all.iter().filter(of_it).find(|one| one.state == SnapshotState::Proved) {
        Some(_) => Ok(()),
        None => {
            let fault = Fault::new(
                Kind::User,
                "REC-044",
                format!("no snapshot of the new incarnation ({resetlogs}) is proved"),
            );
            Err(match all.iter().find(of_it) {
                Some(one) => {
                    fault.hint_command("prove it by a drill, or on tape", format!("ovmirror offload {}", one.id))
                }
                None => fault.hint_command("make one", format!("ovmirror backup {}", session.name)),
            })
        }
    }
}

/// Whether a commit of this recovery has begun: from its first deletion on the way back is not whole.
pub fn committed(session: &Session<'_>, run: &RunId) -> Result<bool, Fault> {
    Ok(commit_of(session, run)?.is_some())
}

fn commit_of(session: &Session<'_>, run: &RunId) -> Result<Option<RunInfo>, Fault> {
    for info in catalog::runs(&session.store, Some(&session.name))? {
        if info.flow == flow::commit::NAME && info.state != RunWord::Undone {
            let params: CommitParams = session.params_of(&info.id)?;
            if params.run == *run {
                return Ok(Some(info));
            }
        }
    }
    Ok(None)
}
