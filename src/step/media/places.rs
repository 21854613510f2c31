//! Where things of an offload lie on the media host.

use crate::{
    fault::{Fault, Kind},
    step::params::{CloneParams, WorkDisk},
    survey::{DataFile, Unit, VolumeGroup, device_of_slot, part_of_slot, volume},
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

    /// The device of a file system of production as the work copy has it here: `/dev/xvdc1` at slot 2 → `/dev/xvdu1` at
    /// slot 20.
    pub fn device(&self, unit: &Unit) -> Result<String, Fault> {
        device(&self.disks, unit)
    }

    /// Every file system of datafiles has a device here.
    pub fn must_have_devices(&self) -> Result<(), Fault> {
        self.surveyed.layout.data_units().try_for_each(|unit| self.device(unit).map(drop))
    }

    /// Options of the mount: writable, beside a twin.
    pub fn mount_options(&self, unit: &Unit) -> Result<String, Fault> {
        mount_options(&self.disks, unit, "rw", true)
    }
}

/// As [`CloneParams::device`].
pub fn device(disks: &[WorkDisk], unit: &Unit) -> Result<String, Fault> {
    here(disks, unit, &unit.source)
}

/// As [`device`], of the external log where there is one.
pub fn log_device(disks: &[WorkDisk], unit: &Unit) -> Result<Option<String>, Fault> {
    unit.log_device.as_ref().map(|log| here(disks, unit, log)).transpose()
}

fn here(disks: &[WorkDisk], unit: &Unit, source: &str) -> Result<String, Fault> {
    match (&unit.group, volume::of_device(source)) {
        (Some(group), Some((_, logical))) => {
            Ok(format!("/dev/mapper/{}", volume::mapper_name(&group_here(disks, group)?.name, &logical)))
        }
        _ => plain(disks, source),
    }
}

/// The copy of a volume group as it is here. It is called `ovm.` and its first device, so that no two are called alike.
pub fn group_here(disks: &[WorkDisk], group: &VolumeGroup) -> Result<VolumeGroup, Fault> {
    let devices = group.devices.iter().map(|device| plain(disks, device)).collect::<Result<Vec<_>, _>>()?;
    let first = devices.first().ok_or_else(|| {
        Fault::new(Kind::Bug, "OFF-009", format!("the record has no disks of volume group {}", group.name))
    })?;
    Ok(VolumeGroup { name: format!("ovm.{}", first.trim_start_matches("/dev/")), devices })
}

fn plain(disks: &[WorkDisk], source: &str) -> Result<String, Fault> {
    let name = source.strip_prefix("/dev/").unwrap_or(source);
    let found = disks.iter().find_map(|disk| Some((disk, part_of_slot(name, disk.slot)?)));
    let (disk, part) = found.ok_or_else(|| {
        let text = format!("{source} is no whole disk, partition or logical volume of the snapshot");
        Fault::new(Kind::User, "OFF-001", text)
            .hint("device-mapper devices of other kinds (crypt, multipath) are not offloaded by this release")
    })?;
    Ok(format!("/dev/{}{part}", device_of_slot(disk.media_slot)))
}

/// Options of a mount, `rw` or `ro` first. A clone has its twin's UUID, which XFS refuses without `nouuid` (xfs(5));
/// `noload` and `norecovery` never, since the journal of a crash image must be replayed.
pub fn mount_options(disks: &[WorkDisk], unit: &Unit, access: &str, twin: bool) -> Result<String, Fault> {
    let mut options = vec![access.to_owned()];
    if unit.fstype == "xfs" && twin {
        options.push("nouuid".to_owned());
    }
    options.extend(log_device(disks, unit)?.map(|log| format!("logdev={log}")));
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
        let params = offload();
        let unit = Unit { source: source.to_owned(), ..params.surveyed.layout.units[0].clone() };
        assert_eq!(params.device(&unit).ok().as_deref(), here);
    }

    #[test]
    fn a_logical_volume_has_a_group_of_its_own_here() {
        let mut params = offload();
        let of = |slot: u32, media_slot: u32| WorkDisk { slot, media_slot, ..params.disks[0].clone() };
        params.disks = vec![of(2, 21), of(4, 20), of(5, 22)];
        let unit = Unit {
            source: "/dev/mapper/vg--data-lv--1".to_owned(),
            log_device: Some("/dev/vg-data/log".to_owned()),
            group: Some(VolumeGroup { name: "vg-data".into(), devices: vec!["/dev/xvdc1".into(), "/dev/xvde".into()] }),
            slots: [2, 4].into(),
            ..params.surveyed.layout.units[0].clone()
        };
        let here = group_here(&params.disks, unit.group.as_ref().unwrap()).unwrap();
        assert_eq!(
            (here.name.as_str(), here.devices),
            ("ovm.xvdv1", vec!["/dev/xvdv1".to_owned(), "/dev/xvdu".to_owned()])
        );
        assert_eq!(params.device(&unit).unwrap(), "/dev/mapper/ovm.xvdv1-lv--1");
        assert!(params.mount_options(&unit).unwrap().ends_with("logdev=/dev/mapper/ovm.xvdv1-log"));
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
