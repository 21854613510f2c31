//! Which SCN it was when: SMON notes one pair every three seconds, and keeps fewer of the old ones.

use super::Database;
use crate::db::params::now;

/// Seconds between two notes.
const EVERY: i64 = 3;
/// Beyond this every second one of the older half goes.
const MOST: usize = 2000;

impl Database {
    /// Notes the present SCN if the last note is old enough. It reaches the disk with the next write of the control file.
    pub(super) fn note_scn_time(&mut self) {
        let Some(scn) = self.live.as_ref().map(|live| live.scn) else { return };
        let (times, now) = (&mut self.control.scn_times, now());
        if times.last().is_some_and(|(known, time)| *known >= scn || now - time < EVERY) {
            return;
        }
        times.push((scn, now));
        if times.len() > MOST {
            let mut place = 0;
            times.retain(|_| {
                place += 1;
                place > MOST / 2 || place % 2 == 1
            });
        }
    }
}
