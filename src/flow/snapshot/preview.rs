//! What each step would send, for `--dry-run`: the texts that the steps themselves make, with stand-ins in capitals for
//! ids that are only known later.

use super::{begin::Begin, clone::CloneVm, run_folder::Folders};
use crate::{
    driver::ovm::{Description, ObjectKind, VmEdit},
    fault::{Fault, Remedy},
    model::TagKind,
    step::{
        World,
        names::{marked, sample_run},
        params::{SnapshotParams, Target},
        preview::later,
    },
    text::{render, sh, sql},
};

/// Where things would go.
pub fn folders(p: &SnapshotParams) -> Result<Folders, Fault> {
    let run = sample_run(&p.site.database)?;
    let mounts = p.surveyed.layout.data_units().map(|unit| unit.target.as_str());
    let mount = mounts.min().unwrap_or_default();
    Ok(Folders { run: format!("/HOME/.ovmirror/{run}"), controlfile: format!("{mount}/.ovmirror/{run}.ctl") })
}

/// Customizer and storage mappings.
pub fn prepare_clone(p: &SnapshotParams, world: &World) -> Result<Vec<String>, Fault> {
    if !p.customizer {
        return Ok(Vec::new());
    }
    let (run, cli) = (sample_run(&p.site.database)?, world.manager.release().map_err(|e| e.fault())?);
    let mut texts = vec![cli.create_customizer(&p.site.vm, &marked(&run, TagKind::Customizer, None)?)];
    for disk in p.surveyed.layout.disks.iter().filter(|disk| p.slots.contains(&disk.facts.slot)) {
        let Some(repository) = &disk.facts.repository else { continue };
        let name = marked(&run, TagKind::Customizer, Some(&disk.facts.slot.to_string()))?;
        texts.push(cli.create_storage_mapping(&later("CUSTOMIZER")?, &disk.facts.mapping, repository, &name));
    }
    Ok(texts)
}

/// Log switch and checkpoint.
pub fn switch_log(p: &SnapshotParams) -> Result<Vec<String>, Fault> {
    let run = sample_run(&p.site.database)?;
    let mut texts = p.preview(&[sql::LOGS_ARCHIVE_CURRENT, sql::LOGS_CHECKPOINT]);
    texts.push(render(&sh::Sync { run: run.as_str(), seconds: super::switch_log::FIRST_SYNC.as_secs() })?);
    Ok(texts)
}

/// The one call that begins backup mode.
pub fn begin(p: &Begin) -> Result<Vec<String>, Fault> {
    let batch = p.batch(&folders(&p.0)?)?;
    Ok(batch.into_iter().map(|statement| statement.text).collect())
}

/// `sync` or fsfreeze.
pub fn flush(p: &SnapshotParams, world: &World) -> Result<Vec<String>, Fault> {
    let marker = format!("{}/frozen", folders(p)?.run);
    let context = sh::Flush { points: &p.freeze, marker: &marker, become_words: &world.become_words };
    Ok(vec![render(&context)?])
}

/// The clone command.
pub fn clone_vm(p: &SnapshotParams, world: &World) -> Result<Vec<String>, Fault> {
    let customizer = p.customizer.then(|| later("CUSTOMIZER")).transpose()?;
    let spec = CloneVm::spec_of(p, &sample_run(&p.site.database)?, customizer)?;
    Ok(vec![world.manager.release().map_err(|e| e.fault())?.clone_vm(&spec)])
}

/// Names and description of what was cloned.
pub fn read_back(p: &SnapshotParams, world: &World) -> Result<Vec<String>, Fault> {
    let (run, cli) = (sample_run(&p.site.database)?, world.manager.release().map_err(|e| e.fault())?);
    let mut texts = Vec::new();
    for slot in &p.slots {
        let name = marked(&run, TagKind::Disk, Some(&slot.to_string()))?;
        texts.push(cli.rename(ObjectKind::VirtualDisk, &later(&format!("CLONED-DISK-{slot}"))?, &name));
    }
    let description = Some(Description::new(&format!("ovmirror {run} SCNS-AND-SLOTS")).map_err(|e| e.fault())?);
    let high_availability = (p.target == Target::Vm).then_some(false);
    texts.push(cli.edit_vm(&later("CLONE")?, &VmEdit { description, high_availability, ..VmEdit::default() }));
    if p.customizer {
        texts.push(cli.delete(ObjectKind::VmCloneCustomizer, &later("CUSTOMIZER")?));
    }
    Ok(texts)
}

/// What is copied to the artifacts.
pub fn keep_logs(p: &SnapshotParams) -> Result<Vec<String>, Fault> {
    let copy = folders(p)?.controlfile;
    Ok(vec![format!("cat {copy}"), "cat EACH-NEEDED-LOG".to_owned()])
}
