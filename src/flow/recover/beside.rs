//! Files that leave their names for a while: they lie beside them under the run's mark, and nothing is overwritten (law 4).

use crate::{
    fault::{Fault, Kind},
    model::HostName,
    step::{World, gather, shell},
    text::sh::{PlaceRestored, Restored},
};

/// The name that a present file gets.
#[must_use]
pub fn name(path: &str, run: &str) -> String {
    format!("{path}.ovm-{run}")
}

/// The name that what this run put in its place gets when the run is taken back: it may have been worked on.
#[must_use]
pub fn name_of_new(path: &str, run: &str) -> String {
    format!("{}.new", name(path, run))
}

/// Which of these are there.
pub fn there(world: &World, host: &HostName, paths: &[String]) -> Result<Vec<bool>, Fault> {
    Ok(gather::places(world, host, paths)?.iter().map(Option::is_some).collect())
}

/// Moves files beside their names, unless that was done before. Gives those that were not there at all.
pub fn set_aside(world: &World, host: &HostName, run: &str, paths: &[String]) -> Result<Vec<String>, Fault> {
    let asides: Vec<String> = paths.iter().map(|path| name(path, run)).collect();
    let (here, beside) = (there(world, host, paths)?, there(world, host, &asides)?);
    let (mut moves, mut absent) = (Vec::new(), Vec::new());
    for (at, path) in paths.iter().enumerate() {
        match (here[at], beside[at]) {
            (_, true) => {}
            (true, false) => moves.push(Restored { from: path.clone(), to: asides[at].clone() }),
            (false, false) => absent.push(path.clone()),
        }
    }
    rename(world, host, &moves)?;
    Ok(absent)
}

/// The reverse. What has the name by then is kept under a name of its own.
pub fn put_back(world: &World, host: &HostName, run: &str, paths: &[String]) -> Result<(), Fault> {
    let asides: Vec<String> = paths.iter().map(|path| name(path, run)).collect();
    let beside = there(world, host, &asides)?;
    let back: Vec<String> =
        paths.iter().zip(beside).filter(|(_, there)| *there).map(|(path, _)| path.clone()).collect();
    keep_new(world, host, run, &back)?;
    let moves: Vec<_> = back.into_iter().map(|path| Restored { from: name(&path, run), to: path }).collect();
    rename(world, host, &moves)
}

/// Moves what has these names now to names of its own, where it is kept until `commit`.
pub fn keep_new(world: &World, host: &HostName, run: &str, paths: &[String]) -> Result<(), Fault> {
    let here = there(world, host, paths)?;
    let present: Vec<&String> = paths.iter().zip(here).filter(|(_, there)| *there).map(|(path, _)| path).collect();
    let news: Vec<String> = present.iter().map(|path| name_of_new(path, run)).collect();
    if let Some(at) = there(world, host, &news)?.iter().position(|taken| *taken) {
        return Err(both_there(present[at], &news[at]));
    }
    let moves: Vec<_> =
        present.into_iter().zip(news).map(|(path, new)| Restored { from: path.clone(), to: new }).collect();
    rename(world, host, &moves)
}

fn rename(world: &World, host: &HostName, files: &[Restored]) -> Result<(), Fault> {
    if files.is_empty() { Ok(()) } else { shell::script(world, host, &PlaceRestored { files }).map(drop) }
}

fn both_there(path: &str, new: &str) -> Fault {
    Fault::new(Kind::Stuck, "REC-034", format!("both {path} and {new} are there: neither is overwritten"))
        .hint("look which of them is wanted, and move the other one away")
}
