//! Backups in a row, each under a fault of its own, in real mode: what is left then is what the snapshots account for,
//! to the last file of the repositories.

use super::{
    act,
    cell::{ACTIONS, Event},
    census, invariants,
    world::{Mode, World},
};
use crate::witness::{must_be_equal, work};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Tries so many; gives how many faults were met, or nothing where real mode is not possible.
pub fn backups(count: u32, seed: u64) -> Option<u32> {
    let world = World::new(Mode::Real)?;
    let args: Vec<String> = ["backup", "ORCL"].map(str::to_owned).to_vec();
    let commands: Vec<((&str, &str), u32)> = census::commands(&world, &args).into_iter().collect();
    let met = (0..count).filter(|n| {
        let event = drawn(&commands, seed, *n);
        eprintln!("{n:>4}: {event}");
        one(&world, &args, &event)
    });
    Some(u32::try_from(met.count()).unwrap())
}

fn one(world: &World, args: &[String], event: &Event) -> bool {
    work(&world.site, 2, world.next_seed());
    let met = act::under(world, args, event).unwrap_or_else(|why| panic!("{event}: {why}"));
    assert_ne!(met.said.status, 70, "{event}: {}", met.said.stderr);
    world.site.ovmirror(&["heal"]).expect(0);
    invariants::all_ended(world);
    must_be_equal(&world.site);
    invariants::nothing_left(world);
    every_file_is_accounted_for(world);
    met.met
}

/// A command of a backup and what it meets, as the seed draws them.
fn drawn(commands: &[((&'static str, &'static str), u32)], seed: u64, n: u32) -> Event {
    let digest = Sha256::digest(format!("{seed} {n}"));
    let number = |at: usize| usize::from(digest[at]) * 256 + usize::from(digest[at + 1]);
    let all: Vec<(&str, &str, u32)> =
        commands.iter().flat_map(|((place, text), count)| (1..=*count).map(move |nth| (*place, *text, nth))).collect();
    let (place, text, nth) = all[number(0) % all.len()];
    Event::Command { place, text, nth, action: ACTIONS[number(2) % ACTIONS.len()].0 }
}

/// The repositories hold the disks of the machines and the golden ones, and no byte besides.
fn every_file_is_accounted_for(world: &World) {
    let there = world.site.says("ovs1", "cd /OVS/Repositories && ls */VirtualDisks | grep img");
    let there: BTreeSet<&str> = there.lines().collect();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for vm in ["slot021", "bckvm"] {
        let shown = world.site.json(&["vm", vm]);
        known.extend(shown["disks"].as_array().unwrap().iter().map(|disk| disk["disk"].as_str().unwrap().to_owned()));
    }
    for snapshot in world.snapshots() {
        known.extend(snapshot["disks"].as_array().unwrap().iter().map(|disk| disk["id"].as_str().unwrap().to_owned()));
    }
    assert_eq!(there, known.iter().map(String::as_str).collect(), "files in the repositories");
}
