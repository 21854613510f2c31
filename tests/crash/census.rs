//! What each flow sends and writes when nothing happens to it: that is what can be hit.

use super::{
    cell::{ACTIONS, Cell, Event, MACHINES},
    flow::{FLOWS, Flow},
    invariants,
    world::{Mode, World},
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Places of commands, and what they contain: SQL*Plus reads settings and statements line by line, which are of no
/// interest or counted as SQL.
const PLACES: [(&str, &str); 10] = [
    ("manager", ""),
    ("slot021", ""),
    ("bckvm", ""),
    ("ovs1", ""),
    ("sqlplus", "STARTUP"),
    ("sqlplus", "SHUTDOWN"),
    ("sqlplus", "RECOVER"),
    ("sql", ""),
    ("rman", ""),
    ("sbt", ""),
];

/// No command has this number.
const NEVER: u32 = 1_000_000;

/// One flow.
#[derive(Debug, Clone)]
pub struct Counted {
    pub flow: Flow,
    /// Steps of its runs, in order.
    pub steps: Vec<String>,
    /// Records that its process appends.
    pub records: u32,
    /// Commands at each place.
    pub commands: BTreeMap<(&'static str, &'static str), u32>,
}

/// All flows, counted; nothing where the machine gives no site of that mode.
pub fn census(mode: Mode) -> Option<Vec<Counted>> {
    std::thread::scope(|scope| {
        let workers = FLOWS.map(|flow| scope.spawn(move || counted(flow, mode)));
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    })
}

fn counted(flow: Flow, mode: Mode) -> Option<Counted> {
    let world = World::new(mode)?;
    let (args, _) = flow.prepared(&world);
    let before = invariants::events(&world.site);
    let (commands, said) = counted_commands(&world, &args);
    let records = invariants::events(&world.site) - before;
    Some(Counted { flow, steps: steps(&said), records, commands })
}

/// What a command sends, by place.
pub fn commands(world: &World, args: &[String]) -> BTreeMap<(&'static str, &'static str), u32> {
    counted_commands(world, args).0
}

fn counted_commands(world: &World, args: &[String]) -> (BTreeMap<(&'static str, &'static str), u32>, String) {
    let counter = |(place, text)| ((place, text), world.site.fault(place, text, NEVER, "fail"));
    let counters: Vec<_> = PLACES.into_iter().map(counter).collect();
    let said = world.with(args, None).unwrap_or_else(|why| panic!("{why}")).expect(0);
    let seen = |(place, fault): &((&'static str, &'static str), String)| {
        (*place, u32::try_from(world.site.seen(fault)).unwrap())
    };
    let commands = counters.iter().map(seen).filter(|(_, count)| *count > 0).collect();
    world.site.no_faults();
    (commands, said.stderr)
}

/// `[ 3/14] kind:key: what it does`; of an undo `[ 3/14] undo kind:key: …`.
fn steps(said: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for line in said.lines().filter(|line| line.starts_with('[')) {
        let Some((_, rest)) = line.split_once("] ") else { continue };
        let Some((step, _)) = rest.split_once(": ") else { continue };
        if step.chars().all(|c| c.is_ascii_graphic() || c == ' ') && all.last().is_none_or(|last| last != step) {
            all.push(step.to_owned());
        }
    }
    all
}

/// A digest of every flow's steps: another one means that the page is of another product.
pub fn digest(census: &[Counted]) -> String {
    let line = |one: &Counted| format!("{}: {}\n", one.flow, one.steps.join(" "));
    let text: String = census.iter().map(line).collect();
    Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Every cell but pairs.
pub fn cells(census: &[Counted]) -> Vec<Cell> {
    census.iter().flat_map(of).collect()
}

fn of(counted: &Counted) -> Vec<Cell> {
    let cell = |event| Cell { flow: counted.flow, event, second: None };
    let kills = (1..=counted.records).flat_map(|record| [false, true].map(|after| Event::Killed { after, record }));
    let terms = counted.steps.iter().map(|step| Event::Terminated { step: step.clone() });
    let restarts =
        counted.steps.iter().flat_map(|step| MACHINES.map(|(what, _)| Event::Restarted { what, step: step.clone() }));
    let commands = counted.commands.iter().flat_map(|((place, text), count)| {
        (1..=*count).flat_map(|nth| ACTIONS.map(|(action, _)| Event::Command { place, text, nth, action }))
    });
    kills.chain(terms).chain(restarts).chain(commands).map(cell).collect()
}
