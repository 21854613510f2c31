//! The clone of the VM: reflinks of its disks, cut inside the window. One command; nothing is read back here.

use super::{flush::FREEZE_LIMIT, prepare::PrepareClone, preview};
use crate::{
    driver::ovm::{CloneSpec, CloneTo, ClonedVm, DiskKind, DiskRef, ObjectKind, OvmName, Ref, Sent, VmDisk},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind, Remedy, Retry},
    model::{ObjectId, RunId, TagKind},
    step::{
        World,
        names::{marked, run_id},
        params::{SnapshotParams, Target},
        preview::told,
        window,
    },
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

pub struct CloneVm(pub Arc<SnapshotParams>);

impl CloneVm {
    /// The command's parameters; `read_back` compares with the same.
    pub fn spec(params: &SnapshotParams, cx: &Cx<'_, World>) -> Result<CloneSpec, Fault> {
        Self::spec_of(params, &run_id(cx.run)?, cx.maybe::<PrepareClone>()?.flatten())
    }

    /// The same for a run that is named.
    pub fn spec_of(params: &SnapshotParams, run: &RunId, customizer: Option<ObjectId>) -> Result<CloneSpec, Fault> {
        let site = &params.site;
        let pool = site.pool.as_ref().ok_or_else(|| {
            Fault::new(Kind::User, "SNP-006", format!("the VM {} shows no server pool", site.vm_name))
                .hint("set server_pool under [manager]")
        })?;
        Ok(CloneSpec {
            source: Ref { id: site.vm.clone(), name: Some(site.vm_name.clone()) },
            to: match params.target {
                Target::VmTemplate => CloneTo::VmTemplate,
                Target::Vm => CloneTo::Vm,
            },
            name: marked(run, TagKind::Clone, None)?,
            pool: pool.into(),
            customizer,
            repository: None,
        })
    }

    fn left(&self, cx: &Cx<'_, World>) -> Duration {
        let limit = Duration::from_secs(self.0.window_limit_s);
        let (begun, frozen) =
            window::with(cx.world, |window| Ok((window.begun, window.frozen))).unwrap_or((None, None));
        left(cx.clock.elapsed(), limit, begun, frozen)
    }
}

/// What is left of the window's limit, and of the freeze's where writers are held.
fn left(now: Duration, limit: Duration, begun: Option<Duration>, frozen: Option<Duration>) -> Duration {
    let rest = |limit: Duration, since: Duration| limit.saturating_sub(now.saturating_sub(since));
    let window = rest(limit, begun.unwrap_or(now));
    frozen.map_or(window, |frozen| window.min(rest(FREEZE_LIMIT, frozen)))
}

fn lost(fault: Fault, frozen: &[String]) -> Fault {
    let fault = fault
        .retry(Retry::InDoubt)
        .cause("the clone is not waited for any longer: backup mode is ended first, then the clone is removed");
    if frozen.is_empty() {
        return fault;
    }
    let (points, limit) = (frozen.join(", "), FREEZE_LIMIT.as_secs());
    fault.hint(format!("{points}: frozen for {limit} s at most; a file system on one virtual disk is not frozen"))
}

/// "Not stopped" to a template clone is the one refusal with another way out (whether a running Vm can be cloned to a
/// template is not proved by any public text).
fn refused(mut fault: Fault, target: Target) -> Fault {
    if target == Target::VmTemplate && fault.code == "OVMRU_005002E" {
        fault.hints.clear();
        return fault.hint("this manager makes no template of a running VM: set clone_to = \"Vm\" under [manager]");
    }
    fault
}

impl Step<World> for CloneVm {
    const KIND: &'static str = "clone";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ClonedVm;

    fn describe(&self) -> String {
        format!("clone {} by reflink to a {:?}", self.0.site.vm_name, self.0.target)
    }

    fn preview(&self, world: &World) -> Vec<String> {
        told(preview::clone_vm(&self.0, world))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<ClonedVm>, Fault> {
        let spec = Self::spec(&self.0, cx)?;
        match cx.world.manager.start_clone(&spec, self.left(cx)).map_err(|e| refused(e.fault(), self.0.target))? {
            Sent::Done(clone) => Ok(Ran::Done(clone)),
            Sent::InDoubt(why) => Err(lost(why.fault(), &self.0.freeze)),
        }
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<ClonedVm>, Fault> {
        let spec = Self::spec(&self.0, cx)?;
        let found = cx.world.manager.find_clone(&spec).map_err(|e| e.fault())?;
        // A clone of another window is of no use: it is removed and made again.
        Ok(found.map_or(Probe::Absent, |clone| Probe::Partial(format!("clone {} is there", clone.id))))
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&ClonedVm>) -> Result<(), Fault> {
        remove(cx.world, &self.0, &Self::spec(&self.0, cx)?)
    }
}

/// Disks that are production's: those of the survey and those that its Vm maps now (law 8). A clone may map one of
/// them: a sharable disk is attached to the clone instead of being copied.
pub fn live_disks(world: &World, params: &SnapshotParams) -> Result<BTreeSet<ObjectId>, Fault> {
    let mapped = world.manager.vm_disks(&params.site.vm).map_err(|e| e.fault())?;
    let now = mapped.into_iter().filter_map(|disk| disk.disk).map(|disk| disk.id);
    let surveyed = params.surveyed.layout.disks.iter().filter_map(|disk| disk.facts.disk.clone());
    Ok(now.chain(surveyed).collect())
}

/// The disk to delete with the clone's mapping of it: a virtual one that is not production's.
fn own_disk<'a>(disk: &'a VmDisk, live: &BTreeSet<ObjectId>) -> Option<&'a ObjectId> {
    let made = |disk: &&DiskRef| disk.kind == DiskKind::Virtual && !live.contains(&disk.id);
    disk.disk.as_ref().filter(made).map(|disk| &disk.id)
}

/// Ends what is still at work on the clone, then removes mappings, disks and the clone itself: first what hangs from
/// it, since a Vm's deletion leaves its disks behind (law 8: it hangs from an object with our mark and is not
/// production's; where that cannot be asked, nothing is deleted).
fn remove(world: &World, params: &SnapshotParams, spec: &CloneSpec) -> Result<(), Fault> {
    remove_named(world, &spec.name, || live_disks(world, params))
}

/// The same of a clone by its mark; `live` tells the disks that are not the clone's own.
pub fn remove_named(
    world: &World,
    name: &OvmName,
    live: impl FnOnce() -> Result<BTreeSet<ObjectId>, Fault>,
) -> Result<(), Fault> {
    let manager = &world.manager;
    for job in manager.open_jobs(&[name.to_string()]).map_err(|e| e.fault())? {
        manager.end_job(&job.id).map_err(|e| e.fault())?;
    }
    let Some(clone) = manager.only_named(ObjectKind::Vm, name.as_str()).map_err(|e| e.fault())? else { return Ok(()) };
    let live = live()?;
    for disk in manager.vm_disks(&clone.id).map_err(|e| e.fault())? {
        manager.delete_mapping(&disk.mapping.id).map_err(|e| e.fault())?;
        if let Some(own) = own_disk(&disk, &live) {
            manager.delete_disk(own).map_err(|e| e.fault())?;
        }
    }
    manager.delete_vm(&clone.id).map_err(|e| e.fault())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::window_alone(None, 110)]
    #[case::frozen(Some(15), 25)]
    #[case::frozen_for_long(Some(1), 11)]
    fn a_clone_is_not_waited_for_while_writers_are_held_too_long(#[case] frozen: Option<u64>, #[case] rest: u64) {
        let s = Duration::from_secs;
        assert_eq!(left(s(20), s(120), Some(s(10)), frozen.map(s)), s(rest));
        assert_eq!(left(s(20), s(15), Some(s(10)), frozen.map(s)), s(rest.min(5)));
        assert_eq!(left(s(60), s(120), Some(s(10)), Some(s(15))), s(0));
    }

    #[test]
    fn a_clone_that_took_too_long_names_what_was_frozen() {
        let late = || Fault::new(Kind::External, "OVM-001", "late");
        assert!(lost(late(), &[]).hints.is_empty());
        assert!(lost(late(), &["/u02".to_owned()]).hints[0].text.starts_with("/u02: frozen for 30 s at most"));
    }

    fn mapped(id: &str, kind: DiskKind) -> VmDisk {
        let mapping = Ref { id: ObjectId::new("0004fb00001300000000000000000001").unwrap(), name: None };
        let disk = DiskRef { id: ObjectId::new(id).unwrap(), name: None, kind };
        VmDisk { slot: 2, mapping, disk: Some(disk) }
    }

    #[rstest]
    #[case::copy("copy.img", DiskKind::Virtual, true)]
    #[case::of_production("live.img", DiskKind::Virtual, false)]
    #[case::lun("0004fb0000180000", DiskKind::Physical, false)]
    fn law_08_a_disk_of_production_is_not_deleted_with_the_clone(
        #[case] id: &str,
        #[case] kind: DiskKind,
        #[case] deleted: bool,
    ) {
        let live = BTreeSet::from([ObjectId::new("live.img").unwrap()]);
        assert_eq!(own_disk(&mapped(id, kind), &live).is_some(), deleted);
    }

    #[rstest]
    #[case("OVMRU_005002E", Target::VmTemplate, true)]
    #[case("OVMRU_005002E", Target::Vm, false)]
    #[case("GEN_000029", Target::VmTemplate, false)]
    fn only_a_refused_template_has_another_way_out(#[case] code: &str, #[case] target: Target, #[case] other: bool) {
        let fault = refused(Fault::new(Kind::External, code, "no").hint("first"), target);
        assert_eq!(fault.hints[0].text.contains("clone_to = \"Vm\""), other);
        assert_eq!(fault.hints.len(), 1);
    }
}
