//! Random histories of a database and its recoveries: after each recovery and each undo the database holds what its
//! witness saw acknowledged, and what is refused is what must be.

mod model;
mod world;

use model::State;
use world::World;

/// A command of a history.
#[derive(Debug, Clone, Copy)]
enum Op {
    Work,
    SwitchLogs,
    Crash,
    AddTablespace,
    AddFile,
    ReadOnly,
    ReadWrite,
    Offline,
    Online,
    Snapshot,
    Offload,
    Recover,
    Undo,
    Commit,
}

const OPS: [(u32, Op); 14] = [
    (10, Op::Work),
    (8, Op::SwitchLogs),
    (3, Op::Crash),
    (7, Op::AddTablespace),
    (6, Op::AddFile),
    (6, Op::ReadOnly),
    (5, Op::ReadWrite),
    (4, Op::Offline),
    (4, Op::Online),
    (12, Op::Snapshot),
    (3, Op::Offload),
    (24, Op::Recover),
    (14, Op::Undo),
    (6, Op::Commit),
];

/// Plays the history of a seed; panics where it goes wrong.
pub fn play(seed: u64) {
    let mut world = World::new(seed);
    world.work();
    world.snapshot();
    for _ in 0..world.length() {
        let op = if world.model.offline() && world.chance(40) { Op::Online } else { world.weighed(&OPS) };
        one(&mut world, op);
    }
    if world.model.offline() {
        one(&mut world, Op::Online);
    }
    // Whatever went before, the database works and can be recovered.
    world.work();
    world.recover();
}

fn one(world: &mut World, op: Op) {
    match op {
        Op::Work => world.work(),
        Op::SwitchLogs => world.switch_logs(),
        Op::Crash => world.crash(),
        Op::AddTablespace => world.add_tablespace(),
        Op::AddFile => world.add_file(),
        Op::ReadOnly => world.alter(State::ReadWrite, State::ReadOnly, "read only"),
        Op::ReadWrite => world.alter(State::ReadOnly, State::ReadWrite, "read write"),
        Op::Offline => world.alter(State::ReadWrite, State::Offline, "offline"),
        Op::Online => world.alter(State::Offline, State::ReadWrite, "online"),
        Op::Snapshot => world.snapshot(),
        Op::Offload => world.offload(),
        Op::Recover => world.recover(),
        Op::Undo => world.undo(),
        Op::Commit => world.commit(),
    }
}
