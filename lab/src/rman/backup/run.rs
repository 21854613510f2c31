//! The channels at work: each takes the next set as soon as it is free.

use super::set::{SetJob, Shared, make};
use crate::{
    db::api::Database,
    rman::{
        dates,
        session::{Channel, Session},
        stack::Failure,
        syntax::command::Backup,
    },
};
use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Mutex, PoisonError},
    thread,
};

/// What the channels share while they run.
struct Floor<'a> {
    shared: &'a Shared<'a>,
    queue: Mutex<VecDeque<SetJob>>,
    disabled: Mutex<BTreeSet<String>>,
    failures: Mutex<Vec<Failure>>,
    channels: usize,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    /// Makes all sets. A channel that fails is out, and its set goes to another; a set that itself is at fault is not made
    /// again, the others are. The last failure is the stack.
    pub(super) fn run_sets(
        &mut self,
        backup: &Backup,
        database: &Database,
        channels: &[Channel],
        jobs: Vec<SetJob>,
    ) -> Result<(), Failure> {
        let tag = backup.tag.clone().unwrap_or_else(|| dates::default_tag(dates::now()));
        let numbers = Mutex::new(self.next_set(database));
        let (volume, seen) = (Mutex::new((0, 0)), Mutex::new(Vec::new()));
        let settings = self.settings.clone();
        let shared = Shared {
            out: &self.out,
            site: &self.site,
            dates: &self.dates,
            database,
            format: backup.format.as_deref(),
            tag: &tag,
            level: backup.level,
            validate: backup.validate,
            max_corrupt: &settings.max_corrupt,
            numbers: &numbers,
            volume: &volume,
            seen: &seen,
        };
        let floor = Floor {
            shared: &shared,
            queue: Mutex::new(jobs.into()),
            disabled: Mutex::default(),
            failures: Mutex::default(),
            channels: channels.len(),
        };
        floor.run(channels);
        let failure = lock(&floor.failures).pop();
        let (used, volume) = (*lock(&numbers), *lock(&volume));
        let seen = std::mem::take(&mut *lock(&seen));
        drop(floor);
        self.note_work(used, volume);
        self.list_validated(&seen);
        failure.map_or(Ok(()), Err)
    }
}

impl Floor<'_> {
    fn run(&self, channels: &[Channel]) {
        loop {
            let able: Vec<_> = channels.iter().filter(|c| !lock(&self.disabled).contains(&c.name)).collect();
            if able.is_empty() || lock(&self.queue).is_empty() {
                return;
            }
            thread::scope(|scope| {
                for channel in able {
                    scope.spawn(move || self.serve(channel));
                }
            });
        }
    }

    fn serve(&self, channel: &Channel) {
        loop {
            let Some(job) = lock(&self.queue).pop_front() else { return };
            let Err(failure) = make(self.shared, channel, &job) else { continue };
            let failure = failure.on_channel("backup", &channel.name, &dates::stack_time(dates::now()));
            if failure.channel {
                self.disable(channel, failure, job);
                return;
            }
            self.not_again(failure);
        }
    }

    /// The set itself is at fault.
    fn not_again(&self, failure: Failure) {
        if !lock(&self.queue).is_empty() {
            let mut lines = failure.lines.clone();
            lines.push("continuing other job steps, job failed will not be re-run".into());
            self.shared.out.lines(&lines);
        }
        lock(&self.failures).push(failure);
    }

    /// The channel is at fault. The last one's failure is the stack.
    fn disable(&self, channel: &Channel, failure: Failure, job: SetJob) {
        let mut disabled = lock(&self.disabled);
        disabled.insert(channel.name.clone());
        if disabled.len() == self.channels {
            lock(&self.failures).push(failure);
            lock(&self.queue).clear();
            return;
        }
        let mut lines = failure.lines;
        let text = "disabled, job failed on it will be run on another channel";
        lines.push(format!("channel {} {text}", channel.name));
        self.shared.out.lines(&lines);
        lock(&self.queue).push_front(job);
    }
}
