//! Paths in a repository, made only of checked parts: nothing else is ever sent to a server.

use super::error::Dom0Error;
use crate::model::{ObjectId, Tag};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where repositories are mounted on a server.
const ROOT: &str = "/OVS/Repositories";

/// A folder of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Folder {
    /// The images of virtual disks; the file's name is the disk's id.
    VirtualDisks,
    /// A folder of VM configurations.
    VirtualMachines,
    /// A folder of template configurations.
    Templates,
    /// Not the manager's: where a swap keeps the old disks (the papers' `../snapshots`).
    Snapshots,
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::VirtualDisks => "VirtualDisks",
            Self::VirtualMachines => "VirtualMachines",
            Self::Templates => "Templates",
            Self::Snapshots => "snapshots",
        })
    }
}

/// A file's name: letters, digits and `. _ - :`, first a letter or digit, at most 120 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileName(String);

impl FileName {
    /// Checks a name.
    pub fn new(text: &str) -> Result<Self, Dom0Error> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':');
        let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if begins && text.len() <= 120 && text.chars().all(allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(Dom0Error::BadName { given: text.to_owned() })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The mark it carries, if it is ours.
    #[must_use]
    pub fn tag(&self) -> Option<Tag> {
        self.0.strip_suffix(".img").unwrap_or(&self.0).parse().ok()
    }
}

impl TryFrom<String> for FileName {
    type Error = Dom0Error;
    fn try_from(text: String) -> Result<Self, Dom0Error> {
        Self::new(&text)
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A file in a folder of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepoPath {
    /// The repository.
    pub repository: ObjectId,
    /// The folder.
    pub folder: Folder,
    /// The file.
    pub file: FileName,
}

impl RepoPath {
    /// The image of a virtual disk. Its file's name is its id.
    pub fn disk(repository: &ObjectId, disk: &ObjectId) -> Result<Self, Dom0Error> {
        let file = FileName::new(disk.as_str())?;
        Ok(Self { repository: repository.clone(), folder: Folder::VirtualDisks, file })
    }

    /// A file of ours: its name is its tag, since an id in the manager's own form cannot be made up.
    pub fn tagged(repository: &ObjectId, folder: Folder, tag: &Tag) -> Result<Self, Dom0Error> {
        Ok(Self { repository: repository.clone(), folder, file: FileName::new(&tag.to_string())? })
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", folder_path(&self.repository, self.folder), self.file)
    }
}

/// The path of a folder.
pub(super) fn folder_path(repository: &ObjectId, folder: Folder) -> String {
    format!("{ROOT}/{repository}/{folder}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("0004fb00001200009d2574fd9b824a84.img", true)]
    #[case("slot021_xvdc", true)]
    #[case("ovm.ORCL-20261121T204512-4f2a.work.2", true)]
    #[case("", false)]
    #[case(".", false)]
    #[case("..", false)]
    #[case("../etc/passwd", false)]
    #[case("a/b", false)]
    #[case("-rf", false)]
    #[case("a b", false)]
    #[case("a;b", false)]
    #[case("$(id)", false)]
    #[case("a\nb", false)]
    #[case("'", false)]
    #[case("Datenträger", false)]
    fn file_names(#[case] text: &str, #[case] good: bool) {
        assert_eq!(FileName::new(text).is_ok(), good, "{text}");
        assert!(FileName::new(&"a".repeat(300)).is_err());
    }

    #[test]
    fn paths() {
        let repository = ObjectId::new("0004fb00000300001e4ee7d261313647").unwrap();
        let disk = RepoPath::disk(&repository, &ObjectId::new("slot021_xvdc").unwrap()).unwrap();
        assert_eq!(disk.to_string(), "/OVS/Repositories/0004fb00000300001e4ee7d261313647/VirtualDisks/slot021_xvdc");
        assert!(disk.file.tag().is_none());
        let tag: Tag = "ovm.ORCL-20261121T204512-4f2a.old.2".parse().unwrap();
        let old = RepoPath::tagged(&repository, Folder::Snapshots, &tag).unwrap();
        assert!(old.to_string().ends_with("/snapshots/ovm.ORCL-20261121T204512-4f2a.old.2"));
        assert_eq!(old.file.tag(), Some(tag));
    }
}
