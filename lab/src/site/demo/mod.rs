//! `demo`: a whole site, a workload that never rests, a backup of it by the product, a restore from tape alone; then a
//! disaster, the recovery to the second before, and its undo. Each time every row is compared with what was written down.

pub mod golden;
mod interrupt;
mod product;
mod recovery;
mod story;

use super::{
    args::{Demo, Up},
    down,
    error::{During, SiteError},
    paths::Paths,
    up, verify,
    workload::{
        self,
        order::{Answer, Order},
    },
};
use crate::witness::{Report, applet, blocks::FileBlocks};
use product::{Product, Snapshot};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

const DATABASE: &str = "ORCL";
const RATE: f64 = 200.0;

/// `ovmirror-lab demo`
pub fn run(demo: &Demo) -> Result<ExitCode, SiteError> {
    let interrupted = interrupt::listen()?;
    let dir = folder(demo)?;
    let outcome = show(demo, &dir, &interrupted);
    if let Err(error) = &outcome {
        eprintln!("\n{error}{}", error.remedy().map_or(String::new(), |remedy| format!("\nHint: {remedy}")));
    }
    // Whoever interrupts does not want to look at it.
    clean(demo, &dir, outcome.is_ok() || interrupted.load(Ordering::Relaxed))?;
    Ok(if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A fresh folder: nothing that is there already is ever removed.
fn folder(demo: &Demo) -> Result<PathBuf, SiteError> {
    let Some(dir) = &demo.dir else {
        let dir = tempfile::Builder::new().prefix("ovmirror-demo-").tempdir().during("making a folder")?.keep();
        // User oracle of the guests is another one.
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).at(&dir)?;
        return Ok(dir);
    };
    fs::create_dir_all(dir).at(dir)?;
    if fs::read_dir(dir).at(dir)?.next().is_some() {
        return Err(SiteError::refused(format!("{} is not empty", dir.display()), "choose another --dir"));
    }
    dir.canonicalize().at(dir)
}

/// From the first machine to the verdict.
fn show(demo: &Demo, dir: &Path, interrupted: &AtomicBool) -> Result<(), SiteError> {
    let paths = Paths::of(dir).at(dir)?;
    let product = Product::find(&paths.config())?;
    say!("A split-mirror backup of {DATABASE} and its recovery, rehearsed on a simulated site in {}\n", dir.display());
    let made = timed("making the site: manager, server, database VM, media host", || up::make(&asked(demo, dir)))?;
    say!("   {}", up::better(&made.choice));
    made.notes.iter().for_each(|note| say!("   {note}"));
    interrupt::check(interrupted)?;
    let order = applet::Order { rate: RATE, hold_writes: true, seed: rand::random() };
    timed(
        &format!("starting a workload of {RATE} transactions a second (random numbers from {})", order.seed),
        || workload::start(dir, DATABASE, &order),
    )?;
    interrupt::check(interrupted)?;
    say!("-- the product: ovmirror -c {} backup {DATABASE}", paths.config().display());
    let begun = Instant::now();
    let status = product.backup(DATABASE, interrupted)?;
    say!("-- it took {:.1} s and ended with {status}", begun.elapsed().as_secs_f64());
    interrupt::check(interrupted)?;
    timed("ending the workload", || workload::stop(dir, DATABASE))?;
    if !status.success() {
        return Err(SiteError::inside("ovmirror backup", status));
    }
    judge(&paths, &product.snapshot(DATABASE)?, interrupted)?;
    story::back_and_forth(&recovery::show(&paths, &product, interrupted)?)
}

fn asked(demo: &Demo, dir: &Path) -> Up {
    let sabotage = demo.sabotage.then(|| "begin-backup-sabotage=yes".to_owned());
    Up {
        dir: dir.to_owned(),
        mode: demo.mode,
        rtt: None,
        job_time: None,
        manager_port: None,
        release: demo.release.clone(),
        oracle: demo.oracle,
        databases: None,
        media: None,
        layout: None,
        fstab: None,
        data_size: None,
        old_guest: false,
        quirk: demo.quirk.iter().cloned().chain(sabotage).collect(),
        repository_size: None,
        hosts_only: false,
        json: false,
    }
}

/// All that is compared.
struct Findings {
    /// The clone's data files.
    golden: Vec<FileBlocks>,
    /// Restored from tape.
    tape: Report,
    /// The database that went on.
    live: Report,
}

fn judge(paths: &Paths, snapshot: &Snapshot, interrupted: &AtomicBool) -> Result<(), SiteError> {
    let scn = &snapshot.end_scn;
    let at = scn.parse().map_err(|error| SiteError::inside("ovmirror list", format!("end_scn `{scn}`: {error}")))?;
    let golden = timed("looking at a copy of the clone's disks", || golden(paths, snapshot))?;
    interrupt::check(interrupted)?;
    let tape = timed(&format!("restoring from tape alone, into an empty folder, up to SCN {scn}"), || {
        verify::from_tape(&paths.dir, DATABASE, &paths.tape(), None, at)
    })?;
    let live = timed("comparing the live database", || verify::live(&paths.dir, DATABASE, None))?;
    interrupt::check(interrupted)?;
    story::tell(snapshot, &Findings { golden, tape, live })
}

fn golden(paths: &Paths, snapshot: &Snapshot) -> Result<Vec<FileBlocks>, SiteError> {
    let mut found = Vec::new();
    for disk in &snapshot.disks {
        match workload::ask(paths, &Order::Blocks { disk: disk.id.clone() })? {
            Answer::Blocks(files) => found.extend(files),
            other => return Err(SiteError::inside("supervisor", format!("{other:?}"))),
        }
    }
    Ok(found)
}

/// Says what is done, and how long it took.
fn timed<T>(what: &str, act: impl FnOnce() -> Result<T, SiteError>) -> Result<T, SiteError> {
    say!("-- {what} …");
    let begun = Instant::now();
    let done = act()?;
    say!("   done in {:.1} s", begun.elapsed().as_secs_f64());
    Ok(done)
}

/// Takes the site down and removes its folder, unless somebody wants to look at it.
fn clean(demo: &Demo, dir: &Path, remove: bool) -> Result<(), SiteError> {
    if demo.keep {
        say!("\nThe site runs in {0}; `ovmirror-lab down --dir {0}` ends it.", dir.display());
        return Ok(());
    }
    if dir.join("control").exists() {
        say!("-- taking the site down …");
        down::run(dir, false)?;
    }
    if remove {
        return fs::remove_dir_all(dir).at(dir);
    }
    say!("\nThe site is down; all of it lies in {0} (`ovmirror-lab up --dir {0}` starts it again).", dir.display());
    Ok(())
}
