//! A cell from its preparation to the verdict.

use super::{
    act,
    cell::{Cell, Event},
    flow::Flow,
    invariants,
    world::World,
};
use crate::site::Said;
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How a cell ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Green,
    /// Its event never happened: the flow sent fewer commands this time. It counts as no cell.
    Missed,
    /// Why.
    Red(String),
}

/// Tries a cell.
pub fn tried(world: &World, cell: &Cell) -> Verdict {
    let done = catch_unwind(AssertUnwindSafe(|| try_it(world, cell)));
    match done {
        Ok(Ok(true)) => Verdict::Green,
        Ok(Ok(false)) => Verdict::Missed,
        Ok(Err(why)) => Verdict::Red(why),
        Err(panic) => Verdict::Red(text(&*panic)),
    }
}

fn text(panic: &(dyn std::any::Any + Send)) -> String {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    owned.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned()
}

fn try_it(world: &World, cell: &Cell) -> Result<bool, String> {
    let (args, before) = cell.flow.prepared(world);
    let met = act::under(world, &args, &cell.event)?;
    if met.said.status == 70 {
        return Err(format!("a mistake of ours: {}", met.said.stderr));
    }
    heal(world, cell, &args)?;
    back(world, cell.flow)?;
    invariants::production(world);
    if cell.flow == Flow::Commit {
        // The disks that were taken are gone; the ones that came stay.
        invariants::nothing_left(world);
        return Ok(met.met);
    }
    invariants::disks(world, &before);
    invariants::nothing_left(world);
    Ok(met.met)
}

fn words(args: &[&str]) -> Vec<String> {
    args.iter().map(|arg| (*arg).to_owned()).collect()
}

/// Heals, if wanted under a second event; a second `heal` finds nothing and writes nothing.
fn heal(world: &World, cell: &Cell, args: &[String]) -> Result<(), String> {
    let heal = words(&["heal"]);
    if let Some(second) = &cell.second {
        act::under(world, &heal, second)?;
    }
    if matches!(cell.event, Event::Restarted { what: "slot021", .. }) {
        started_again(world)?;
    }
    must(world.with(&heal, None)?, 0, "heal")?;
    invariants::all_ended(world);
    let events = invariants::events(&world.site);
    let again = world.site.json(&["heal"]);
    if again["runs"].as_array().is_none_or(|runs| !runs.is_empty()) || invariants::events(&world.site) != events {
        return Err(format!("`heal` behind `{}` healed again: {again}", args.join(" ")));
    }
    Ok(())
}

fn must(said: Said, status: i32, what: &str) -> Result<(), String> {
    if said.status == status { Ok(()) } else { Err(format!("`{what}` ended with {}: {}", said.status, said.stderr)) }
}

/// Its VM was powered off: a DBA starts the database; where files are in backup mode it is not opened (ORA-10873), and
/// `heal` ends that. Where disks are away `heal` brings them first.
fn started_again(world: &World) -> Result<(), String> {
    let first = world.with(&words(&["heal"]), None)?;
    let said = world.site.sql("startup;");
    if said.contains("ORA-") && !said.contains("ORA-01081") {
        let second = world.with(&words(&["heal"]), None)?;
        let open = world.site.sql("alter database open;");
        if open.contains("ORA-") && !open.contains("ORA-01531") && !open.contains("ORA-01126") {
            return Err(format!("not opened again: {said} / {open}; heal: {} / {}", first.stderr, second.stderr));
        }
    }
    Ok(())
}

/// What a flow left on purpose goes: recoveries are taken back and given up, extracts closed.
fn back(world: &World, flow: Flow) -> Result<(), String> {
    let of = |name: &str| {
        let runs = world.runs();
        let mine = runs.into_iter().filter(|run| run["flow"] == name);
        mine.map(|run| (run["id"].as_str().unwrap().to_owned(), run["state"].clone())).collect::<Vec<_>>()
    };
    for (run, state) in of("extract") {
        if state == "done" {
            must(world.with(&words(&["extract", "--close", &run]), None)?, 0, "extract --close")?;
        }
    }
    let committed = of_committed(world);
    for (run, state) in of("recover").into_iter().filter(|(run, _)| !committed.contains(run)) {
        if state == "done" && flow != Flow::Commit {
            must(world.with(&words(&["undo", &run, "--yes"]), None)?, 0, "undo")?;
        }
        must(world.with(&words(&["commit", &run, "--yes"]), None)?, 0, "commit")?;
    }
    Ok(())
}

/// Recoveries that a `commit` has given up.
fn of_committed(world: &World) -> Vec<String> {
    let runs = world.runs();
    let commits = runs.iter().filter(|run| run["flow"] == "commit" && run["state"] == "done");
    let of = |run: &Value| {
        let shown = world.site.json(&["show", run["id"].as_str().unwrap()]);
        shown["run"]["params"]["run"].as_str().map(str::to_owned)
    };
    commits.filter_map(of).collect()
}
