//! The clone of the VM: reflinks of its disks, cut inside the window. One command; nothing is read back here.

use super::{prepare::PrepareClone, preview};
use crate::{
    driver::ovm::{CloneSpec, CloneTo, ClonedVm, Ref, Sent},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind, Remedy, Retry},
    model::{ObjectId, RunId, TagKind},
    step::{
        World,
        names::{marked, run_id},
        params::{SnapshotParams, Target},
        window,
    },
};
use std::{sync::Arc, time::Duration};

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

    /// What is left of the window's limit.
    fn left(&self, cx: &Cx<'_, World>) -> Duration {
        let limit = Duration::from_secs(self.0.window_limit_s);
        let begun = window::with(cx.world, |window| Ok(window.begun)).ok().flatten();
        limit.saturating_sub(begun.map_or(Duration::ZERO, |begun| cx.clock.elapsed().saturating_sub(begun)))
    }
}

fn lost(why: &crate::driver::ovm::OvmError) -> Fault {
    let fault = why.fault().retry(Retry::InDoubt);
    fault.cause("the clone is not waited for any longer: backup mode is ended first, then the clone is removed")
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
        preview::told(preview::clone_vm(&self.0, world))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<ClonedVm>, Fault> {
        let spec = Self::spec(&self.0, cx)?;
        match cx.world.manager.start_clone(&spec, self.left(cx)).map_err(|e| refused(e.fault(), self.0.target))? {
            Sent::Done(clone) => Ok(Ran::Done(clone)),
            Sent::InDoubt(why) => Err(lost(&why)),
        }
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<ClonedVm>, Fault> {
        let spec = Self::spec(&self.0, cx)?;
        let found = cx.world.manager.find_clone(&spec).map_err(|e| e.fault())?;
        // A clone of another window is of no use: it is removed and made again.
        Ok(found.map_or(Probe::Absent, |clone| Probe::Partial(format!("clone {} is there", clone.id))))
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&ClonedVm>) -> Result<(), Fault> {
        let spec = Self::spec(&self.0, cx)?;
        remove(cx.world, &spec)
    }
}

/// Aborts what is still at work on the clone, then removes mappings, disks and the clone itself: first what hangs from
/// it, since a Vm's deletion leaves its disks behind (law 8: all of it hangs from an object with our mark).
fn remove(world: &World, spec: &CloneSpec) -> Result<(), Fault> {
    let manager = &world.manager;
    let mark = [spec.name.to_string()];
    for job in manager.open_jobs(&mark).map_err(|e| e.fault())? {
        manager.abort_job(&job.id).map_err(|e| e.fault())?;
    }
    let Some(clone) = manager.find_clone(spec).map_err(|e| e.fault())? else { return Ok(()) };
    for disk in manager.vm_disks(&clone.id).map_err(|e| e.fault())? {
        manager.delete_mapping(&disk.mapping.id).map_err(|e| e.fault())?;
        if let Some(disk) = disk.disk.filter(|disk| disk.kind == crate::driver::ovm::DiskKind::Virtual) {
            manager.delete_disk(&disk.id).map_err(|e| e.fault())?;
        }
    }
    manager.delete_vm(&clone.id).map_err(|e| e.fault())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

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
