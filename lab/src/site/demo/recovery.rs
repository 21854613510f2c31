//! The second half: the workload goes on, a disaster, the way back to the second before, and the way back from that.

use super::{
    DATABASE, RATE, interrupt,
    product::{Product, Recovered},
    timed,
};
use crate::{
    site::{
        disaster,
        error::SiteError,
        paths::Paths,
        plan::Site,
        verify,
        workload::{
            self,
            order::{Answer, Order},
        },
    },
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
    let noted = next_second(paths)?;
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

/// Waits for the next second of the database's own clock: what was committed before it stays, what is committed from now
/// on goes. A guest of real Xen is some tenths of a second beside the machine that emulates it.
fn next_second(paths: &Paths) -> Result<String, SiteError> {
    let next = clock(paths)?.trunc_subsecs(0) + TimeDelta::seconds(1);
    while let Ok(rest) = (next - clock(paths)?).to_std() {
        std::thread::park_timeout(rest);
    }
    Ok(DateTime::to_rfc3339_opts(&next, SecondsFormat::Secs, true))
}

fn clock(paths: &Paths) -> Result<DateTime<Utc>, SiteError> {
    let site = Site::read(paths)?.ok_or_else(SiteError::no_site)?;
    let vm = workload::machine(&site, DATABASE)?.name.clone();
    let argv = ["date", "-u", "+%FT%T.%NZ"].map(str::to_owned).to_vec();
    let answer = workload::ask(paths, &Order::Program { vm: vm.clone(), argv, env: Vec::new() })?;
    let Answer::Output { status: 0, stdout, .. } = &answer else {
        return Err(SiteError::inside(vm, format!("{answer:?}")));
    };
    stdout.trim().parse().map_err(|error| SiteError::inside(vm, format!("`{}`: {error}", stdout.trim())))
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
