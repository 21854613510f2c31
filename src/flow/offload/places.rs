//! Where things of an offload lie on the media host.

use crate::{
    fault::{Fault, Kind},
    step::params::{OffloadParams, WorkDisk},
    survey::{Unit, device_of_slot},
};

impl OffloadParams {
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

    /// Whether a path lies on this run's own mounts or in its folder.
    #[must_use]
    pub fn is_own(&self, path: &str, folder: &str) -> bool {
        let under = |root: &str| path == root || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
        under(folder) || self.mount_points().any(|point| under(&point))
    }

    /// Production's device name as the work copy has it here: `/dev/xvdc1` at slot 2 → `/dev/xvdu1` at slot 20.
    pub fn device(&self, source: &str) -> Result<String, Fault> {
        let name = source.strip_prefix("/dev/").unwrap_or(source);
        let of = |disk: &&WorkDisk| {
            let rest = name.strip_prefix(&device_of_slot(disk.slot));
            rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
        };
        let disk = self.disks.iter().find(of).ok_or_else(|| {
            Fault::new(Kind::User, "OFF-001", format!("{source} is no whole disk or partition of the snapshot"))
                .hint("volume groups on datafile disks are not offloaded by this release")
        })?;
        let part = name.strip_prefix(&device_of_slot(disk.slot)).unwrap_or_default();
        Ok(format!("/dev/{}{part}", device_of_slot(disk.media_slot)))
    }

    /// Options of the mount: a clone has its twin's UUID, which XFS refuses without `nouuid` (xfs(5)); `noload` and
    /// `norecovery` never, since the journal of a crash image must be replayed.
    pub fn mount_options(&self, unit: &Unit) -> Result<String, Fault> {
        let mut options = vec!["rw".to_owned()];
        if unit.fstype == "xfs" {
            options.push("nouuid".to_owned());
        }
        if let Some(log) = &unit.log_device {
            options.push(format!("logdev={}", self.device(log)?));
        }
        Ok(options.join(","))
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn own_paths() {
        let mut params = offload();
        assert!(params.is_own("/u02/oradata/a.dbf", "/home/oracle/.ovmirror/x"));
        assert!(!params.is_own("/u021/a.dbf", "/home/oracle/.ovmirror/x"));
        assert!(params.is_own("/home/oracle/.ovmirror/x/clone.ctl", "/home/oracle/.ovmirror/x"));
        params.media.prefix = Some("/ovmirror".into());
        assert!(!params.is_own("/u02/oradata/a.dbf", "/f") && params.is_own("/ovmirror/u02/a", "/f"));
    }
}
