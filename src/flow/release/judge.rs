//! Whose a thing is: pure, from what the store knows and what was seen.

use super::thing::{Thing, What};
use crate::{
    catalog::Owners,
    model::{RunId, Tag, TagKind},
};
use std::collections::BTreeSet;

/// What is said of a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Somebody answers for it.
    Owned,
    /// Nobody does.
    Orphan,
    /// The store has not heard of its run, and it may be all that is left of a snapshot or of a recovery's way back.
    Unrecorded(Unknown),
    /// It cannot go now.
    Left(String),
}

/// What an unrecorded thing may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// `rebuild` brings it back.
    Snapshot,
    /// So does `rebuild`, where the rest of the snapshot is there.
    SnapshotDisk,
    /// Only the lost store could have used it.
    WayBack,
}

impl Unknown {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Snapshot => "a snapshot that the store does not know",
            Self::SnapshotDisk => "a disk of a snapshot that the store does not know",
            Self::WayBack => "the way back of a recovery that the store does not know",
        }
    }

    /// Whether `rebuild` may bring it back.
    #[must_use]
    pub const fn can_be_rebuilt(self) -> bool {
        !matches!(self, Self::WayBack)
    }
}

/// What was seen besides the thing itself.
#[derive(Debug, Default)]
pub struct Seen {
    /// Runs that the store has not heard of and whose way back lies somewhere.
    pub ways_back: BTreeSet<RunId>,
    /// Disks that are mapped otherwise than under our mark, with the Vm.
    pub mapped: Vec<(String, String)>,
    /// Names of the database's files; none where that could not be asked.
    pub files: Option<BTreeSet<String>>,
    /// Whether the name that a file lies beside is there.
    pub beside_itself: BTreeSet<String>,
}

/// Judges one thing.
#[must_use]
pub fn judge(owners: &Owners, seen: &Seen, thing: &Thing) -> Verdict {
    if owners.claim(&thing.run).is_some() {
        return Verdict::Owned;
    }
    match &thing.what {
        What::Clone { .. } => clone(owners, thing),
        What::Disk { id, .. } => disk(owners, seen, thing, id.as_str()),
        What::File { path } => marked(owners, seen, thing, path.file.tag().map(|tag| tag.kind)),
        What::Beside { path, of } => beside(owners, seen, thing, path, of),
        What::Control { path } if owners.came_along(&thing.run, path) => Verdict::Owned,
        What::Kept { .. } => marked(owners, seen, thing, Some(TagKind::Old)),
        What::Mapping { guest: None, .. } => {
            Verdict::Left("its Vm is no configured guest: whether it lets the disk go cannot be seen".to_owned())
        }
        What::Folder { guard: true } => Verdict::Left(
            "its guard lives: it ends backup mode by itself within window_limit and a minute; ask again then"
                .to_owned(),
        ),
        _ => Verdict::Orphan,
    }
}

fn clone(owners: &Owners, thing: &Thing) -> Verdict {
    match (owners.is_snapshot(&thing.run), owners.knows(&thing.run)) {
        (true, _) => Verdict::Owned,
        (false, true) => Verdict::Orphan,
        (false, false) => Verdict::Unrecorded(Unknown::Snapshot),
    }
}

fn disk(owners: &Owners, seen: &Seen, thing: &Thing, id: &str) -> Verdict {
    if owners.is_golden(id) {
        return Verdict::Owned;
    }
    if let Some((_, vm)) = seen.mapped.iter().find(|(disk, _)| disk == id) {
        return Verdict::Left(format!("{vm} maps it under another name than ours"));
    }
    // By its name, or (made on the server) by its file's.
    match Tag::in_name(&thing.name).or_else(|| Tag::in_name(id)) {
        Some((tag, copied)) if tag.kind == TagKind::Disk => golden_name(owners, thing, copied),
        Some((tag, _)) => marked(owners, seen, thing, Some(tag.kind)),
        None => Verdict::Left("its name carries no mark of ours any more".to_owned()),
    }
}

/// A disk that is named like a golden one: a copy that was cut off from its own name, or what is left of a snapshot.
fn golden_name(owners: &Owners, thing: &Thing, copied: bool) -> Verdict {
    match (owners.is_snapshot(&thing.run) || copied, owners.knows(&thing.run)) {
        (true, _) if owners.is_anything_unfinished() => Verdict::Owned,
        (_, true) => Verdict::Orphan,
        (_, false) => Verdict::Unrecorded(Unknown::SnapshotDisk),
    }
}

/// What an unknown recovery may need to go back stays.
fn marked(owners: &Owners, seen: &Seen, thing: &Thing, kind: Option<TagKind>) -> Verdict {
    let precious = match kind {
        Some(TagKind::Old | TagKind::Tape) => true,
        Some(TagKind::Disk | TagKind::Clone) => return golden_name(owners, thing, false),
        // A recovery that was taken back keeps what was worked on under this mark.
        Some(TagKind::Work) => seen.ways_back.contains(&thing.run),
        _ => false,
    };
    match precious && !owners.knows(&thing.run) {
        true => Verdict::Unrecorded(Unknown::WayBack),
        false => Verdict::Orphan,
    }
}

/// A file beside a name is deleted only where that name is there and the database has another one for it.
fn beside(owners: &Owners, seen: &Seen, thing: &Thing, path: &str, of: &str) -> Verdict {
    match &seen.files {
        None => Verdict::Left("the database does not answer, so whether it uses the file is not known".to_owned()),
        Some(files) if files.contains(path) => Verdict::Owned,
        Some(_) if !seen.beside_itself.contains(of) => {
            Verdict::Left(format!("{of} is not there: this may be its only copy"))
        }
        Some(_) => marked(owners, seen, thing, Some(TagKind::Old)),
    }
}

/// The runs that the store has not heard of and whose way back lies somewhere.
#[must_use]
pub fn ways_back(owners: &Owners, things: &[Thing]) -> BTreeSet<RunId> {
    let kept = |thing: &&Thing| match &thing.what {
        What::Kept { .. } | What::Beside { .. } => true,
        What::Disk { .. } | What::File { .. } => {
            Tag::in_name(&thing.name).is_some_and(|(tag, _)| tag.kind == TagKind::Old)
        }
        _ => false,
    };
    let unknown = things.iter().filter(kept).filter(|thing| !owners.knows(&thing.run));
    unknown.map(|thing| thing.run.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::{Claim, testing::owners},
        model::{HostName, ObjectId},
    };
    use rstest::rstest;

    const RUN: &str = "ORCL-20261121T204512-4f2a";
    const GOLDEN: &str = "golden.img";
    const PATH: &str = "/u02/a.dbf.ovm-ORCL-20261121T204512-4f2a";

    fn id(text: &str) -> ObjectId {
        ObjectId::new(text).unwrap()
    }

    fn thing(name: &str, what: What) -> Thing {
        let place = HostName::new("manager").unwrap();
        Thing { run: RunId::new(RUN).unwrap(), place, name: name.to_owned(), bytes: None, what }
    }

    fn named(kind: &str, disk: &str) -> Thing {
        thing(&format!("ovm.{RUN}.{kind}"), What::Disk { id: id(disk), repository: None })
    }

    fn clone_of_it() -> Thing {
        thing(&format!("ovm.{RUN}.clone"), What::Clone { id: id("0004fb") })
    }

    fn kept() -> Thing {
        thing("kept", What::Kept { path: format!("/u03/.ovmirror/kept/{RUN}") })
    }

    fn beside_name() -> Thing {
        thing(PATH, What::Beside { path: PATH.to_owned(), of: "/u02/a.dbf".to_owned() })
    }

    fn word(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Owned => "owned",
            Verdict::Orphan => "orphan",
            Verdict::Unrecorded(_) => "unrecorded",
            Verdict::Left(_) => "left",
        }
    }

    /// What the store of a lost one says: nothing.
    fn unknown() -> Owners {
        owners(&[], &[], &[])
    }

    fn ended() -> Owners {
        owners(&[RUN], &[], &[])
    }

    fn recorded() -> Owners {
        owners(&[RUN], &[RUN], &[GOLDEN])
    }

    #[rstest]
    #[case::golden_clone(recorded(), clone_of_it(), "owned")]
    #[case::golden_disk(recorded(), named("disk.2", GOLDEN), "owned")]
    #[case::a_copy_without_its_name(recorded(), named("disk.2 (1)", "copy.img"), "orphan")]
    #[case::a_copy_with_the_same_name(recorded(), named("disk.2", "copy.img"), "orphan")]
    #[case::half_clone_of_a_run_that_was_taken_back(ended(), clone_of_it(), "orphan")]
    #[case::clone_of_a_lost_store(unknown(), clone_of_it(), "unrecorded")]
    #[case::its_disk(unknown(), named("disk.2", GOLDEN), "unrecorded")]
    #[case::a_copy_of_it(unknown(), named("disk.2 (1)", "copy.img"), "unrecorded")]
    #[case::work_copy(ended(), named("work.2", "w.img"), "orphan")]
    #[case::work_copy_of_a_lost_store(unknown(), named("work.2", "w.img"), "orphan")]
    #[case::old_disk(ended(), named("old.2", "o.img"), "orphan")]
    #[case::old_disk_of_a_lost_store(unknown(), named("old.2", "o.img"), "unrecorded")]
    #[case::restored_disk_of_a_lost_store(unknown(), named("tape.2", "t.img"), "unrecorded")]
    #[case::kept_set(ended(), kept(), "orphan")]
    #[case::kept_set_of_a_lost_store(unknown(), kept(), "unrecorded")]
    #[case::renamed_meanwhile(ended(), thing("slot021_xvdc", What::Disk { id: id("x.img"), repository: None }), "left")]
    #[case::guard(unknown(), thing(RUN, What::Folder { guard: true }), "left")]
    #[case::folder(unknown(), thing(RUN, What::Folder { guard: false }), "orphan")]
    fn whose_a_thing_is(#[case] owners: Owners, #[case] thing: Thing, #[case] wanted: &str) {
        assert_eq!(word(&judge(&owners, &Seen::default(), &thing)), wanted);
    }

    #[rstest]
    #[case(Claim::Unfinished)]
    #[case(Claim::Extract)]
    #[case(Claim::Recovery)]
    #[case(Claim::Restored)]
    fn what_somebody_answers_for_is_owned(#[case] claim: Claim) {
        let owners = ended().claimed(RUN, claim);
        for thing in [clone_of_it(), named("work.2", "w.img"), kept(), beside_name()] {
            assert_eq!(judge(&owners, &Seen::default(), &thing), Verdict::Owned);
        }
    }

    /// On a disk that a recovery swapped in lies the copy of the control file that the golden copy carries.
    #[rstest]
    #[case::came_with_the_disk("/u02", "owned")]
    #[case::on_another_disk("/u03", "orphan")]
    #[case::at_a_longer_name("/u0", "orphan")]
    fn a_copy_that_came_with_a_recovery(#[case] point: &str, #[case] wanted: &str) {
        let path = format!("/u02/.ovmirror/{RUN}.ctl");
        let owners = recorded().swapped_in(RUN, point);
        assert_eq!(
            word(&judge(&owners, &Seen::default(), &thing(&path, What::Control { path: path.clone() }))),
            wanted
        );
    }

    #[test]
    fn a_golden_disk_is_never_an_orphan_whatever_its_name() {
        let owners = owners(&[RUN], &[], &[GOLDEN]);
        for kind in ["work.2", "old.2", "disk.2", "extract.2"] {
            assert_eq!(judge(&owners, &Seen::default(), &named(kind, GOLDEN)), Verdict::Owned, "{kind}");
        }
    }

    #[test]
    fn a_disk_that_production_maps_stays() {
        let seen = Seen { mapped: vec![("w.img".into(), "slot021".into())], ..Seen::default() };
        assert_eq!(word(&judge(&ended(), &seen, &named("work.2", "w.img"))), "left");
        assert_eq!(word(&judge(&ended(), &seen, &named("work.2", "other.img"))), "orphan");
    }

    #[test]
    fn a_copy_without_its_name_may_be_just_in_the_making() {
        let owners = recorded().claimed("ORCL-20261121T214512-0001", Claim::Unfinished);
        assert_eq!(judge(&owners, &Seen::default(), &named("disk.2 (1)", "copy.img")), Verdict::Owned);
    }

    #[test]
    fn a_lost_recoverys_work_stays_with_its_way_back() {
        let things = [named("work.2", "w.img"), kept()];
        let seen = Seen { ways_back: ways_back(&unknown(), &things), ..Seen::default() };
        assert_eq!(word(&judge(&unknown(), &seen, &things[0])), "unrecorded");
        assert!(ways_back(&ended(), &things).is_empty());
    }

    #[rstest]
    #[case::down(None, true, "left")]
    #[case::the_database_uses_it(Some(PATH), true, "owned")]
    #[case::the_only_copy(Some("/u02/b.dbf"), false, "left")]
    #[case::beside_its_name(Some("/u02/a.dbf"), true, "orphan")]
    fn a_file_beside_a_name(#[case] used: Option<&str>, #[case] there: bool, #[case] wanted: &str) {
        let files = used.map(|name| BTreeSet::from([name.to_owned()]));
        let beside_itself = if there { BTreeSet::from(["/u02/a.dbf".to_owned()]) } else { BTreeSet::new() };
        let seen = Seen { files, beside_itself, ..Seen::default() };
        assert_eq!(word(&judge(&ended(), &seen, &beside_name())), wanted);
    }
}
