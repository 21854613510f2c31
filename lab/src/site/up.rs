//! `up`: makes a site or starts it again.

use super::{
    args::{ModeArg, Up},
    control,
    error::{During, SiteError},
    paths::Paths,
    plan::Site,
    probe::{self, Choice},
    report,
    supervise::Start,
};
use crate::{context::Mode, host::xen::images};
use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::Path,
    process::{ExitCode, Stdio},
};

/// `ovmirror-lab up`
pub fn run(up: &Up) -> Result<ExitCode, SiteError> {
    let made = make(up)?;
    report::up(&made.paths, &made.site, &made.choice, &made.notes, up.json)?;
    Ok(ExitCode::SUCCESS)
}

/// A site that was started.
#[derive(Debug)]
pub struct Made {
    /// Its folder.
    pub paths: Paths,
    /// What it is made of.
    pub site: Site,
    /// Its mode, and why not a better one.
    pub choice: Choice,
    /// What is missing.
    pub notes: Vec<String>,
}

/// Makes a site or starts it again.
pub fn make(up: &Up) -> Result<Made, SiteError> {
    let paths = folder(&up.dir)?;
    if control::runtime()?.block_on(control::connect(&paths)).is_some() {
        let line = format!("`ovmirror-lab down --dir {}` ends it", paths.dir.display());
        return Err(SiteError::refused("the site in this folder runs already", line));
    }
    let (site, choice) = site(&paths, up)?;
    site.write(&paths)?;
    if site.mode == Mode::Xen {
        // Here, where one sees why it takes long.
        images::ready()?;
    }
    let notes = supervise(&paths, &site)?;
    let site = Site::read(&paths)?.ok_or_else(|| SiteError::refused("the site has gone", ""))?;
    Ok(Made { paths, site, choice, notes })
}

fn folder(dir: &Path) -> Result<Paths, SiteError> {
    fs::create_dir_all(dir).at(dir)?;
    let dir = dir.canonicalize().at(dir)?;
    if ["/dev", "/proc", "/sys", "/run"].iter().any(|top| dir.starts_with(top)) {
        return Err(SiteError::refused(format!("{} is a place of the kernel", dir.display()), "choose another --dir"));
    }
    // OpenSSH splits UserKnownHostsFile at blanks and expands `%` and `$`.
    if dir.to_string_lossy().contains(|c: char| c.is_whitespace() || "\"'\\%$`#".contains(c)) {
        let text = format!("{} cannot be written in an option of ssh", dir.display());
        return Err(SiteError::refused(text, "choose a --dir without blanks and quotes"));
    }
    let paths = Paths { dir };
    let logs = paths.dir.join("log");
    fs::create_dir_all(&logs).at(&logs)?;
    Ok(paths)
}

/// The site of this folder, or a new one in the best mode.
fn site(paths: &Paths, up: &Up) -> Result<(Site, Choice), SiteError> {
    let asked = up.mode.map(ModeArg::mode);
    if let Some(mut site) = Site::read(paths)? {
        site.fits(up, asked)?;
        site.switch(up)?;
        let choice = Choice { mode: site.mode, why: None };
        return Ok((site, choice));
    }
    let choice = match asked {
        Some(mode) => probe::attempt(paths, mode).map(|()| Choice { mode, why: None })?,
        None => probe::best(paths)?,
    };
    Ok((Site::new(up, choice.mode)?, choice))
}

/// Starts the supervisor and waits until it is ready.
fn supervise(paths: &Paths, site: &Site) -> Result<Vec<String>, SiteError> {
    let log = paths.log();
    let log = File::options().create(true).append(true).open(&log).at(&log)?;
    let mut command = probe::unshare(site.mode, "setsid");
    command.arg(std::env::current_exe().during("finding this program")?).arg("supervise").arg(&paths.dir);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
    let mut child = command.spawn().during("starting the supervisor")?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line).during("listening to the supervisor")?;
    }
    match serde_json::from_str(&line) {
        Ok(Start::Ready { notes }) => Ok(notes),
        Ok(Start::Failed { text, remedy }) => {
            child.wait().during("waiting for the supervisor")?;
            Err(SiteError::refused(text, remedy.unwrap_or_default()))
        }
        Err(_) => Err(SiteError::inside(probe::name(site.mode), "the supervisor ended before it was ready")),
    }
}

/// The line that says what would allow a better mode.
#[must_use]
pub fn better(choice: &Choice) -> String {
    match (choice.mode, &choice.why) {
        (Mode::Xen, _) => "mode xen: real Xen, OCFS2 and guests' kernels, in an emulated machine".into(),
        (Mode::Real, _) => "mode real: block devices, XFS and reflink as on a real site".into(),
        (_, Some(why)) => format!("mode portable: a disk is a folder, a clone of it is not atomic. Mode real was tried: {why}"),
        (_, None) => "mode portable: a disk is a folder, a clone of it is not atomic. --mode real (root, loop devices, XFS) has both".into(),
    }
}
