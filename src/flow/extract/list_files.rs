//! What lies below a path of the snapshot.

use super::{ExtractParams, mount_read_only::MountReadOnly};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    step::{World, folder, shell},
    text::sh,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct ListFiles {
    pub p: Arc<ExtractParams>,
    pub path: String,
}

/// More than so many are no list for people, nor for a journal.
const MOST: u64 = 10_000;

/// A file or folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// As the database's machine knows it.
    pub path: String,
    /// `regular file`, `directory` … (stat(1)).
    pub kind: String,
    /// Size.
    pub bytes: u64,
    /// Last change of its content.
    pub changed: DateTime<Utc>,
    /// User and group.
    pub owner: String,
}

impl Entry {
    /// `entry KIND|SECONDS|BYTES|OWNER|NAME`, the name as it is below the mount point.
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.splitn(5, '|');
        let (kind, seconds) = (fields.next()?.to_owned(), fields.next()?.parse().ok()?);
        let (bytes, owner) = (fields.next()?.parse().ok()?, fields.next()?.to_owned());
        let path = fields.next()?.to_owned();
        Some(Self { path, kind, bytes, changed: DateTime::from_timestamp(seconds, 0)?, owner })
    }

    fn at_production(self, p: &ExtractParams, point: &str) -> Self {
        let inside = self.path.strip_prefix(point.trim_end_matches('/')).unwrap_or(&self.path);
        Self { path: format!("{}{inside}", p.unit.target.trim_end_matches('/')), ..self }
    }
}

impl ListFiles {
    fn list(&self, cx: &Cx<'_, World>, point: &str) -> Result<Ran<Vec<Entry>>, Fault> {
        let (host, path) = (&self.p.guest.host, self.p.below(point, &self.path));
        let printed =
            shell::script_within(cx.world, host, &sh::FileTree { path: &path, most: MOST }, cx.world.limits.clone)?;
        match printed.lines().last() {
            Some("absent") => return Err(absent(&self.p, &self.path)),
            Some("more") => return Err(too_many(&self.path)),
            Some("end") => {}
            _ => return Err(folder::not_understood(host, &printed)),
        }
        let lines = printed.lines().filter(|line| *line != "end" && !line.starts_with("closed "));
        let entry = |line: &str| line.strip_prefix("entry ").and_then(Entry::parse);
        let entries = lines.map(|line| entry(line).ok_or_else(|| folder::not_understood(host, line)));
        let all = entries.map(|entry| Ok(entry?.at_production(&self.p, point))).collect::<Result<_, Fault>>()?;
        let closed: Vec<&str> = printed.lines().filter_map(|line| line.strip_prefix("closed ")).collect();
        Ok(match closed.as_slice() {
            [] => Ran::Done(all),
            closed => Ran::Warned(all, format!("the user of {host} may not look into {}", closed.join(", "))),
        })
    }
}

/// The fault of a path that the snapshot does not have.
pub fn absent(p: &ExtractParams, path: &str) -> Fault {
    Fault::new(Kind::User, "EXT-005", format!("snapshot {} has no {path}", p.snapshot))
        .hint_command("see what it has", format!("ovmirror extract {} --list --path {}", p.snapshot, p.unit.target))
}

fn too_many(path: &str) -> Fault {
    Fault::new(Kind::User, "EXT-006", format!("there are more than {MOST} files below {path}"))
        .hint("name a folder below it with --path, or mount the snapshot with --at DIR")
}

impl Step<World> for ListFiles {
    const KIND: &'static str = "list_files";
    const UNDO: UndoPolicy = UndoPolicy::Nothing { because: "looking leaves no effect to take back" };
    type Out = Vec<Entry>;

    fn describe(&self) -> String {
        format!("list {} as the snapshot has it", self.path)
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Vec<Entry>>, Fault> {
        self.list(cx, &cx.out::<MountReadOnly>()?)
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Vec<Entry>>, Fault> {
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Vec<Entry>>) -> Result<(), Fault> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn an_entry_is_told_by_its_name_at_production() {
        let entry = Entry::parse("regular file|1795000000|8192|oracle:oinstall|/mnt/x/oradata/a|b.dbf").unwrap();
        assert_eq!((entry.bytes, entry.path.as_str()), (8192, "/mnt/x/oradata/a|b.dbf"));
        assert_eq!(entry.changed.to_rfc3339(), "2026-11-18T08:26:40+00:00");
    }

    #[rstest]
    #[case("regular file|soon|8192|oracle:oinstall|/x")]
    #[case("regular file|1795000000|8192|/x")]
    #[case("")]
    fn what_is_cut_or_strange_is_refused(#[case] line: &str) {
        assert_eq!(Entry::parse(line), None);
    }
}
