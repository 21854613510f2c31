//! What is seen of a database whose control files are all lost: the instance in NOMOUNT, the machine, the logs on disk by
//! their names and headers, and for the rest the record of the snapshot.

use super::facts::{Facts, Seat, Snapshot};
use crate::{
    fault::{Fault, Kind},
    model::HostName,
    port::Rows,
    recovery::{
        Incarnation, Link, Path, Place,
        heads::{Head, LogName},
    },
    step::{
        World,
        gather::{self, Redo},
        sql as ask,
    },
    survey::{self, DbFacts, DbFile, FileKind, Parameters},
    text::sql,
};
use std::collections::BTreeMap;

/// More than a folder of archived logs holds.
const MOST: u64 = 100_000;

/// Everything that can be seen. The instance is started, without a database.
pub fn look(world: &World, seat: Seat, base: &Snapshot) -> Result<Facts, Fault> {
    let target = ask::production(&seat.site);
    let parameters = gather::parameters(world, &target, seat.release)?;
    let archive = archive_folder(world, &seat)?;
    let redo = redo(world, &seat, base, (&parameters, &archive))?;
    let db = database(base, parameters, (&archive, &redo.1));
    let host = gather::host_of(world, &seat.site.host, &db)?;
    Ok(Facts {
        mapped: seat.mapped,
        layout: survey::lay_out(&db, &host, &seat.vm),
        redo: redo.0,
        guards: gather::guards(world, &seat.site.host)?,
        site: seat.site,
        release: seat.release,
        was: seat.was,
        vm: seat.vm,
        host,
        db,
        lost: true,
        branch_end: None,
    })
}

/// V$ARCHIVE_DEST answers in NOMOUNT.
fn archive_folder(world: &World, seat: &Seat) -> Result<String, Fault> {
    let destinations = sql::FILES_ARCHIVE_DESTS.at(seat.release, &[])?;
    let rows = ask::ask(world, &ask::production(&seat.site), &[destinations])?;
    let named = |row: crate::port::Row<'_>| row.get("DESTINATION").map(|name| name.map(str::to_owned));
    let all = rows.iter().flat_map(Rows::iter).map(named).collect::<Result<Vec<_>, Fault>>()?;
    let folder = all.into_iter().flatten().find(|name| name.starts_with('/'));
    folder.map(|folder| folder.trim_end_matches('/').to_owned()).ok_or_else(|| {
        let text = "archived logs lie in no folder of their own: without a control file their names say nothing";
        Fault::new(Kind::User, "REC-093", text)
            .hint("set log_archive_dest_1 to a folder that holds copies of the logs, named by LOG_ARCHIVE_FORMAT")
            .on(&seat.site.host)
    })
}

/// The files by the parameters and the record.
fn database(base: &Snapshot, parameters: Parameters, (archive, members): (&str, &[String])) -> DbFacts {
    let then = &base.layout.surveyed;
    let named = |kind: FileKind| move |path: String| DbFile { kind, path };
    let data = then.datafiles.iter().map(|file| file.name.clone()).map(named(FileKind::Data));
    let control = control_places(&parameters).into_iter().map(named(FileKind::Control));
    let redo = members.iter().cloned().map(named(FileKind::Redo));
    let spfile = parameters.get("spfile").filter(|path| path.starts_with('/')).cloned();
    let files =
        data.chain(control).chain(redo).chain(std::iter::once(archive.to_owned()).map(named(FileKind::Archive)));
    DbFacts {
        identity: then.identity.clone(),
        datafiles: then.datafiles.clone(),
        files: files.chain(spfile.map(named(FileKind::Parameter))).collect(),
        active: Vec::new(),
        rman_sessions: 0,
        parameters,
        closed_containers: then.closed_containers.clone(),
    }
}

/// CONTROL_FILES is a list.
pub fn control_places(parameters: &Parameters) -> Vec<String> {
    let list = parameters.get("control_files").map(String::as_str).unwrap_or_default();
    let names = list.split(',').map(|name| name.trim().trim_matches('\'').to_owned());
    names.filter(|name| name.starts_with('/')).collect()
}

/// The redo that is there, and which files of online redo are.
fn redo(
    world: &World,
    seat: &Seat,
    base: &Snapshot,
    (parameters, archive): (&Parameters, &str),
) -> Result<(Redo, Vec<String>), Fault> {
    let identity = &base.layout.surveyed.identity;
    let one = Incarnation {
        number: 1,
        prior: 0,
        resetlogs: identity.resetlogs_change,
        time: identity.resetlogs_time.clone(),
        current: true,
    };
    let mut links = on_disk(world, &seat.site.host, base, (parameters, archive))?;
    let online = heads(world, &seat.site.host, base, &base.layout.redo, Place::Member)?;
    let there = online.iter().filter_map(|link| if let Place::Member(path) = &link.place { Some(path) } else { None });
    let there = there.cloned().collect();
    links.extend(online);
    let redo = Redo {
        path: Path::alone(one),
        links,
        members: BTreeMap::new(),
        unrecoverable: Vec::new(),
        now: String::new(),
        scn: crate::model::Scn::default(),
    };
    Ok((redo, there))
}

/// Archived logs of the snapshot's incarnation that lie in the folder, whether a control file knows them or not.
pub fn on_disk(
    world: &World,
    host: &HostName,
    base: &Snapshot,
    (parameters, archive): (&Parameters, &str),
) -> Result<Vec<Link>, Fault> {
    let all = gather::other_files(world, host, &[archive.to_owned()], MOST)?;
    heads(world, host, base, &of_incarnation(parameters, base, &all)?, Place::Archived)
}

/// Archived logs of the snapshot's incarnation, from its beginning on, since an older snapshot may have to serve: %r of
/// LOG_ARCHIVE_FORMAT tells them apart.
fn of_incarnation(parameters: &Parameters, base: &Snapshot, all: &[String]) -> Result<Vec<String>, Fault> {
    let format = parameters.get("log_archive_format").map(String::as_str).unwrap_or_default();
    let name = |path: &str| LogName::parse(format, path.rsplit('/').next().unwrap_or(path));
    let first = base.layout.logs.first().and_then(|log| name(&log.file)).ok_or_else(|| {
        let text = format!(
            "the kept logs of {} are not named by LOG_ARCHIVE_FORMAT = {format} with %s and %r",
            base.record.id
        );
        Fault::new(Kind::User, "REC-094", text)
            .cause("without a control file their names alone tell to which incarnation archived logs belong")
            .hint("set log_archive_format to what it was when the snapshot was made")
    })?;
    let wanted = |path: &&String| name(path).is_some_and(|one| one.resetlogs_id == first.resetlogs_id);
    Ok(all.iter().filter(wanted).cloned().collect())
}

/// Logs by what their headers say; one that says nothing is none.
fn heads(
    world: &World,
    host: &HostName,
    base: &Snapshot,
    paths: &[String],
    place: impl Fn(String) -> Place,
) -> Result<Vec<Link>, Fault> {
    let shown = gather::log_heads(world, host, paths)?;
    let link = |(path, shown): (&String, gather::LogHead)| {
        let (head, bytes) = (Head::parse(&shown.text)?, shown.bytes?);
        Some(Link {
            thread: head.thread,
            sequence: head.sequence,
            resetlogs: base.record.resetlogs_change,
            resetlogs_time: base.layout.surveyed.identity.resetlogs_time.clone(),
            first: head.first,
            next: head.next,
            from_time: String::new(),
            to_time: None,
            bytes,
            place: place(path.clone()),
        })
    };
    Ok(paths.iter().zip(shown).filter_map(link).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("/u03/a.ctl, /u04/b.ctl", &["/u03/a.ctl", "/u04/b.ctl"])]
    #[case("'/u03/a.ctl','/u04/b.ctl'", &["/u03/a.ctl", "/u04/b.ctl"])]
    #[case("+DATA/x, /u03/a.ctl", &["/u03/a.ctl"])]
    #[case("", &[])]
    fn control_files_is_a_list(#[case] value: &str, #[case] wanted: &[&str]) {
        let parameters = Parameters::from([("control_files".to_owned(), value.to_owned())]);
        assert_eq!(control_places(&parameters), wanted);
    }
}
