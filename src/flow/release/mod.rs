//! What carries our mark and nobody answers for is taken away, under the same laws as by its own run. One that cannot go
//! is named and left; the others go all the same.

mod judge;
mod look;
mod params;
mod preview;
mod remove;
mod thing;

pub use judge::Verdict;
pub use look::{Look, Machine, Scope, Unseen, look, strangers};
pub use params::ReleaseParams;
pub use remove::{Released, Remove};
pub use thing::{Thing, What};

use crate::{
    engine::{Flow, Step, erase},
    fault::Fault,
    step::World,
};

/// The flow's name in journals.
pub const NAME: &str = "release";

/// The name of its steps before their number.
pub const REMOVE: &str = <Remove as Step<World>>::KIND;

/// One step for each thing, in the order in which they can go.
pub fn flow(params: ReleaseParams) -> Result<Flow<World>, Fault> {
    let things = params.things.into_iter().enumerate();
    Flow::new(NAME, things.map(|(at, thing)| erase(Remove { at: at + 1, thing })).collect())
}
