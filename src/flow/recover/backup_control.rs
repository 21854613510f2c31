//! Media recovery with the snapshot's control file. It finds archived logs by their names; of what is not archived it
//! knows nothing, so each file of online redo that holds the log is offered, one after the other. Files that redo adds to
//! the control file have no name there: they get the one they had, and recovery goes on.

use super::{
    added, apply,
    params::{AddedFile, RecoverParams, SnapshotControl},
    read_only,
};
use crate::{
    driver::{
        oracle_codes,
        sqlplus::{Stood, stood},
    },
    engine::Cx,
    fault::{Fault, Kind},
    model::Scn,
    port::{Event, Row, Rows},
    recovery::heads::Head,
    step::{World, gather, sql as ask},
    text::{self, sql, sqlplus},
};
use std::collections::BTreeSet;

/// Each log that is offered, each file that is named and each look at the archived ones is an attempt.
const ATTEMPTS: usize = 200;

/// The log that recovery stands at: what was offered for it.
#[derive(Default)]
struct Offers {
    sequence: u64,
    refused: BTreeSet<String>,
}

/// Applies everything up to the target.
pub fn recover(cx: &Cx<'_, World>, p: &RecoverParams, control: &SnapshotControl) -> Result<(), Fault> {
    let offline = read_only::offline(p)?;
    if !offline.is_empty() {
        ask::ask(cx.world, &ask::production(&p.site), &offline)?;
    }
    let (mut offers, mut offer) = (Offers::default(), None);
    for _ in 0..ATTEMPTS {
        let offered: Option<String> = offer.take();
        match attempt(cx, p, offered.as_deref())? {
            Stood::Complete => return Ok(()),
            // The log that was read is asked for again.
            Stood::Unnamed(files) => name_them(cx, p, &files)?,
            // What was offered is applied, and behind it there may be archived logs again.
            Stood::Asked { sequence, .. } if offered.is_some() && offers.sequence != sequence => {}
            Stood::Asked { change, sequence } => {
                match offered {
                    None => offers = Offers { sequence, refused: BTreeSet::new() },
                    Some(path) => _ = offers.refused.insert(path),
                }
                let mut found = holding(cx, p, control, (sequence, change))?.into_iter();
                let next = found.find(|path| !offers.refused.contains(path));
                offer = Some(next.ok_or_else(|| nothing_holds(p, change, &offers))?);
            }
        }
    }
    Err(Fault::new(Kind::Stuck, "REC-028", format!("media recovery was tried {ATTEMPTS} times"))
        .hint("recover by hand: the files are in their places"))
}

fn attempt(cx: &Cx<'_, World>, p: &RecoverParams, log: Option<&str>) -> Result<Stood, Fault> {
    if let Some(log) = log {
        cx.monitor.tell(&Event::Note(format!("{log} is offered to the recovery")));
    }
    let body = script(p, log.unwrap_or_default())?;
    let printed = apply::printed(cx, p, &body, p.logs)?;
    let name = body.lines().next().unwrap_or_default();
    stood(name, &printed).map_err(|e| oracle_codes::explain(&e).on(&p.site.host))
}

fn script(p: &RecoverParams, log: &str) -> Result<String, Fault> {
    // AUTOMATIC would not ask.
    let recover = sqlplus::Recover { automatic: log.is_empty(), backup_controlfile: true, ..apply::to(&p.until) };
    text::render(&sqlplus::RecoverOffer { recover: &text::render(&recover)?, log })
}

/// What would be sent: first what recovery finds by itself, then each file that holds what it asks for.
pub fn preview(p: &RecoverParams, control: &SnapshotControl) -> Result<Vec<String>, Fault> {
    let mut lines = super::preview::texts(&read_only::offline(p)?)?;
    lines.push(script(p, "")?);
    lines.extend(control.members.first().map(|member| script(p, member)).transpose()?);
    Ok(lines)
}

/// Files that hold this change by what their headers say, and archived logs of that sequence under other names.
fn holding(
    cx: &Cx<'_, World>,
    p: &RecoverParams,
    control: &SnapshotControl,
    (sequence, change): (u64, Scn),
) -> Result<Vec<String>, Fault> {
    let heads = gather::log_heads(cx.world, &p.site.host, &control.members)?;
    let members = control.members.iter().zip(heads).filter(|(_, head)| holds(&head.text, sequence, change));
    let archived = control.archived.iter().filter(|(one, _)| *one == sequence);
    Ok(members.map(|(path, _)| path).chain(archived.map(|(_, path)| path)).cloned().collect())
}

fn holds(head: &str, sequence: u64, change: Scn) -> bool {
    Head::parse(head).is_some_and(|head| {
        head.sequence == sequence && head.first <= change && head.next.is_none_or(|next| change < next)
    })
}

fn nothing_holds(p: &RecoverParams, change: Scn, offers: &Offers) -> Fault {
    let text =
        format!("recovery asks for the log of sequence {}, change {change}, and no file holds it", offers.sequence);
    let fault = Fault::new(Kind::External, "REC-095", text).on(&p.site.host);
    let fault = offers.refused.iter().fold(fault, |fault, path| fault.cause(format!("{path} was offered and refused")));
    fault
        .hint("restore the log into the archive destination (RMAN: RESTORE ARCHIVELOG), then try again")
        .hint(format!("or recover to what there is: --to scn={change}"))
}

/// A file's number, the name it has in the control file, and the one it gets.
type Naming = (u64, String, Option<String>);

/// Gives files that redo added the names they had. What lies there is never overwritten (law 4).
fn name_them(cx: &Cx<'_, World>, p: &RecoverParams, told: &[(u64, String)]) -> Result<(), Fault> {
    let (target, release) = (ask::production(&p.site), p.release()?);
    let rows = ask::ask(cx.world, &target, &[sql::FILES_DATA.at(release, &[])?])?;
    let unnamed = rows.iter().flat_map(Rows::iter).filter_map(|row| unnamed(row).transpose());
    let unnamed: Vec<(u64, String)> = unnamed.collect::<Result<_, Fault>>()?;
    let no_name_of = |file: &(u64, String)| no_name(p, format!("datafile {}, known as {}", file.0, file.1));
    let name = |file: (u64, String)| naming(&p.added, told, &file).ok_or_else(|| no_name_of(&file));
    let names = unnamed.into_iter().map(name).collect::<Result<Vec<Naming>, Fault>>()?;
    if names.is_empty() {
        return Err(no_name(p, "which one is not shown".to_owned()));
    }
    for (_, known_as, name) in names {
        let name = name.map(|name| free(cx, p, name)).transpose()?;
        cx.monitor.tell(&Event::Note(format!("redo adds {}", name.as_deref().unwrap_or("a file that Oracle names"))));
        ask::ask(cx.world, &target, &[added::named(release, &known_as, name.as_deref())?])?;
    }
    Ok(())
}

/// `…/UNNAMED00007` in V$DATAFILE (Backup and Recovery User's Guide).
fn unnamed(row: Row<'_>) -> Result<Option<(u64, String)>, Fault> {
    let (number, name) = (row.number("FILE#")?, row.text("NAME")?);
    let is = name.rsplit('/').next().is_some_and(|last| last.starts_with("UNNAMED"));
    Ok(is.then(|| (number, name.to_owned())))
}

/// The name that recovery told, else the one that the present control file had.
fn naming(added: &[AddedFile], told: &[(u64, String)], (number, known_as): &(u64, String)) -> Option<Naming> {
    let told = told.iter().find(|(one, name)| one == number && name != known_as).map(|(_, name)| name);
    let planned = added.iter().find(|file| file.number == *number).map(|file| &file.name);
    let name = told.or(planned)?;
    Some((*number, known_as.clone(), (!added::is_managed(name)).then(|| name.clone())))
}

/// Where something lies under that name, the run's mark makes another one of it.
fn free(cx: &Cx<'_, World>, p: &RecoverParams, name: String) -> Result<String, Fault> {
    let there = gather::places(cx.world, &p.site.host, std::slice::from_ref(&name))?;
    if there.iter().all(Option::is_none) {
        return Ok(name);
    }
    let other = format!("{name}.ovm-{}", cx.run);
    cx.monitor.tell(&Event::Note(format!("{name} is there and stays: the recovered file is {other}")));
    Ok(other)
}

fn no_name(p: &RecoverParams, which: String) -> Fault {
    let text = format!("redo adds a file to the control file whose name is not known: {which}");
    Fault::new(Kind::External, "REC-096", text)
        .hint("recover to a point before it was added, or by hand: ALTER DATABASE CREATE DATAFILE, then RECOVER")
        .on(&p.site.host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::current("Thread 0001, Seq# 0000000004, SCN 0x000a-0xffff", 4, 11, true)]
    #[case::of_another_sequence("Thread 0001, Seq# 0000000005, SCN 0x000a-0xffff", 4, 11, false)]
    #[case::of_another_incarnation("Thread 0001, Seq# 0000000004, SCN 0x00ff-0xffff", 4, 11, false)]
    #[case::behind_its_end("Thread 0001, Seq# 0000000004, SCN 0x000a-0x000b", 4, 11, false)]
    #[case::silent("", 4, 11, false)]
    fn a_member_is_offered_where_its_header_holds_the_change(
        #[case] head: &str,
        #[case] sequence: u64,
        #[case] change: u64,
        #[case] wanted: bool,
    ) {
        assert_eq!(holds(head, sequence, Scn::new(change)), wanted);
    }

    const UNNAMED: &str = "/u01/home/dbs/UNNAMED00007";

    fn named(told: &[(u64, &str)], planned: &[(u64, &str)]) -> Option<Option<String>> {
        let told: Vec<(u64, String)> = told.iter().map(|(number, name)| (*number, (*name).to_owned())).collect();
        let added = |(number, name): &(u64, &str)| AddedFile {
            number: *number,
            name: (*name).to_owned(),
            managed: false,
            swapped: true,
        };
        let added: Vec<AddedFile> = planned.iter().map(added).collect();
        naming(&added, &told, &(7, UNNAMED.to_owned())).map(|(_, _, name)| name)
    }

    #[test]
    fn a_file_without_a_name_gets_the_one_it_had() {
        let wanted = |name: &str| Some(Some(name.to_owned()));
        assert_eq!(named(&[(7, "/u02/a.dbf")], &[]), wanted("/u02/a.dbf"));
        assert_eq!(named(&[], &[(8, "/u02/b.dbf"), (7, "/u02/a.dbf")]), wanted("/u02/a.dbf"));
        assert_eq!(named(&[(7, UNNAMED)], &[(7, "/u02/a.dbf")]), wanted("/u02/a.dbf"), "no name was told");
        assert_eq!(named(&[(7, "/u02/ORCL/datafile/o1_mf_a_x1_.dbf")], &[]), Some(None), "Oracle names it");
        assert_eq!(named(&[(8, "/u02/b.dbf")], &[]), None, "nothing is guessed");
    }
}
