//! `ovmirror orphans`: what carries our mark and nobody answers for; with `--release` it is taken away.

use super::{
    plan::{self, Plan},
    run::Session,
};
use crate::{
    catalog::{self, Owners},
    cli::{
        args::Orphans,
        confirm,
        output::{json, orphans as shown},
        report::Reporter,
        resolve::Site,
        wire,
    },
    config::Database,
    fault::{Fault, Kind},
    flow::{
        self,
        release::{Look, Machine, REMOVE, ReleaseParams, Released, Scope, Thing, Verdict},
    },
    model::{DbName, RunId},
    store::Store,
};
use std::process::ExitCode;

pub fn run(site: &Site, args: &Orphans, out: &Reporter) -> Result<ExitCode, Fault> {
    let databases = site.databases(&args.databases)?;
    match args.release || args.dry_run {
        true => release(site, &databases, args, out),
        false => list(site, &databases, args.databases.is_empty(), out),
    }
}

/// Locks nothing: what a run is just making is its own, and the store is asked last.
fn list(site: &Site, databases: &[(DbName, &Database)], every: bool, out: &Reporter) -> Result<ExitCode, Fault> {
    let (store, mut all) = (site.store()?, Vec::new());
    for (name, database) in databases {
        let world = wire::world(site, Some(database))?;
        let before = Owners::of(&store, name)?;
        let look = flow::release::look(&world, &scope(site, &store, (name, database))?, &before)?;
        all.push(still_orphans(look, &Owners::of(&store, name)?));
    }
    let strangers = if every { strangers(site)? } else { Vec::new() };
    show(&all, &strangers, None, out);
    Ok(ExitCode::SUCCESS)
}

/// Marks of databases that the configuration does not have (any more).
fn strangers(site: &Site) -> Result<Vec<(String, String)>, Fault> {
    let configured: Vec<DbName> = site.config.databases.keys().cloned().collect();
    flow::release::strangers(&wire::world(site, None)?, &configured)
}

/// Without what a run that began meanwhile has made.
fn still_orphans(mut look: Look, now: &Owners) -> Look {
    look.things.retain(|(thing, _)| now.claim(&thing.run).is_none());
    look
}

fn scope(site: &Site, store: &Store, (name, database): (&DbName, &Database)) -> Result<Scope, Fault> {
    let machine = Machine {
        host: database.host.clone(),
        vm: database.vm.clone(),
        oracle_home: database.oracle_home.clone(),
        sid: database.sid.clone(),
    };
    let media = site.media(database).map(|(_, media)| Machine {
        host: media.host.clone(),
        vm: media.vm.clone(),
        oracle_home: media.oracle_home.clone(),
        sid: database.sid.clone(),
    });
    let folders = catalog::datafile_folders(store, name)?;
    Ok(Scope { database: name.clone(), machine, media, kept: database.kept.clone(), folders })
}

fn show(looks: &[Look], strangers: &[(String, String)], released: Option<&[(Thing, Released)]>, out: &Reporter) {
    let now = out.now();
    let mut object = json::object(out.simulated(), "orphans", shown::objects(looks, now));
    object["unseen"] = shown::unseen(looks);
    object["strangers"] = shown::strangers(strangers);
    if let Some(released) = released {
        object["released"] = shown::released(released);
    }
    let more = released.map_or_else(|| shown::hints(looks), shown::released_text);
    out.result(&object, &(shown::text(looks, now) + &more + &shown::strangers_text(strangers)));
}

fn release(site: &Site, databases: &[(DbName, &Database)], args: &Orphans, out: &Reporter) -> Result<ExitCode, Fault> {
    let (mut looks, mut released, mut plans) = (Vec::new(), Vec::new(), Vec::new());
    for (name, database) in databases {
        let session = Session::open(site, name, database, args.wait_lock, out)?;
        let owners = Owners::of(&session.store, name)?;
        let look = flow::release::look(&session.world, &scope(site, &session.store, (name, database))?, &owners)?;
        let params = ReleaseParams { database: name.clone(), things: goes(&look, args.unrecorded) };
        looks.push(look);
        if params.things.is_empty() {
            continue;
        }
        let flow = flow::release::flow(params.clone())?;
        if args.dry_run {
            plans.push(Plan::of(&flow, &session.world, name)?);
        } else {
            let look = &looks[looks.len() - 1];
            confirm::typed(name.as_str(), &shown::question(name, look, &params.things), args.yes)?;
            let run = session.start(&flow, &params)?;
            released.extend(outcome(&session, &run, params.things)?);
        }
    }
    if args.dry_run && !plans.is_empty() {
        plan::show(&plans, out);
        return Ok(ExitCode::SUCCESS);
    }
    show(&looks, &[], (!args.dry_run).then_some(released.as_slice()), out);
    if args.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    judge(&looks, &released, args.unrecorded).map(|()| ExitCode::SUCCESS)
}

/// What may go. A lost store makes no snapshot and no way back deletable: that must be asked for.
fn goes(look: &Look, unrecorded: bool) -> Vec<Thing> {
    let may = |verdict: &Verdict| match verdict {
        Verdict::Orphan => true,
        Verdict::Unrecorded(_) => unrecorded,
        Verdict::Owned | Verdict::Left(_) => false,
    };
    look.things.iter().filter(|(_, verdict)| may(verdict)).map(|(thing, _)| thing.clone()).collect()
}

fn outcome(session: &Session<'_>, run: &RunId, things: Vec<Thing>) -> Result<Vec<(Thing, Released)>, Fault> {
    let state = session.store.run_state(run)?;
    let of = |(at, thing): (usize, Thing)| {
        let step = state.step(&format!("{REMOVE}:{}", at + 1)).and_then(|step| step.out.clone());
        let told = step.and_then(|out| serde_json::from_value(out).ok());
        (thing, told.unwrap_or(Released { gone: false, fault: None }))
    };
    Ok(things.into_iter().enumerate().map(of).collect())
}

/// What is still there is a failure of this command, with what to do about it.
fn judge(looks: &[Look], released: &[(Thing, Released)], unrecorded: bool) -> Result<(), Fault> {
    let failed: Vec<&(Thing, Released)> = released.iter().filter(|(_, released)| !released.gone).collect();
    let left =
        |wanted: fn(&Verdict) -> bool| looks.iter().flat_map(|look| &look.things).filter(move |(_, v)| wanted(v));
    let stay = left(|verdict| matches!(verdict, Verdict::Left(_))).count();
    if !failed.is_empty() || stay > 0 {
        let text = format!("{} of ours could not go", failed.len() + stay);
        let fault = Fault::new(Kind::External, "ORP-002", text);
        let told = failed.iter().filter_map(|(_, released)| released.fault.as_ref());
        let fault = told.fold(fault, |fault, why| fault.cause(why.to_string()));
        return Err(fault.hint_command("mend what is named, then", "ovmirror orphans --release"));
    }
    let refused = left(|verdict| matches!(verdict, Verdict::Unrecorded(_))).count();
    let rebuilt = left(|verdict| matches!(verdict, Verdict::Unrecorded(what) if what.can_be_rebuilt())).count();
    match refused > 0 && !unrecorded {
        true => Err(unrecorded_stay(refused, rebuilt > 0)),
        false => unseen(looks),
    }
}

fn unrecorded_stay(refused: usize, rebuilt: bool) -> Fault {
    let text = format!("{refused} may be all that is left of a snapshot or a way back: the store does not know them");
    let fault = Fault::new(Kind::User, "ORP-001", text);
    let fault = if rebuilt { fault.hint_command("bring the store back first", "ovmirror rebuild") } else { fault };
    fault.hint_command("if nobody needs them", "ovmirror orphans --release --unrecorded")
}

fn unseen(looks: &[Look]) -> Result<(), Fault> {
    match looks.iter().flat_map(|look| &look.unseen).next() {
        None => Ok(()),
        Some(unseen) => Err(Fault::new(Kind::External, "ORP-003", format!("{} could not be looked at", unseen.place))
            .cause(unseen.why.to_string())
            .hint_command("when it answers", "ovmirror orphans --release")),
    }
}
