//! `ovmirror extract`: files of a snapshot at the database's own machine.

use super::{
    plan::{self, Plan},
    run::Session,
};
use crate::{
    catalog::{self, RunInfo, RunWord, SnapshotRecord, SnapshotState},
    cli::{
        args::Extract,
        golden,
        output::{extract as shown, human, json},
        prepare,
        report::Reporter,
        resolve::Site,
    },
    fault::{Fault, Kind},
    flow::{
        self,
        extract::{COPY_OUT, Copied, Entry, LIST_FILES, Wish},
    },
    model::RunId,
    step::shell,
    text::sh,
};
use std::process::ExitCode;

pub fn run(site: &Site, args: &Extract, out: &Reporter) -> Result<ExitCode, Fault> {
    match &args.close {
        Some(run) => close(site, run, args, out),
        None => open(site, args, out),
    }
}

fn open(site: &Site, args: &Extract, out: &Reporter) -> Result<ExitCode, Fault> {
    let record = catalog::find_snapshot(&site.store()?, args.snapshot.as_deref().unwrap_or_default())?;
    refuse(&record)?;
    let (name, database) = site.database(record.database.as_str())?;
    let session = Session::open(site, &name, database, args.wait_lock, out)?;
    if !args.dry_run {
        session.settle_interrupted()?;
    }
    let params = prepare::extract::extract(site, &session.world, (&name, database), &record, args)?;
    golden::must_hang(&session.world, &record, |slot| params.disks.iter().any(|disk| disk.slot == slot))?;
    let flow = flow::extract::flow(params.clone())?;
    if args.dry_run {
        plan::show(&[Plan::of(&flow, &session.world, &name)?], out);
        return Ok(ExitCode::SUCCESS);
    }
    let run = session.start(&flow, &params)?;
    tell(&session, &run, &params.wish, out)
}

fn refuse(record: &SnapshotRecord) -> Result<(), Fault> {
    if record.state != SnapshotState::Rejected {
        return Ok(());
    }
    Err(Fault::new(Kind::User, "EXT-001", format!("snapshot {} was rejected: its files are not whole", record.id))
        .hint_command("see the others", format!("ovmirror list {}", record.database)))
}

fn tell(session: &Session<'_>, run: &RunId, wish: &Wish, out: &Reporter) -> Result<ExitCode, Fault> {
    let simulated = out.simulated();
    if let Wish::List { .. } = wish {
        let files: Vec<Entry> = session.out_of(run, LIST_FILES)?;
        out.result(&shown::files_object(&files, simulated), &shown::files_text(&files));
        return Ok(ExitCode::SUCCESS);
    }
    let runs = [catalog::find_run(&session.store, run.as_str())?];
    let more = match wish {
        Wish::Copy { .. } => shown::copied(&session.out_of::<Copied>(run, COPY_OUT)?),
        _ => opened(session, run)?,
    };
    out.result(&json::runs(&runs, simulated), &(human::runs(&runs, simulated) + &more));
    Ok(ExitCode::SUCCESS)
}

fn opened(session: &Session<'_>, run: &RunId) -> Result<String, Fault> {
    let open = catalog::open_extracts(&session.store, Some(&session.name))?;
    Ok(open.iter().find(|extract| extract.run.id == *run).map(shown::opened).unwrap_or_default())
}

/// Closing is taking the run back; one that is closed already stays so.
fn close(site: &Site, text: &str, args: &Extract, out: &Reporter) -> Result<ExitCode, Fault> {
    let found = catalog::find_run(&site.store()?, text)?;
    if found.flow != flow::extract::NAME {
        let text = format!("run {} is of flow {}, it is no extract", found.id, found.flow);
        return Err(Fault::new(Kind::User, "EXT-014", text).hint_command("see which are open", "ovmirror status"));
    }
    let (name, database) = site.database(found.database.as_str())?;
    let session = Session::open(site, &name, database, args.wait_lock, out)?;
    if found.state == RunWord::Done {
        nobody_is_there(&session, &found)?;
    }
    session.undo(&found.id)?;
    let runs = [catalog::find_run(&session.store, found.id.as_str())?];
    out.result(&json::runs(&runs, out.simulated()), &human::runs(&runs, out.simulated()));
    Ok(ExitCode::SUCCESS)
}

/// Somebody who still looks at the files is asked to leave before anything is tried.
fn nobody_is_there(session: &Session<'_>, found: &RunInfo) -> Result<(), Fault> {
    let open = catalog::open_extracts(&session.store, Some(&session.name))?;
    let Some(at) = open.into_iter().find(|extract| extract.run.id == found.id).and_then(|extract| extract.at) else {
        return Ok(());
    };
    let host = &session.database.host;
    let holders = shell::look(&session.world, host, &sh::Holders { point: &at })?.text();
    if holders.trim().is_empty() {
        return Ok(());
    }
    let who: Vec<&str> = holders.lines().filter_map(|line| line.strip_prefix("holder ")).collect();
    Err(Fault::new(Kind::User, "EXT-015", format!("{at} on {host} is in use by process {}", who.join(", ")))
        .hint_command("leave it, then close it again", format!("ovmirror extract --close {}", found.id)))
}
