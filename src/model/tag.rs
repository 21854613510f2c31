//! What we make outside carries our mark: `ovm.<run>.<kind>[.<key>]`. One function builds it, one parses it.

use super::RunId;
use std::{fmt, str::FromStr};

/// What kind of thing a tag marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TagKind {
    /// The template or Vm that the clone command makes.
    Clone,
    /// A work copy.
    Work,
    /// A golden disk.
    Disk,
    /// A disk mapping.
    Map,
    /// A clone customizer or one of its mappings.
    Customizer,
    /// A disk that a swap replaced.
    Old,
    /// A disk made to restore from tape onto.
    Tape,
    /// A drill.
    Drill,
    /// An extract.
    Extract,
}

const KINDS: [(TagKind, &str); 9] = [
    (TagKind::Clone, "clone"),
    (TagKind::Work, "work"),
    (TagKind::Disk, "disk"),
    (TagKind::Map, "map"),
    (TagKind::Customizer, "cust"),
    (TagKind::Old, "old"),
    (TagKind::Tape, "tape"),
    (TagKind::Drill, "drill"),
    (TagKind::Extract, "extract"),
];

impl fmt::Display for TagKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = KINDS.iter().find(|(k, _)| k == self).map_or("", |(_, w)| w);
        f.write_str(word)
    }
}

/// The mark on an object outside.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag {
    /// The run that made the object.
    pub run: RunId,
    /// What it is.
    pub kind: TagKind,
    /// Which of several (a slot number, say).
    pub key: Option<String>,
}

/// A text that is not one of our tags.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` does not carry ovmirror's mark")]
pub struct BadTag(String);

impl Tag {
    /// A tag with a key. The key is a slot or a name of letters, digits, `_` and `-`.
    #[must_use]
    pub fn new(run: &RunId, kind: TagKind, key: Option<String>) -> Self {
        Self { run: run.clone(), kind, key }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ovm.{}.{}", self.run, self.kind)?;
        match &self.key {
            Some(key) => write!(f, ".{key}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Tag {
    type Err = BadTag;
    fn from_str(text: &str) -> Result<Self, BadTag> {
        parse(text).ok_or_else(|| BadTag(text.to_owned()))
    }
}

impl Tag {
    /// The mark in a name at the manager. A disk that it copied is named like its source, with a number behind it where
    /// that name is taken; the second value tells such a copy.
    #[must_use]
    pub fn in_name(name: &str) -> Option<(Self, bool)> {
        let number = |rest: &str| rest.strip_suffix(')').is_some_and(|n| n.chars().all(|c| c.is_ascii_digit()));
        match name.split_once(" (") {
            Some((head, rest)) if number(rest) => Some((head.parse().ok()?, true)),
            _ => Some((name.parse().ok()?, false)),
        }
    }
}

/// The run whose files lie beside others' names: `users01.dbf.ovm-ORCL-20261121T204512-4f2a[.new|.part]`, and the name
/// that they lie beside.
#[must_use]
pub fn beside(path: &str) -> Option<(&str, RunId)> {
    let (name, rest) = path.rsplit_once(".ovm-")?;
    let run = rest.strip_suffix(".new").or_else(|| rest.strip_suffix(".part")).unwrap_or(rest);
    Some((name, RunId::new(run).ok()?))
}

fn parse(text: &str) -> Option<Tag> {
    let mut parts = text.strip_prefix("ovm.")?.splitn(3, '.');
    let run = RunId::new(parts.next()?).ok()?;
    let word = parts.next()?;
    let kind = KINDS.iter().find(|(_, w)| *w == word)?.0;
    let key = parts.next().map(str::to_owned);
    if key.as_deref().is_some_and(|k| k.is_empty() || !k.chars().all(key_char)) {
        return None;
    }
    Some(Tag { run, kind, key })
}

fn key_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// The RMAN tag of one attempt of a run: `SM_<yyyymmddhhmmss>_<4 HEX>_<attempt>`, at most 30 characters, upper case
/// (RMAN upper-cases tags anyway: Backup and Recovery Reference, BACKUP, TAG).
#[must_use]
pub fn rman_tag(run: &RunId, attempt: u32) -> String {
    let (time, hex) = run.stamp();
    format!("SM_{time}_{}_{attempt}", hex.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn contract_examples() {
        let run = RunId::new("ORCL-20261121T204512-4f2a").unwrap();
        assert_eq!(Tag::new(&run, TagKind::Work, Some("2".into())).to_string(), "ovm.ORCL-20261121T204512-4f2a.work.2");
        assert_eq!(rman_tag(&run, 1), "SM_20261121204512_4F2A_1");
        assert!("slot021_xvdc".parse::<Tag>().is_err());
        assert!("ovm.ORCL-20261121T204512-4f2a.work.a;b".parse::<Tag>().is_err());
    }

    #[test]
    fn marks_in_names_and_beside_them() {
        let tag: Tag = "ovm.ORCL-20261121T204512-4f2a.disk.2".parse().unwrap();
        assert_eq!(Tag::in_name("ovm.ORCL-20261121T204512-4f2a.disk.2"), Some((tag.clone(), false)));
        assert_eq!(Tag::in_name("ovm.ORCL-20261121T204512-4f2a.disk.2 (16)"), Some((tag.clone(), true)));
        assert_eq!(Tag::in_name("ovm.ORCL-20261121T204512-4f2a.disk.2 (x)"), None);
        assert_eq!(Tag::in_name("slot021_xvdc (1)"), None);
        for (path, name) in [
            ("/u02/a.dbf.ovm-ORCL-20261121T204512-4f2a", "/u02/a.dbf"),
            ("/u02/a.dbf.ovm-ORCL-20261121T204512-4f2a.new", "/u02/a.dbf"),
            ("/u02/a.dbf.ovm-ORCL-20261121T204512-4f2a.part", "/u02/a.dbf"),
        ] {
            assert_eq!(beside(path), Some((name, tag.run.clone())), "{path}");
        }
        assert_eq!(beside("/u02/a.dbf.ovm-ORCL"), None);
        assert_eq!(beside("/u02/a.dbf"), None);
    }

    proptest! {
        #[test]
        fn built_tags_parse_back(kind in 0..9usize, key in proptest::option::of("[a-z0-9_-]{1,20}"), salt: u16) {
            let run = RunId::new(&format!("ORCL-20261121T204512-{salt:04x}")).unwrap();
            let tag = Tag::new(&run, KINDS[kind].0, key);
            prop_assert_eq!(tag.to_string().parse::<Tag>().unwrap(), tag);
        }
    }
}
