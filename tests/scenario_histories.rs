//! Histories drawn at random: workload, log switches, added files, read-only and offline tablespaces, crashes, snapshots,
//! recoveries, undos, commits. Each has a seed, which is printed; one that fails is played again with
//! `OVMIRROR_SEED=… OVMIRROR_HISTORIES=1`. `OVMIRROR_HISTORIES=200` plays that many, `OVMIRROR_WORLDS` at once.
#![expect(clippy::disallowed_methods, reason = "the tests start the two programs and ssh")]

#[cfg(test)]
#[path = "scenario/histories/mod.rs"]
mod histories;
#[cfg(test)]
#[path = "scenario/site.rs"]
mod site;
#[cfg(test)]
#[path = "scenario/witness.rs"]
mod witness;

#[cfg(test)]
mod tests {
    use super::histories::play;
    use std::{
        panic::catch_unwind,
        sync::{
            Mutex,
            atomic::{AtomicU64, Ordering},
        },
        thread,
    };

    fn number(name: &str, default: u64) -> u64 {
        let given = std::env::var(name).ok();
        given.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
    }

    #[test]
    fn histories() {
        let (first, count) = (number("OVMIRROR_SEED", 1), number("OVMIRROR_HISTORIES", 4));
        let (next, failed) = (AtomicU64::new(first), Mutex::new(Vec::new()));
        let one_after_another = || {
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= first + count {
                    return;
                }
                if catch_unwind(|| play(seed)).is_err() {
                    failed.lock().unwrap().push(seed);
                }
            }
        };
        thread::scope(|scope| {
            (0..number("OVMIRROR_WORLDS", 4).min(count)).for_each(|_| {
                scope.spawn(one_after_another);
            });
        });
        let failed = failed.into_inner().unwrap();
        assert!(failed.is_empty(), "failed of seeds {first} to {}: {failed:?}", first + count - 1);
    }
}
