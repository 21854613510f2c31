//! Locks: the objects a job touches belong to it until it is done or aborted (concepts guide, jobs and locks).

use super::Release;
use super::core::Core;
use super::object::Object;
use super::state::State;
use std::time::Duration;

/// The first of these objects that another job holds.
pub fn first_held<'a>(state: &'a State, ids: &[String]) -> Option<&'a Object> {
    ids.iter().filter_map(|id| state.get(id)).find(|o| o.lock.is_some())
}

/// Gives the objects to a job.
pub fn take(state: &mut State, ids: &[String], job: u64) {
    for id in ids {
        if let Some(object) = state.get_mut(id) {
            object.lock = Some(job);
        }
    }
}

/// All locks of a job go at its end.
pub fn release(state: &mut State, job: u64) {
    state.iter_mut().filter(|o| o.lock == Some(job)).for_each(|o| o.lock = None);
}

/// How long a command waits for a lock: synchronous mode of 3.4 retries by itself, all else fails at once.
pub fn patience(core: &Core, asynchronous: bool) -> Duration {
    if asynchronous || core.options.release < Release::V3_4 {
        return Duration::ZERO;
    }
    match core.options.quirks.get("lock-retry") {
        "30s" => Duration::from_secs(30),
        "2s" => Duration::from_secs(2),
        _ => Duration::ZERO,
    }
}
