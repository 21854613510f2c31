//! `fault add|list|clear`: the site's file of faults.

use super::{
    args::FaultVerb,
    error::{During, SiteError},
    paths::Paths,
    plan::{SERVER, Site},
};
use crate::{
    context::Mode,
    fault::{self, Action, Fault},
};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Places that are not hosts.
const PARTS: [&str; 5] = ["manager", "sqlplus", "sql", "rman", "sbt"];

/// Runs one.
pub fn run(verb: &FaultVerb) -> Result<ExitCode, SiteError> {
    match verb {
        FaultVerb::Add { dir, place, matches, nth, action } => {
            let action = parse(action).map_err(|e| {
                SiteError::refused(e, "fail, fail=TEXT, hang, cut-before, cut-after, garble or slow=MS")
            })?;
            let file = file(dir, Some(place))?;
            let fault = Fault { id: 0, place: place.clone(), matches: matches.clone(), nth: *nth, seen: 0, action };
            println!("{}", fault::edit(&file, |all| add(all, fault)).at(&file)?);
        }
        FaultVerb::List { dir, json } => list(&file(dir, None)?, *json)?,
        FaultVerb::Clear { dir, id } => {
            let file = file(dir, None)?;
            let left = fault::edit(&file, |all| clear(all, *id)).at(&file)?;
            left.map_err(|id| {
                SiteError::refused(format!("there is no fault {id}"), "`ovmirror-lab fault list` shows them")
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn file(dir: &Path, place: Option<&str>) -> Result<PathBuf, SiteError> {
    let paths = Paths::of(dir).at(dir)?;
    let site = Site::read(&paths)?.ok_or_else(SiteError::no_site)?;
    if let Some(machine) = place.and_then(|p| site.machine(p)).filter(|_| site.mode == Mode::Xen) {
        let why = format!("{} is served by a real sshd in xen mode, which has no faults on purpose", machine.name);
        return Err(SiteError::refused(why, format!("one of {}, or --mode real", PARTS.join(", "))));
    }
    match place.filter(|p| !PARTS.contains(p) && site.machine(p).is_none()) {
        Some(place) => Err(SiteError::refused(
            format!("there is no place `{place}`"),
            format!("one of {}, or a host such as {SERVER}", PARTS.join(", ")),
        )),
        None => Ok(paths.faults()),
    }
}

fn add(all: &mut Vec<Fault>, mut fault: Fault) -> u32 {
    let id = all.iter().map(|f| f.id).max().unwrap_or(0) + 1;
    fault.id = id;
    all.push(fault);
    id
}

fn clear(all: &mut Vec<Fault>, id: Option<u32>) -> Result<(), u32> {
    let before = all.len();
    all.retain(|f| id.is_some_and(|id| f.id != id));
    match id {
        Some(id) if all.len() == before => Err(id),
        _ => Ok(()),
    }
}

fn list(file: &Path, as_json: bool) -> Result<(), SiteError> {
    let all = fault::edit(file, |all| all.clone()).at(file)?;
    if as_json {
        println!("{}", serde_json::json!({"schema": 1, "faults": all}));
        return Ok(());
    }
    for fault in all {
        let state = if fault.seen >= fault.nth { "spent" } else { "waits" };
        println!(
            "{} {} `{}` at command {} ({} seen, {state}): {:?}",
            fault.id, fault.place, fault.matches, fault.nth, fault.seen, fault.action
        );
    }
    Ok(())
}

fn parse(text: &str) -> Result<Action, String> {
    match text.split_once('=').unwrap_or((text, "")) {
        ("fail", what) => Ok(Action::Fail(what.to_owned())),
        ("hang", "") => Ok(Action::Hang),
        ("cut-before", "") => Ok(Action::CutBefore),
        ("cut-after", "") => Ok(Action::CutAfter),
        ("garble", "") => Ok(Action::Garble),
        ("slow", ms) => ms.parse().map(Action::Slow).map_err(|e| format!("slow={ms}: {e}")),
        _ => Err(format!("there is no action `{text}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("fail", Some(Action::Fail(String::new())))]
    #[case("fail=ORA-1=2", Some(Action::Fail("ORA-1=2".into())))]
    #[case("slow=250", Some(Action::Slow(250)))]
    #[case("cut-after", Some(Action::CutAfter))]
    #[case("slow=soon", None)]
    #[case("hang=1", None)]
    #[case("explode", None)]
    fn actions(#[case] text: &str, #[case] action: Option<Action>) {
        assert_eq!(parse(text).ok(), action);
    }

    #[test]
    fn numbers_are_not_used_twice_and_clearing_an_unknown_one_is_an_error() {
        let fault =
            || Fault { id: 0, place: "sql".into(), matches: String::new(), nth: 1, seen: 0, action: Action::Hang };
        let mut all = Vec::new();
        assert_eq!((add(&mut all, fault()), add(&mut all, fault())), (1, 2));
        assert_eq!(clear(&mut all, Some(1)), Ok(()));
        assert_eq!(add(&mut all, fault()), 3);
        assert_eq!(clear(&mut all, Some(1)), Err(1));
        assert_eq!(clear(&mut all, None), Ok(()));
        assert!(all.is_empty());
    }
}
