//! The run's private folder on a host: `~/.ovmirror/<run>/`, 0700, gone at the end of the run.

use super::{World, shell};
use crate::{
    fault::{Fault, Kind},
    model::HostName,
    text::sh,
};

/// Makes it and returns its path.
pub fn make(world: &World, host: &HostName, run: &str) -> Result<String, Fault> {
    let printed = shell::script(world, host, &sh::FolderMake { run })?;
    let path = printed.lines().find_map(|line| line.strip_prefix("folder "));
    path.map(str::to_owned).ok_or_else(|| not_understood(host, &printed))
}

/// Removes it. It refuses while a program of ours still runs from it.
pub fn remove(world: &World, host: &HostName, run: &str) -> Result<(), Fault> {
    let printed = shell::script(world, host, &sh::FolderRemove { run })?;
    match printed.lines().last().unwrap_or_default().trim() {
        "removed" | "absent" => Ok(()),
        _ => Err(not_understood(host, &printed)),
    }
}

/// Law 14: output that is not understood is an error that shows the text.
pub fn not_understood(host: &HostName, printed: &str) -> Fault {
    let first = printed.lines().next().unwrap_or("nothing");
    Fault::new(Kind::External, "CMD-002", format!("the answer of {host} was not understood: {first}"))
        .on(host)
        .printed(printed)
}
