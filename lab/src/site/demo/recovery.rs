//! The second half: the workload goes on, a disaster, the way back to the second before, and the way back from that.

use super::{
    DATABASE, RATE, interrupt,
    product::{Product, Recovered},
    timed,
};
use crate::{
    site::{disaster, error::SiteError, paths::Paths, verify, workload},
    witness::{Destroyed, Disaster, Report, applet},
};
use chrono::{DateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};
use std::{
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

/// All that is told of it.
pub(super) struct Findings {
    /// The SCN of a look before the time that is recovered to.
    pub before_scn: String,
    /// That time.
    pub noted: String,
    pub destroyed: Destroyed,
    /// The database with the disaster in it.
    pub wrecked: Report,
    pub recovered: Recovered,
    pub recovery: Duration,
    pub back: Report,
    pub undo: Duration,
    /// After the undo.
    pub again: Report,
}

pub(super) fn show(paths: &Paths, product: &Product, interrupted: &AtomicBool) -> Result<Findings, SiteError> {
    let order = applet::Order { rate: RATE, hold_writes: false, seed: rand::random() };
    timed("the workload goes on", || workload::start(&paths.dir, DATABASE, &order))?;
    let before_scn = verify::live(&paths.dir, DATABASE, None)?.at_scn;
    let noted = next_second();
    println!("-- it is {noted}");
    let strike = || disaster::strike(&paths.dir, DATABASE, &Disaster::default());
    let destroyed = timed("a disaster: an UPDATE without its WHERE clause, committed", strike)?;
    println!("   {}", disaster::words(&destroyed));
    timed("ending the workload", || workload::stop(&paths.dir, DATABASE))?;
    let wrecked = look(paths, interrupted)?;
    let to = format!("time={noted}");
    let (recovered, recovery) =
        told(&format!("recover {DATABASE} --to {to} --yes"), || product.recover(DATABASE, &to, interrupted))?;
    let back = look(paths, interrupted)?;
    let run = &recovered.run.id;
    let ((), undo) = told(&format!("undo {run} --yes"), || product.undo(run, interrupted))?;
    let again = look(paths, interrupted)?;
    Ok(Findings { before_scn, noted, destroyed, wrecked, recovered, recovery, back, undo, again })
}

fn look(paths: &Paths, interrupted: &AtomicBool) -> Result<Report, SiteError> {
    interrupt::check(interrupted)?;
    timed("comparing the live database", || verify::live(&paths.dir, DATABASE, None))
}

/// Waits for the clock's next second: what was committed before it stays, what is committed from now on goes.
fn next_second() -> String {
    let next = Utc::now().trunc_subsecs(0) + TimeDelta::seconds(1);
    while let Ok(rest) = (next - Utc::now()).to_std() {
        std::thread::park_timeout(rest);
    }
    DateTime::to_rfc3339_opts(&next, SecondsFormat::Secs, true)
}

fn told<T>(words: &str, act: impl FnOnce() -> Result<T, SiteError>) -> Result<(T, Duration), SiteError> {
    println!("-- the product: ovmirror {words}");
    let begun = Instant::now();
    let done = act()?;
    println!("-- it took {:.1} s", begun.elapsed().as_secs_f64());
    Ok((done, begun.elapsed()))
}

/// What is not as it must be.
pub(super) fn wrong(found: &Findings) -> Vec<String> {
    let lost = found.back.left_behind.as_ref();
    let number = |text: &str| text.parse::<u64>().unwrap_or(0);
    let first = number(&found.destroyed.first_scn);
    let begins = lost.map_or(u64::MAX, |left| number(&left.first_scn));
    let checks = [
        (!found.wrecked.equal, "The live database after the disaster is NOT what was committed."),
        (found.recovered.run.state != "done", "The recovery is not done."),
        (!found.back.equal, "The recovered database is NOT what was committed before the disaster."),
        (begins > first, "The disaster is NOT gone."),
        (begins <= number(&found.before_scn), "The recovery went further back than it was asked to."),
        (!found.again.equal, "The database after the undo is NOT what was committed."),
        (found.again.transactions != found.wrecked.transactions, "The undo did NOT bring back all that there was."),
    ];
    checks.into_iter().filter(|(wrong, _)| *wrong).map(|(_, text)| text.to_owned()).collect()
}
