//! What an undo moves out of the way lies in the kept set's `aside`.

use crate::{
    fault::Fault,
    model::HostName,
    step::{World, folder::not_understood, gather, shell},
    text::sh,
};
use std::time::Duration;

/// Copying files of several GiB.
const COPY: Duration = Duration::from_secs(3600);

/// Whether anything was moved there.
pub fn there(world: &World, host: &HostName, folder: &str) -> Result<bool, Fault> {
    Ok(gather::places(world, host, &[format!("{folder}/aside")])?.iter().any(Option::is_some))
}

/// Moves files there; what is gone already is no failure.
pub fn move_there(world: &World, host: &HostName, folder: &str, files: &[String]) -> Result<(), Fault> {
    if files.is_empty() {
        return Ok(());
    }
    let printed = shell::script_within(world, host, &sh::MoveAside { folder, files }, COPY)?;
    if printed.lines().last() == Some("end") { Ok(()) } else { Err(not_understood(host, &printed)) }
}
