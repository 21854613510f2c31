//! Jobs: listing, aborting, and how long one took.

use super::{
    error::OvmError,
    kind::ObjectKind,
    manager::{Change, Manager, Sent},
    object::Job,
    record::Ref,
};
use crate::{
    model::ObjectId,
    port::{Polled, poll},
};
use chrono::NaiveDateTime;
use std::time::Duration;

/// How many matching jobs are looked at: `list Job` keeps old ones, newest first.
const NEWEST: usize = 10;

impl Manager {
    /// All jobs, newest first as the manager lists them; the name of an entry is the job's description.
    pub fn list_jobs(&self) -> Result<Vec<Ref>, OvmError> {
        self.ask_list(ObjectKind::Job)
    }

    /// One job.
    pub fn show_job(&self, id: &ObjectId) -> Result<Job, OvmError> {
        self.read(ObjectKind::Job, &id.into(), Job::read)
    }

    /// Jobs whose description holds the text.
    pub fn find_job(&self, text: &str) -> Result<Vec<Ref>, OvmError> {
        Ok(self.list_jobs()?.into_iter().filter(|job| job.name.as_deref().is_some_and(|n| n.contains(text))).collect())
    }

    /// Jobs that are not over and whose description holds one of the words.
    pub fn open_jobs(&self, needles: &[String]) -> Result<Vec<Job>, OvmError> {
        let hits = |job: &Ref| job.name.as_deref().is_some_and(|n| needles.iter().any(|x| n.contains(x.as_str())));
        let jobs: Vec<_> = self.list_jobs()?.into_iter().filter(hits).take(NEWEST).collect();
        let shown = jobs.iter().map(|job| self.show_job(&job.id)).collect::<Result<Vec<_>, _>>()?;
        Ok(shown.into_iter().filter(|job| !job.done).collect())
    }

    /// Aborts a job and waits until it is over. A job that was over already is left as it is.
    pub fn abort_job(&self, id: &ObjectId) -> Result<Job, OvmError> {
        let text = self.release()?.abort_job(id);
        let change = Change { text, deadline: self.deadlines.command, touches: Vec::new(), needles: Vec::new() };
        match self.send(&change) {
            Ok(Sent::Done(_) | Sent::InDoubt(_)) => self.wait_job(id, self.deadlines.settle),
            Err(error) => match self.show_job(id) {
                Ok(job) if job.done => Ok(job),
                _ => Err(error),
            },
        }
    }

    /// Ends a job: aborts it, and where the manager refuses that, waits until it is over by itself, so that what it has
    /// made can be removed. A job that outlives its deadline is told by the manager's refusal.
    pub fn end_job(&self, id: &ObjectId) -> Result<Job, OvmError> {
        self.abort_job(id).or_else(|refused| self.wait_job(id, self.deadlines.job).map_err(|_| refused))
    }

    /// Waits until a job is over.
    pub fn wait_job(&self, id: &ObjectId, deadline: Duration) -> Result<Job, OvmError> {
        let look = || match self.show_job(id) {
            Ok(job) if job.done => Ok(Polled::Done(job)),
            Ok(job) => Ok(Polled::NotYet(job.state.unwrap_or_else(|| "open".to_owned()))),
            Err(error) if error.is_way() => Ok(Polled::NotYet(error.to_string())),
            Err(error) => Err(error),
        };
        let object = format!("job {id}");
        poll(self.clock.as_ref(), self.deadlines.every, deadline, look).map_err(|end| match end {
            Ok(seen) => OvmError::NotReached { object, wanted: "done", seen, waited: deadline },
            Err(error) => error,
        })
    }
}

/// How long a job took, in ms, from its id (a Unix time in ms, its beginning) and the `Time:` line (its end, with
/// the abbreviation of a time zone). The zone's offset is a multiple of a quarter of an hour, so the rest of the
/// difference is the duration; whole quarters are told by the time measured here. `None` where the two disagree.
#[must_use]
pub fn job_ms(job: &ObjectId, time: &str, wall: Duration) -> Option<u64> {
    const QUARTER: i64 = 15 * 60 * 1000;
    let begin: i64 = job.as_str().parse().ok()?;
    let stamp = time.get(..23)?;
    let end = NaiveDateTime::parse_from_str(stamp, "%Y-%m-%d %H:%M:%S,%3f").ok()?.and_utc().timestamp_millis();
    let rest = end.checked_sub(begin)?.rem_euclid(QUARTER);
    let wall = i64::try_from(wall.as_millis()).ok()?;
    // A little more than the wall time is possible only through rounding.
    let quarters = (wall + 1000 - rest).div_euclid(QUARTER);
    if quarters < 0 { None } else { u64::try_from(rest + quarters * QUARTER).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("1582725527174", "2020-02-26 08:58:47,940 EST", 900, Some(766))]
    #[case("1582725527174", "2020-02-26 14:58:47,940 CET", 900, Some(766))]
    #[case("1582725527174", "2020-02-26 19:28:47,940 IST", 900, Some(766))]
    #[case("1582725527174", "2020-02-26 09:18:47,940 EST", 1_201_000, Some(1_200_766))]
    #[case("1582725527174", "2020-02-26 08:59:47,940 EST", 900, None)]
    #[case("1582725527174", "garbage", 900, None)]
    #[case("1582725527174", "2020-02-26 08:58:47,94é", 900, None)]
    #[case("0004fb", "2020-02-26 08:58:47,940 EST", 900, None)]
    fn durations(#[case] job: &str, #[case] time: &str, #[case] wall: u64, #[case] ms: Option<u64>) {
        assert_eq!(job_ms(&ObjectId::new(job).unwrap(), time, Duration::from_millis(wall)), ms);
    }
}
