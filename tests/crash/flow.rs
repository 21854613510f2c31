//! The flows, how each is brought about, and what of it is taken back once its cell is judged.

use super::{invariants::Before, world::World};
use crate::witness::{must_be_equal, work};
use std::fmt;

/// A flow and, where it matters, its variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flow {
    Snapshot,
    Offload,
    Recover,
    RecoverToPoint,
    Extract,
    Close,
    Drill,
    Undo,
    Commit,
}

pub const FLOWS: [Flow; 9] = [
    Flow::Snapshot,
    Flow::Offload,
    Flow::Recover,
    Flow::RecoverToPoint,
    Flow::Extract,
    Flow::Close,
    Flow::Drill,
    Flow::Undo,
    Flow::Commit,
];

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Snapshot => "snapshot",
            Self::Offload => "offload",
            Self::Recover => "recover --to latest",
            Self::RecoverToPoint => "recover --to scn",
            Self::Extract => "extract",
            Self::Close => "extract --close",
            Self::Drill => "drill",
            Self::Undo => "undo of a recovery",
            Self::Commit => "commit",
        })
    }
}

/// Where an extract is mounted.
pub const AT: &str = "/home/oracle/at";

const RECOVER: [&str; 5] = ["recover", "ORCL", "--yes", "--to", "latest"];

impl Flow {
    /// Brings about what it needs; gives its command, and what must be as it is now when all is healed.
    pub fn prepared(self, world: &World) -> (Vec<String>, Before) {
        if matches!(self, Self::Undo | Self::Commit | Self::Close) {
            world.snapshot();
        }
        // What is taken back leads to before it.
        let early = Before::of(world);
        let args = self.args(world);
        let before = if matches!(self, Self::Undo | Self::Close) { early } else { Before::of(world) };
        (args, before)
    }

    fn args(self, world: &World) -> Vec<String> {
        let own = |args: &[&str]| args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>();
        match self {
            Self::Snapshot => own(&["backup", "ORCL", "--snapshot-only"]),
            Self::Offload => own(&["offload", &world.snapshot_without_tape()]),
            Self::Recover => {
                world.snapshot();
                work(&world.site, 3, world.next_seed());
                own(&RECOVER)
            }
            Self::RecoverToPoint => {
                world.snapshot();
                let point = must_be_equal(&world.site) + 1;
                work(&world.site, 3, world.next_seed());
                own(&["recover", "ORCL", "--yes", "--to", &format!("scn={point}")])
            }
            Self::Extract => own(&["extract", &world.snapshot(), "--at", AT]),
            Self::Close => {
                let snapshot = world.snapshot();
                own(&["extract", "--close", &world.done(&["extract", &snapshot, "--at", AT])])
            }
            Self::Drill => own(&["drill", &world.snapshot()]),
            Self::Undo => own(&["undo", &world.recovered(&RECOVER), "--yes"]),
            Self::Commit => own(&["commit", &world.recovered(&RECOVER), "--yes"]),
        }
    }
}
