//! The guard of a run, asked and sent home.

use super::{World, shell};
use crate::{
    fault::Fault,
    model::HostName,
    text::{guard, sh},
};

pub use guard::{Decided, GuardReport};

/// Looks, touches nothing. `None`: no guard was ever armed.
pub fn look(world: &World, host: &HostName, run: &str) -> Result<Option<GuardReport>, Fault> {
    guard::read(&shell::script(world, host, &sh::GuardProbe { run })?)
}

/// Disarms it, or waits until it has ended what it has begun.
pub fn disarm(world: &World, host: &HostName, run: &str) -> Result<Option<GuardReport>, Fault> {
    let patience = world.limits.command.as_secs();
    let deadline = world.limits.command * 2;
    guard::read(&shell::script_within(world, host, &sh::GuardDisarm { run, seconds: patience }, deadline)?)
}

/// Whether it acted instead of us.
#[must_use]
pub fn fired(report: &GuardReport) -> bool {
    report.decided == Some(Decided::Fire)
}
