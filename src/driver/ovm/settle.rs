//! After a lost answer: wait until what may still work on it is over, look, then decide. Nothing is repeated blindly.

use super::{
    error::OvmError,
    kind::ObjectKind,
    manager::{Change, Manager, Sent},
};
use crate::{
    model::ObjectId,
    port::{Polled, poll},
};

impl Manager {
    /// Sends a change; `done` reads its answer. When the answer is lost, `look` says whether the effect is there.
    pub(super) fn change_or_look<T>(
        &self,
        change: &Change,
        done: impl FnOnce() -> Result<T, OvmError>,
        look: impl Fn() -> Result<Option<T>, OvmError>,
    ) -> Result<T, OvmError> {
        match self.change(change)? {
            Sent::Done(_) => done(),
            Sent::InDoubt(why) => self.settle(change, why, look),
        }
    }

    /// Decides a doubt: the effect, `NoEffect`, or `InDoubt` if looking itself does not work until the deadline.
    pub(super) fn settle<T>(
        &self,
        change: &Change,
        why: OvmError,
        look: impl Fn() -> Result<Option<T>, OvmError>,
    ) -> Result<T, OvmError> {
        // A job may begin a moment after the session is lost, so absence counts only when it is seen twice.
        let mut absent = false;
        let once = || match self.settle_look(change, &look) {
            Err(error) if error.is_way() => Ok(Polled::NotYet(error.to_string())),
            Ok(Polled::Done(None)) if !std::mem::replace(&mut absent, true) => {
                Ok(Polled::NotYet("nothing is there yet".to_owned()))
            }
            other => other,
        };
        let command = change.text.clone();
        match poll(self.clock.as_ref(), self.deadlines.every, self.deadlines.settle, once) {
            Ok(Some(effect)) => Ok(effect),
            Ok(None) => Err(OvmError::NoEffect { command, seen: self.last_job(change), source: Box::new(why) }),
            Err(Ok(seen)) => Err(OvmError::InDoubt { command, seen, source: Box::new(why) }),
            Err(Err(error)) => {
                Err(OvmError::InDoubt { command, seen: "the look failed".to_owned(), source: Box::new(error) })
            }
        }
    }

    /// An object that shows up while its job is open may be half made, so jobs and locks come first.
    fn settle_look<T>(
        &self,
        change: &Change,
        look: &impl Fn() -> Result<Option<T>, OvmError>,
    ) -> Result<Polled<Option<T>>, OvmError> {
        if let Some(job) = self.open_jobs(&change.needles)?.first() {
            return Ok(Polled::NotYet(format!("job {} is still open", job.id)));
        }
        if let Some(lock) = self.touched_lock(&change.touches)? {
            return Ok(Polled::NotYet(lock));
        }
        look().map(Polled::Done)
    }

    /// A touched object that is gone (it was to be deleted) holds no lock.
    fn touched_lock(&self, touches: &[(ObjectKind, ObjectId)]) -> Result<Option<String>, OvmError> {
        for touched in touches {
            match self.lock_seen(std::slice::from_ref(touched)) {
                Err(OvmError::Refused { .. }) => {}
                Ok(None) => {}
                other => return other,
            }
        }
        Ok(None)
    }

    /// How the newest matching job ended, for the reader only.
    fn last_job(&self, change: &Change) -> Option<String> {
        let jobs = self.list_jobs().ok()?;
        let hit = |name: &str| change.needles.iter().any(|needle| name.contains(needle.as_str()));
        let newest = jobs.into_iter().find(|job| job.name.as_deref().is_some_and(hit))?;
        let state = self.show_job(&newest.id).ok()?.state.unwrap_or_default();
        Some(format!("job {} ({}): {state}", newest.id, newest.label()))
    }
}
