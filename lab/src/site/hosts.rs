//! The machines of a site as its supervisor holds them; below them each mode has its own.

use super::{error::SiteError, machines::Fleet, paths::Paths, plan::Site};
use crate::{
    context::Mode,
    host::{seam::Machines, xen::XenSite},
    witness::blocks::FileBlocks,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What a supervisor does with them besides what a manager asks for.
pub trait Hosts: Machines {
    /// What there must be before a manager can look at it: repositories with their disks.
    fn prepare(&self) -> Result<(), SiteError>;
    /// Starts every machine with the disks it had last.
    fn start_all(&self) -> Result<(), SiteError>;
    /// Stops every machine.
    fn stop_all(&self);
    /// The port of each machine that runs.
    fn ports(&self) -> BTreeMap<String, u16>;
    /// Runs a command in a machine as its login user: exit status, output, errors.
    fn run(
        &self,
        name: &str,
        argv: &[&str],
        env: &[(&str, &str)],
        stdin: &str,
    ) -> Result<(i32, String, String), SiteError>;
    /// The blocks that are not whole in the data files of a disk, looked at on a copy.
    fn blocks(&self, disk: &str) -> Result<Vec<FileBlocks>, SiteError>;
}

/// Those of this site's mode; nothing runs yet.
pub fn of(paths: &Paths, site: &Site, authorized: String) -> Result<Arc<dyn Hosts>, SiteError> {
    if site.mode == Mode::Xen {
        return Ok(Arc::new(XenSite::new(paths.clone(), site.clone(), authorized)?));
    }
    Ok(Arc::new(Fleet::new(paths.clone(), site.clone(), authorized)))
}

/// What is behind a lock, also where a thread that held it broke off.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
