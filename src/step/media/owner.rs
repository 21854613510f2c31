//! Whose instance runs under the clone's SID. Only one that is shown to be this run's is ever ended (law 8); what cannot
//! be told is left alone (law 14).

use crate::{
    fault::{Fault, HEAL, Kind},
    model::RunId,
    port::{Rows, SqlTarget},
    step::{World, gather, params::CloneParams, sql as ask},
    text::{Release, sql},
};

/// Whose it is.
#[derive(Debug, PartialEq, Eq)]
pub enum Owner {
    /// This run's: its control file, or the values that only its pfile has.
    Run,
    /// Nobody's: none runs.
    Nobody,
}

/// Looks; a fault where it is somebody else's or cannot be told.
pub fn owner(world: &World, p: &CloneParams, folder: &str) -> Result<Owner, Fault> {
    if !gather::host(world, &p.media.host)?.instances.contains(&p.site.sid) {
        return Ok(Owner::Nobody);
    }
    let release = p.release()?;
    let control = ask::ask(world, &p.target(), &[sql::FILES_CONTROL.at(release, &[])?]);
    match by_control_file(p, folder, control)? {
        Some(told) => Ok(told),
        None => by_parameters(p, folder, ask::ask(world, &p.target(), &[sql::DATABASE_PARAMETERS.at(release, &[])?])),
    }
}

/// The control file of a mounted instance. `None`: below MOUNT, where V$CONTROLFILE is empty or ends with ORA-01507.
fn by_control_file(p: &CloneParams, folder: &str, answer: Result<Vec<Rows>, Fault>) -> Result<Option<Owner>, Fault> {
    let rows = match answer {
        Ok(rows) => rows,
        Err(fault) if fault.code == "ORA-01034" => return Ok(Some(Owner::Nobody)),
        Err(fault) if fault.code == "ORA-01507" => return Ok(None),
        Err(fault) => return Err(unclear(p, &fault)),
    };
    let mut found = None;
    for row in rows.iter().flat_map(Rows::iter) {
        let name = row.text("NAME")?;
        if !lies_in(name, folder) {
            return Err(foreign(p, &format!("has mounted {name}")));
        }
        found = Some(Owner::Run);
    }
    Ok(found)
}

/// The run whose own control file an instance has mounted, or was started with: it lies in that run's folder below `base`
/// (`~/.ovmirror`). None: it is somebody else's, or none runs.
pub fn marked(world: &World, target: &SqlTarget, release: Release, base: &str) -> Result<Option<RunId>, Fault> {
    let control = ask::ask(world, target, &[sql::FILES_CONTROL.at(release, &[])?]);
    let mounted = match control {
        Ok(rows) => texts(&rows, "NAME")?,
        Err(fault) if fault.code == "ORA-01034" => return Ok(None),
        Err(fault) if fault.code == "ORA-01507" => Vec::new(),
        Err(fault) => return Err(fault),
    };
    if !mounted.is_empty() {
        return Ok(one_run(&mounted, base));
    }
    let rows = ask::ask(world, target, &[sql::DATABASE_PARAMETERS.at(release, &[])?])?;
    Ok(one_run(&[parameter(&rows, "control_files")], base))
}

fn texts(rows: &[Rows], column: &str) -> Result<Vec<String>, Fault> {
    rows.iter().flat_map(Rows::iter).map(|row| Ok(row.text(column)?.to_owned())).collect()
}

/// The one run in whose folder all of these lie.
fn one_run(names: &[String], base: &str) -> Option<RunId> {
    let run = |name: &String| {
        let (run, _) = name.strip_prefix(base)?.strip_prefix('/')?.split_once('/')?;
        RunId::new(run).ok()
    };
    let first = run(names.first()?)?;
    names.iter().all(|name| run(name).as_ref() == Some(&first)).then_some(first)
}

fn parameter(rows: &[Rows], name: &str) -> String {
    let row = rows.iter().flat_map(Rows::iter).find(|row| row.get("NAME") == Ok(Some(name)));
    row.and_then(|row| row.get("VALUE").ok().flatten()).unwrap_or_default().to_owned()
}

/// The parameters of an instance in NOMOUNT: this run's pfile alone names a control file in the run's folder.
fn by_parameters(p: &CloneParams, folder: &str, answer: Result<Vec<Rows>, Fault>) -> Result<Owner, Fault> {
    let rows = match answer {
        Ok(rows) => rows,
        Err(fault) if fault.code == "ORA-01034" => return Ok(Owner::Nobody),
        Err(fault) => return Err(unclear(p, &fault)),
    };
    let (control, unique) = (parameter(&rows, "control_files"), parameter(&rows, "db_unique_name"));
    if lies_in(&control, folder) && unique.eq_ignore_ascii_case(&p.unique_name()) {
        return Ok(Owner::Run);
    }
    Err(foreign(p, &format!("was started with db_unique_name = {unique}, control_files = {control}")))
}

fn lies_in(name: &str, folder: &str) -> bool {
    name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn foreign(p: &CloneParams, what: &str) -> Fault {
    let text = format!("the instance {} on {} {what}: it is not this run's", p.site.sid, p.media.name);
    Fault::new(Kind::Stuck, "OFF-009", text)
        .hint_command("it is left alone; who started it? When it is down", HEAL)
        .on(&p.media.host)
}

fn unclear(p: &CloneParams, fault: &Fault) -> Fault {
    let text = format!("whose instance {} on {} is cannot be told: {fault}", p.site.sid, p.media.name);
    Fault::new(Kind::Stuck, "OFF-021", text)
        .hint_command("it is left alone; look at it with sqlplus, shut it down if it is the clone's, then", HEAL)
        .retry(fault.retry)
        .on(&p.media.host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::params::testing::offload;
    use rstest::rstest;

    const FOLDER: &str = "/home/oracle/.ovmirror/ORCL-20261121T204512-4f2a";

    fn rows(columns: &[&str], rows: &[&[&str]]) -> Vec<Rows> {
        let text = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let rows = rows.iter().map(|row| text(row).into_iter().map(Some).collect()).collect();
        vec![Rows { columns: text(columns), rows }]
    }

    fn error(code: &str) -> Result<Vec<Rows>, Fault> {
        Err(Fault::new(Kind::External, code, "the vendor's text"))
    }

    fn mounted(name: &str) -> Result<Vec<Rows>, Fault> {
        Ok(rows(&["NAME"], &[&[name]]))
    }

    #[rstest]
    #[case::ours(mounted(&format!("{FOLDER}/clone.ctl")), Some(Owner::Run))]
    #[case::no_rows(Ok(rows(&["NAME"], &[])), None)]
    #[case::not_mounted(error("ORA-01507"), None)]
    #[case::down(error("ORA-01034"), Some(Owner::Nobody))]
    fn a_control_file_tells(#[case] answer: Result<Vec<Rows>, Fault>, #[case] whose: Option<Owner>) {
        assert_eq!(by_control_file(&offload(), FOLDER, answer), Ok(whose));
    }

    #[rstest]
    #[case::on_a_mount_of_production(mounted("/u02/oradata/control01.ctl"), "OFF-009")]
    #[case::of_another_run(mounted(&format!("{FOLDER}x/clone.ctl")), "OFF-009")]
    #[case::refused(error("ORA-01031"), "OFF-021")]
    #[case::lost(error("SSH-004"), "OFF-021")]
    fn what_is_not_shown_to_be_ours_is_left_alone(#[case] answer: Result<Vec<Rows>, Fault>, #[case] code: &str) {
        let fault = by_control_file(&offload(), FOLDER, answer).unwrap_err();
        assert_eq!((fault.kind, fault.code.as_str()), (Kind::Stuck, code));
    }

    #[rstest]
    #[case::ours(&["/h/.ovmirror/ORCL-20261121T204512-4f2a/clone.ctl"], true)]
    #[case::productions(&["/u03/control01.ctl"], false)]
    #[case::one_of_two(&["/h/.ovmirror/ORCL-20261121T204512-4f2a/clone.ctl", "/u03/control02.ctl"], false)]
    #[case::no_run(&["/h/.ovmirror/kept/clone.ctl"], false)]
    #[case::another_home(&["/home/x/.ovmirror/ORCL-20261121T204512-4f2a/clone.ctl"], false)]
    #[case::none(&[], false)]
    fn an_instance_is_named_by_its_control_files_alone(#[case] names: &[&str], #[case] ours: bool) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let wanted = ours.then(|| RunId::new("ORCL-20261121T204512-4f2a").unwrap());
        assert_eq!(one_run(&names, "/h/.ovmirror"), wanted);
    }

    fn parameters(control: &str, unique: &str) -> Result<Vec<Rows>, Fault> {
        Ok(rows(&["NAME", "VALUE"], &[&["control_files", control], &["db_unique_name", unique]]))
    }

    #[test]
    fn the_runs_own_pfile_tells_in_nomount() {
        let ours = format!("{FOLDER}/clone.ctl");
        let told = |control: &str, unique: &str| by_parameters(&offload(), FOLDER, parameters(control, unique));
        assert_eq!(told(&ours, "ORCL_SM"), Ok(Owner::Run));
        assert_eq!(told(&ours, "ORCL").unwrap_err().code, "OFF-009");
        assert_eq!(told("/u02/control01.ctl", "ORCL_SM").unwrap_err().code, "OFF-009");
        assert_eq!(told("", "").unwrap_err().code, "OFF-009");
    }
}
