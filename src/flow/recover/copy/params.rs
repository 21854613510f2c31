//! What is copied, and what its commands say.

use super::super::beside;
use crate::{
    fault::Fault,
    step::{device, media::places, params::WorkDisk},
    survey::Unit,
    text::sh::CopyOne,
};
use serde::{Deserialize, Serialize};

/// What is copied; empty where every disk is swapped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copying {
    /// Golden disks, each with the free slot of the database's Vm that its work copy takes.
    pub disks: Vec<WorkDisk>,
    /// Their file systems.
    pub units: Vec<CopyUnit>,
}

/// A file system that stays as it is but for its datafiles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyUnit {
    /// As it is mounted.
    pub unit: Unit,
    /// Datafiles that are copied.
    pub files: Vec<CopyFile>,
    /// Datafiles from behind the target, which only leave their names.
    pub later: Vec<String>,
}

/// A datafile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyFile {
    /// Its name.
    pub name: String,
    /// Bytes that it may take once it is recovered: redo makes it as large as it is now.
    pub bytes: u64,
}

impl Copying {
    /// Whether every disk is swapped.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// The device of a file system's work copy.
    pub fn device(&self, unit: &CopyUnit) -> Result<String, Fault> {
        places::device(&self.disks, &unit.unit)
    }

    /// The mount command of a work copy, writable, since its journal must be replayed.
    pub fn mount_words(&self, unit: &CopyUnit, point: &str) -> Result<Vec<String>, Fault> {
        let options = places::mount_options(&self.disks, &unit.unit, "rw", true)?;
        Ok(device::mount_words(&options, &unit.unit.fstype, &self.device(unit)?, point))
    }
}

impl CopyUnit {
    /// Bytes that the copies may take.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Names of its datafiles that are copied.
    #[must_use]
    pub fn copied(&self) -> Vec<String> {
        self.files.iter().map(|file| file.name.clone()).collect()
    }

    /// Every name that a present file leaves.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.name.as_str()).chain(self.later.iter().map(String::as_str))
    }

    /// The mount point's name in the run's folder: `/dev/xvdc1` → `copy-xvdc1`.
    #[must_use]
    pub fn point(&self) -> String {
        copy_point(&self.unit.source)
    }

    /// The copies, where the work copy is mounted at this point.
    #[must_use]
    pub fn pairs(&self, run: &str, point: &str) -> Vec<CopyOne> {
        let inside = |name: &str| name.strip_prefix(self.unit.target.trim_end_matches('/')).unwrap_or(name).to_owned();
        let pair = |file: &CopyFile| CopyOne {
            from: format!("{point}{}", inside(&file.name)),
            to: file.name.clone(),
            part: part(&file.name, run),
        };
        self.files.iter().map(pair).collect()
    }
}

/// The mount point's name in the run's folder, of a file system that production mounts from this device.
#[must_use]
pub fn copy_point(source: &str) -> String {
    format!("copy-{}", source.rsplit('/').next().unwrap_or_default())
}

/// The name of a copy that is not whole.
#[must_use]
pub fn part(path: &str, run: &str) -> String {
    format!("{}.part", beside::name(path, run))
}

/// The line that allows these mounts: the run's folder differs from run to run, and `*` would match blanks.
#[must_use]
pub fn sudoers_line(user: &str, run: &str, mount: &[String], point: &str) -> String {
    let any = |text: &str| text.replace(run, &pattern(run));
    let mount = mount.join(" ").replace(',', "\\,");
    format!("{user} ALL=(root) NOPASSWD: /bin/{}, /bin/umount {}", any(&mount), any(point))
}

/// Every run of the same database: `ORCL-[0-9]…T[0-9]…-[0-9a-f]…`.
fn pattern(run: &str) -> String {
    let Some((database, rest)) = run.split_once('-') else { return run.to_owned() };
    let (time, random) = rest.split_once('-').unwrap_or((rest, ""));
    let one = |c: char| if c.is_ascii_digit() { "[0-9]".to_owned() } else { c.to_string() };
    let time: String = time.chars().map(one).collect();
    format!("{database}-{time}-{}", "[0-9a-f]".repeat(random.len()))
}

#[cfg(test)]
pub mod testing {
    //! Parameters for unit tests.
    use super::*;
    use std::collections::BTreeSet;

    /// Two datafiles at /u02 and one from behind the target.
    pub fn unit() -> CopyUnit {
        let file = |name: &str, bytes| CopyFile { name: format!("/u02/oradata/{name}"), bytes };
        CopyUnit {
            unit: Unit {
                target: "/u02".to_owned(),
                source: "/dev/xvdc1".to_owned(),
                fstype: "xfs".to_owned(),
                log_device: None,
                group: None,
                slots: BTreeSet::from([2]),
                roles: BTreeSet::new(),
            },
            files: vec![file("a.dbf", 10), file("b c.dbf", 20)],
            later: vec!["/u02/oradata/later.dbf".to_owned()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{testing::unit, *};
    use crate::step::params::testing::offload;

    const RUN: &str = "ORCL-20261121T204512-4f2a";

    #[test]
    fn a_copy_is_made_beside_its_place() {
        let pairs = unit().pairs(RUN, "/h/copy-xvdc1");
        assert_eq!(
            (pairs[1].from.as_str(), pairs[1].to.as_str()),
            ("/h/copy-xvdc1/oradata/b c.dbf", "/u02/oradata/b c.dbf")
        );
        assert_eq!(pairs[0].part, format!("/u02/oradata/a.dbf.ovm-{RUN}.part"));
        assert_eq!((unit().bytes(), unit().names().count(), unit().point().as_str()), (30, 3, "copy-xvdc1"));
    }

    #[test]
    fn the_work_copy_is_mounted_beside_its_twin() {
        let copying = Copying { disks: offload().disks, units: vec![unit()] };
        let words = copying.mount_words(&unit(), "/h/x").unwrap();
        assert_eq!(words.join(" "), "mount -o rw,nouuid -t xfs /dev/xvdu1 /h/x");
        assert_eq!(
            sudoers_line("oracle", "ORCL-2T1-af", &words, "/h/ORCL-2T1-af/x"),
            "oracle ALL=(root) NOPASSWD: /bin/mount -o rw\\,nouuid -t xfs /dev/xvdu1 /h/x, \
             /bin/umount /h/ORCL-[0-9]T[0-9]-[0-9a-f][0-9a-f]/x"
        );
    }
}
