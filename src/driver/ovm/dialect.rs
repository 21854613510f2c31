//! The command texts, per release. Commands are built here and nowhere else; `--dry-run` prints these texts.

use super::{
    kind::ObjectKind,
    quote::{Description, ObjectRef, OvmName, quoted},
};
use crate::model::ObjectId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The lines of releases whose CLI differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Release {
    /// 3.2, the first with the CLI.
    V32,
    /// 3.3, CLI rewritten.
    V33,
    /// 3.4, the last line.
    V34,
}

/// What a clone becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CloneTo {
    /// A template (a `Vm` object with another id prefix).
    VmTemplate,
    /// A stopped VM.
    Vm,
}

impl fmt::Display for CloneTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A clone of a VM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloneSpec {
    /// The VM to clone, as the manager names it (the name finds the job if the answer is lost).
    pub source: super::record::Ref,
    /// What it becomes.
    pub to: CloneTo,
    /// The name of the clone: the run's tag, so that it is found again.
    pub name: OvmName,
    /// The server pool.
    pub pool: ObjectRef,
    /// The customizer with one storage mapping per wanted disk.
    pub customizer: Option<ObjectId>,
    /// Where to, if not where the disks are.
    pub repository: Option<ObjectId>,
}

/// What `edit Vm` shall change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VmEdit {
    /// A new name.
    pub name: Option<OvmName>,
    /// A new description.
    pub description: Option<Description>,
    /// High availability on or off.
    pub high_availability: Option<bool>,
}

/// What a new mapping connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A virtual disk.
    Virtual,
    /// A physical disk.
    Physical,
}

/// Asks for the release. Answers the bare version, without a block.
pub const SHOW_VERSION: &str = "showversion";

impl Release {
    /// The release of a version text (`3.4.6.2105`).
    #[must_use]
    pub fn of(version: &str) -> Option<Self> {
        let mut parts = version.trim().split('.');
        match (parts.next()?, parts.next()?) {
            ("3", "2") => Some(Self::V32),
            ("3", "3") => Some(Self::V33),
            ("3", "4") => Some(Self::V34),
            _ => None,
        }
    }

    /// The release as people say it.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::V32 => "3.2",
            Self::V33 => "3.3",
            Self::V34 => "3.4",
        }
    }

    /// Whether clone customizers can be made *and* deleted (the delete page of 3.2 does not name them).
    #[must_use]
    pub const fn has_customizers(self) -> bool {
        !matches!(self, Self::V32)
    }

    /// `list TYPE`
    #[must_use]
    pub fn list(self, kind: ObjectKind) -> String {
        format!("list {kind}")
    }

    /// `show TYPE instance`
    #[must_use]
    pub fn show(self, kind: ObjectKind, object: &ObjectRef) -> String {
        format!("show {kind} {}", object.instance())
    }

    /// `delete TYPE id=…`; by id only, since a template and a VM may share a name.
    #[must_use]
    pub fn delete(self, kind: ObjectKind, id: &ObjectId) -> String {
        format!("delete {kind} id={id}")
    }

    /// `refresh TYPE id=…`
    #[must_use]
    pub fn refresh(self, kind: ObjectKind, id: &ObjectId) -> String {
        format!("refresh {kind} id={id}")
    }

    /// `clone Vm …`
    #[must_use]
    pub fn clone_vm(self, spec: &CloneSpec) -> String {
        let mut text = format!(
            "clone Vm id={} destType={} destName={} serverPool={}",
            spec.source.id,
            spec.to,
            quoted(spec.name.as_str()),
            spec.pool.value()
        );
        if let Some(customizer) = &spec.customizer {
            text += &format!(" cloneCustomizer={customizer}");
        }
        if let Some(repository) = &spec.repository {
            text += &format!(" targetRepository={repository}");
        }
        text
    }

    /// A clone of a single disk. 3.2: `clone VirtualDisk`; later `cloneVdToRepo`, where THIN_CLONE is the reflink.
    #[must_use]
    pub fn clone_disk(self, disk: &ObjectId, repository: &ObjectId) -> String {
        match self {
            Self::V32 => format!("clone VirtualDisk id={disk} target={repository} cloneType=Sparse"),
            Self::V33 | Self::V34 => {
                format!("cloneVdToRepo VirtualDisk id={disk} target={repository} cloneType=THIN_CLONE")
            }
        }
    }

    /// `create VmCloneCustomizer …`
    #[must_use]
    pub fn create_customizer(self, vm: &ObjectId, name: &OvmName) -> String {
        format!("create VmCloneCustomizer name={} on Vm id={vm}", quoted(name.as_str()))
    }

    /// `create VmCloneStorageMapping cloneType=THIN_CLONE …`
    #[must_use]
    pub fn create_storage_mapping(
        self,
        customizer: &ObjectId,
        mapping: &ObjectId,
        repository: &ObjectId,
        name: &OvmName,
    ) -> String {
        let name = quoted(name.as_str());
        format!(
            "create VmCloneStorageMapping cloneType=THIN_CLONE name={name} vmDiskMapping={mapping} repository={repository} on VmCloneCustomizer id={customizer}"
        )
    }

    /// `create VirtualDisk …`, sparse and not shareable; `None` for 3.2, whose syntax is not known.
    #[must_use]
    pub fn create_disk(self, repository: &ObjectId, gib: u64, name: &OvmName) -> Option<String> {
        let name = quoted(name.as_str());
        (self != Self::V32).then(|| {
            format!("create VirtualDisk size={gib} shareable=No sparse=Yes name={name} on Repository id={repository}")
        })
    }

    /// `create VmDiskMapping …`; 3.2 has one key for both kinds of disk.
    #[must_use]
    pub fn create_mapping(self, vm: &ObjectId, slot: u32, disk: &ObjectId, from: Source, name: &OvmName) -> String {
        let key = match (self, from) {
            (Self::V32, _) => "storageDevice",
            (_, Source::Virtual) => "virtualDisk",
            (_, Source::Physical) => "physicalDisk",
        };
        format!("create VmDiskMapping slot={slot} {key}={disk} name={} on Vm id={vm}", quoted(name.as_str()))
    }

    /// `edit TYPE id=… name=…`
    #[must_use]
    pub fn rename(self, kind: ObjectKind, id: &ObjectId, name: &OvmName) -> String {
        format!("edit {kind} id={id} name={}", quoted(name.as_str()))
    }

    /// `edit Vm id=… …`
    #[must_use]
    pub fn edit_vm(self, id: &ObjectId, edit: &VmEdit) -> String {
        let mut text = format!("edit Vm id={id}");
        if let Some(name) = &edit.name {
            text += &format!(" name={}", quoted(name.as_str()));
        }
        if let Some(description) = &edit.description {
            text += &format!(" description={}", quoted(description.as_str()));
        }
        if let Some(on) = edit.high_availability {
            text += if on { " highAvailability=Yes" } else { " highAvailability=No" };
        }
        text
    }

    /// `start Vm id=…`
    #[must_use]
    pub fn start(self, vm: &ObjectId) -> String {
        format!("start Vm id={vm}")
    }

    /// `stop Vm id=…` (asks the guest to shut down)
    #[must_use]
    pub fn stop(self, vm: &ObjectId) -> String {
        format!("stop Vm id={vm}")
    }

    /// `abort Job id=…`
    #[must_use]
    pub fn abort_job(self, job: &ObjectId) -> String {
        format!("abort Job id={job}")
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::ovm::Ref;
    use rstest::rstest;

    fn id(text: &str) -> ObjectId {
        ObjectId::new(text).unwrap()
    }

    fn name(text: &str) -> OvmName {
        OvmName::new(text).unwrap()
    }

    #[rstest]
    #[case("3.2.8.744", Some(Release::V32))]
    #[case("3.3.1.1065", Some(Release::V33))]
    #[case(" 3.4.6.2105 ", Some(Release::V34))]
    #[case("3.1.1", None)]
    #[case("3.10", None)]
    #[case("4.0", None)]
    #[case("", None)]
    fn versions(#[case] text: &str, #[case] release: Option<Release>) {
        assert_eq!(Release::of(text), release);
    }

    #[test]
    fn clones() {
        let spec = CloneSpec {
            source: Ref { id: id("v1"), name: Some("slot021".into()) },
            to: CloneTo::VmTemplate,
            name: name("ovm.ORCL-20261121T204512-4f2a.clone"),
            pool: ObjectRef::Name(name("my pool")),
            customizer: Some(id("c1")),
            repository: None,
        };
        assert_eq!(
            Release::V34.clone_vm(&spec),
            "clone Vm id=v1 destType=VmTemplate destName=ovm.ORCL-20261121T204512-4f2a.clone serverPool=\"my pool\" cloneCustomizer=c1"
        );
        let plain = CloneSpec { to: CloneTo::Vm, customizer: None, repository: Some(id("r1")), ..spec };
        assert!(Release::V32.clone_vm(&plain).ends_with(
            "destType=Vm destName=ovm.ORCL-20261121T204512-4f2a.clone serverPool=\"my pool\" targetRepository=r1"
        ));
    }

    #[rstest]
    #[case(Release::V32, Source::Virtual, "create VmDiskMapping slot=2 storageDevice=d1.img name=xvdc on Vm id=v1")]
    #[case(Release::V33, Source::Virtual, "create VmDiskMapping slot=2 virtualDisk=d1.img name=xvdc on Vm id=v1")]
    #[case(Release::V34, Source::Physical, "create VmDiskMapping slot=2 physicalDisk=d1.img name=xvdc on Vm id=v1")]
    fn mappings(#[case] release: Release, #[case] from: Source, #[case] text: &str) {
        assert_eq!(release.create_mapping(&id("v1"), 2, &id("d1.img"), from, &name("xvdc")), text);
    }

    #[rstest]
    #[case(Release::V32, "clone VirtualDisk id=d1.img target=r1 cloneType=Sparse")]
    #[case(Release::V33, "cloneVdToRepo VirtualDisk id=d1.img target=r1 cloneType=THIN_CLONE")]
    #[case(Release::V34, "cloneVdToRepo VirtualDisk id=d1.img target=r1 cloneType=THIN_CLONE")]
    fn single_disks(#[case] release: Release, #[case] text: &str) {
        assert_eq!(release.clone_disk(&id("d1.img"), &id("r1")), text);
    }

    #[test]
    fn edits() {
        let edit = VmEdit {
            description: Some(Description::new("dbid=1 a/b").unwrap()),
            high_availability: Some(false),
            name: None,
        };
        assert_eq!(
            Release::V34.edit_vm(&id("v1"), &edit),
            "edit Vm id=v1 description=\"dbid=1 a//b\" highAvailability=No"
        );
        assert_eq!(
            Release::V34.create_storage_mapping(&id("c1"), &id("m1"), &id("r1"), &name("n")),
            "create VmCloneStorageMapping cloneType=THIN_CLONE name=n vmDiskMapping=m1 repository=r1 on VmCloneCustomizer id=c1"
        );
    }
}
