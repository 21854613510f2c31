//! What a clone's description at the manager says of its snapshot: all that is left of it when store and artifacts are
//! lost. One function builds it, one parses it.

use crate::model::{RunId, Scn};
use chrono::{DateTime, SecondsFormat, Utc};
use std::{collections::BTreeMap, str::FromStr};

/// The manager takes 4,000 characters; a list of files that is longer is left out.
const MOST: usize = 3900;

/// SCNs by file number.
type ByFile = BTreeMap<u64, Scn>;

/// The description taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The run that made the snapshot.
    pub run: RunId,
    /// DBID.
    pub dbid: u64,
    /// RESETLOGS_CHANGE#
    pub resetlogs: Scn,
    /// RESETLOGS_TIME as the database prints it; descriptions of before have none.
    pub resetlogs_time: Option<String>,
    /// The lowest CHANGE# at BEGIN.
    pub begin: Scn,
    /// SCN at END BACKUP.
    pub end: Scn,
    /// When it was; descriptions of before have none.
    pub ended_at: Option<DateTime<Utc>>,
    /// Slots of the golden disks.
    pub slots: Vec<u32>,
    /// CHANGE# of each ACTIVE file; descriptions of before, and of very many files, have none.
    pub active: ByFile,
    /// Checkpoints of files that took no part.
    pub quiet: ByFile,
}

impl Described {
    /// As the manager keeps it.
    #[must_use]
    pub fn text(&self) -> String {
        let slots: Vec<_> = self.slots.iter().map(ToString::to_string).collect();
        let mut text = format!(
            "ovmirror {} dbid={} resetlogs={} begin={} end={} slots={}",
            self.run,
            self.dbid,
            self.resetlogs,
            self.begin,
            self.end,
            slots.join("+")
        );
        if let Some(time) = &self.resetlogs_time {
            text.push_str(&format!(" since={}", time.replace(' ', "T")));
        }
        if let Some(at) = self.ended_at {
            text.push_str(&format!(" ended={}", at.to_rfc3339_opts(SecondsFormat::Millis, true)));
        }
        let files = format!(" active={} quiet={}", ranges(&self.active), ranges(&self.quiet));
        if text.len() + files.len() <= MOST {
            text.push_str(&files);
        }
        text
    }
}

impl FromStr for Described {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_ascii_whitespace();
        if words.next() != Some("ovmirror") {
            return Err("it is not ovmirror's".to_owned());
        }
        let run = words.next().and_then(|word| RunId::new(word).ok()).ok_or("it names no run")?;
        let values: BTreeMap<&str, &str> = words.filter_map(|word| word.split_once('=')).collect();
        let value = |key: &str| values.get(key).copied().ok_or_else(|| format!("{key} is missing"));
        let number = |key: &str| value(key)?.parse::<u64>().map_err(|error| format!("{key}: {error}"));
        let slots = value("slots")?.split('+').map(|slot| slot.parse().map_err(|error| format!("slots: {error}")));
        let files = |key: &str| values.get(key).map_or(Ok(ByFile::new()), |text| by_file(text));
        Ok(Self {
            run,
            dbid: number("dbid")?,
            resetlogs: Scn::new(number("resetlogs")?),
            resetlogs_time: values.get("since").map(|time| time.replacen('T', " ", 1)),
            begin: Scn::new(number("begin")?),
            end: Scn::new(number("end")?),
            ended_at: values.get("ended").and_then(|at| at.parse().ok()),
            slots: slots.collect::<Result<_, String>>()?,
            active: files("active")?,
            quiet: files("quiet")?,
        })
    }
}

/// `1-4:1234,5:1250`: neighbours with one SCN are one range.
fn ranges(files: &ByFile) -> String {
    let mut all: Vec<(u64, u64, Scn)> = Vec::new();
    for (file, scn) in files {
        match all.last_mut() {
            Some((_, last, same)) if *last + 1 == *file && same == scn => *last = *file,
            _ => all.push((*file, *file, *scn)),
        }
    }
    let word = |(first, last, scn): &(u64, u64, Scn)| match first == last {
        true => format!("{first}:{scn}"),
        false => format!("{first}-{last}:{scn}"),
    };
    all.iter().map(word).collect::<Vec<_>>().join(",")
}

/// Oracle has at most 65,533 datafiles; a range beyond that is none of ours.
fn by_file(text: &str) -> Result<ByFile, String> {
    let mut files = ByFile::new();
    for word in text.split(',').filter(|word| !word.is_empty()) {
        let wrong = || format!("`{word}` is no range of files with its SCN");
        let (range, scn) = word.split_once(':').ok_or_else(wrong)?;
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (u64, u64) = (first.parse().map_err(|_| wrong())?, last.parse().map_err(|_| wrong())?);
        let scn = Scn::new(scn.parse().map_err(|_| wrong())?);
        if last > 65_535 {
            return Err(wrong());
        }
        files.extend((first..=last).map(|file| (file, scn)));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn described(active: &[(u64, u64)]) -> Described {
        Described {
            run: RunId::new("ORCL-20261121T204512-4f2a").unwrap(),
            dbid: 1_585_555_021,
            resetlogs: Scn::new(1),
            resetlogs_time: Some("2026-11-01 08:00:00".to_owned()),
            begin: Scn::new(1000),
            end: Scn::new(2000),
            ended_at: Some("2026-11-21T20:45:24.500Z".parse().unwrap()),
            slots: vec![2, 4],
            active: active.iter().map(|(file, scn)| (*file, Scn::new(*scn))).collect(),
            quiet: ByFile::from([(9, Scn::new(7))]),
        }
    }

    #[test]
    fn it_is_one_line_and_comes_back() {
        let all = described(&[(1, 1000), (2, 1000), (3, 1000), (5, 1001)]);
        assert_eq!(
            all.text(),
            "ovmirror ORCL-20261121T204512-4f2a dbid=1585555021 resetlogs=1 begin=1000 end=2000 slots=2+4 \
             since=2026-11-01T08:00:00 ended=2026-11-21T20:45:24.500Z active=1-3:1000,5:1001 quiet=9:7"
        );
        assert_eq!(all.text().parse::<Described>().unwrap(), all);
    }

    #[test]
    fn one_of_before_is_read_too() {
        let text = "ovmirror ORCL-20261121T204512-4f2a dbid=7 resetlogs=1 begin=10 end=20 slots=2";
        let read: Described = text.parse().unwrap();
        assert_eq!((read.dbid, read.slots.as_slice(), read.active.len()), (7, &[2][..], 0));
        assert_eq!((read.resetlogs_time, read.ended_at), (None, None));
    }

    #[test]
    fn too_many_files_are_left_out_and_the_rest_stays() {
        let many: Vec<(u64, u64)> = (1..2000).map(|file| (file, 1_000_000 + file)).collect();
        let text = described(&many).text();
        assert!(text.len() <= MOST && !text.contains("active"), "{}", text.len());
        assert_eq!(text.parse::<Described>().unwrap().end, Scn::new(2000));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let run = "ORCL-20261121T204512-4f2a";
        for text in [
            String::new(),
            "a template of ours".to_owned(),
            "ovmirror ORCL dbid=7".to_owned(),
            format!("ovmirror {run} dbid=7 resetlogs=1 begin=10 end=20"),
            format!("ovmirror {run} dbid=x resetlogs=1 begin=10 end=20 slots=2"),
            format!("ovmirror {run} dbid=7 resetlogs=1 begin=10 end=20 slots=2 active=1-99999999999:5"),
            format!("ovmirror {run} dbid=7 resetlogs=1 begin=10 end=20 slots=2 active=1-x:5"),
        ] {
            assert!(text.parse::<Described>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_files_there_are_they_come_back(files in prop::collection::btree_map(1..300u64, 0..4u64, 0..60)) {
            let files: Vec<(u64, u64)> = files.into_iter().collect();
            let all = described(&files);
            prop_assert_eq!(all.text().parse::<Described>().unwrap(), all);
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,200}") {
            let _ = format!("ovmirror ORCL-20261121T204512-4f2a {text}").parse::<Described>();
            let _ = by_file(&text);
        }
    }
}
