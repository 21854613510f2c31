//! Where things of an offload lie on the media host.

use crate::{
    fault::{Fault, Kind},
    step::params::{CloneParams, WorkDisk},
    survey::{DataFile, Unit, device_of_slot},
};

impl CloneParams {
    /// A path of production as it is on the media host.
    #[must_use]
    pub fn there(&self, path: &str) -> String {
        match &self.media.prefix {
            Some(prefix) => format!("{}{path}", prefix.trim_end_matches('/')),
            None => path.to_owned(),
        }
    }

    /// Mount points of this run on the media host.
    pub fn mount_points(&self) -> impl Iterator<Item = String> {
        self.surveyed.layout.data_units().map(|unit| self.there(&unit.target))
    }

    /// The datafiles that are backed up.
    pub fn wanted_files(&self) -> impl Iterator<Item = &DataFile> {
        self.surveyed.datafiles.iter().filter(|file| !file.is_left_out(&self.skip))
    }

    /// What is this run's own on the media host: its folder and its mounts.
    #[must_use]
    pub fn own_roots(&self, folder: &str) -> Vec<String> {
        self.mount_points().chain([folder.to_owned()]).collect()
    }

    /// Production's device name as the work copy has it here: `/dev/xvdc1` at slot 2 → `/dev/xvdu1` at slot 20.
    pub fn device(&self, source: &str) -> Result<String, Fault> {
        device(&self.disks, source)
    }

    /// Every file system of datafiles has a device here; one over a volume group has none in this release.
    pub fn must_have_devices(&self) -> Result<(), Fault> {
        self.surveyed.layout.data_units().try_for_each(|unit| self.device(&unit.source).map(drop))
    }

    /// Options of the mount: writable, beside a twin.
    pub fn mount_options(&self, unit: &Unit) -> Result<String, Fault> {
        mount_options(&self.disks, unit, "rw", true)
    }
}

/// As [`CloneParams::device`].
pub fn device(disks: &[WorkDisk], source: &str) -> Result<String, Fault> {
    let name = source.strip_prefix("/dev/").unwrap_or(source);
    let of = |disk: &&WorkDisk| {
        let rest = name.strip_prefix(&device_of_slot(disk.slot));
        rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
    };
    let disk = disks.iter().find(of).ok_or_else(|| {
        Fault::new(Kind::User, "OFF-001", format!("{source} is no whole disk or partition of the snapshot"))
            .hint("volume groups on datafile disks are not offloaded by this release")
    })?;
    let part = name.strip_prefix(&device_of_slot(disk.slot)).unwrap_or_default();
    Ok(format!("/dev/{}{part}", device_of_slot(disk.media_slot)))
}

/// Options of a mount, `rw` or `ro` first. A clone has its twin's UUID, which XFS refuses without `nouuid` (xfs(5));
/// `noload` and `norecovery` never, since the journal of a crash image must be replayed.
pub fn mount_options(disks: &[WorkDisk], unit: &Unit, access: &str, twin: bool) -> Result<String, Fault> {
    let mut options = vec![access.to_owned()];
    if unit.fstype == "xfs" && twin {
        options.push("nouuid".to_owned());
    }
    if let Some(log) = &unit.log_device {
        options.push(format!("logdev={}", device(disks, log)?));
    }
    Ok(options.join(","))
}

/// A name that is there and is not this run's.
#[derive(Debug, PartialEq, Eq)]
pub struct Foreign {
    /// As the control file has it.
    pub name: String,
    /// Where it lies, links followed.
    pub real: String,
}

impl Foreign {
    /// The first of these names that is there and really lies under none of the roots. The text of a name proves
    /// nothing: a link on a work copy may lead to the host's own files.
    pub fn first(roots: &[String], names: &[String], places: &[Option<String>]) -> Option<Self> {
        let there = names.iter().zip(places).filter_map(|(name, real)| Some((name, real.as_ref()?)));
        let mut foreign = there.filter(|(_, real)| !is_under(roots, real));
        foreign.next().map(|(name, real)| Self { name: name.clone(), real: real.clone() })
    }
}

/// Whether a path is one of the roots or lies below one.
#[must_use]
pub fn is_under(roots: &[String], path: &str) -> bool {
    let below = |root: &String| path.strip_prefix(root.as_str()).is_some_and(|rest| rest.starts_with('/'));
    roots.iter().any(|root| path == root || below(root))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::params::testing::offload;
    use rstest::rstest;

    #[rstest]
    #[case("/dev/xvdc", Some("/dev/xvdu"))]
    #[case("/dev/xvdc1", Some("/dev/xvdu1"))]
    #[case("/dev/xvdca", None)]
    #[case("/dev/mapper/vg-lv", None)]
    fn devices(#[case] source: &str, #[case] here: Option<&str>) {
        assert_eq!(offload().device(source).ok().as_deref(), here);
    }

    /// Before anything is mapped, not in the middle of the run.
    #[test]
    fn a_file_system_without_a_device_is_refused() {
        let mut params = offload();
        assert_eq!(params.must_have_devices(), Ok(()));
        params.disks.clear();
        assert_eq!(params.must_have_devices().unwrap_err().code, "OFF-001");
    }

    const FOLDER: &str = "/home/oracle/.ovmirror/x";

    #[test]
    fn own_paths() {
        let mut params = offload();
        let own = |params: &CloneParams, path: &str| is_under(&params.own_roots(FOLDER), path);
        assert!(own(&params, "/u02/oradata/a.dbf") && own(&params, "/home/oracle/.ovmirror/x/clone.ctl"));
        assert!(!own(&params, "/u021/a.dbf"));
        params.media.prefix = Some("/ovmirror".into());
        assert!(!own(&params, "/u02/oradata/a.dbf") && own(&params, "/ovmirror/u02/a"));
    }

    #[rstest]
    #[case::own("/u02/a.dbf", Some("/u02/a.dbf"), false)]
    #[case::not_there("/u03/a.dbf", None, false)]
    #[case::of_the_host("/u03/a.dbf", Some("/u03/a.dbf"), true)]
    #[case::a_link_that_leads_off("/u02/data/a.dbf", Some("/u03/data/a.dbf"), true)]
    #[case::a_link_that_leads_here("/data/a.dbf", Some("/u02/data/a.dbf"), false)]
    fn names_count_by_where_they_really_lie(#[case] name: &str, #[case] real: Option<&str>, #[case] foreign: bool) {
        let names = [name.to_owned()];
        let found = Foreign::first(&offload().own_roots(FOLDER), &names, &[real.map(str::to_owned)]);
        assert_eq!(found.is_some(), foreign);
    }
}
