//! What each step would send, for `--dry-run`.

use super::CopyUnit;
use crate::{
    driver::ovm::ObjectKind,
    fault::{Fault, Remedy},
    flow::recover::{beside, params::RecoverParams},
    step::{World, names::sample_run, preview::later},
    text::{render, sh},
};

fn point(run: &str, unit: &CopyUnit) -> String {
    format!("/HOME/.ovmirror/{run}/{}", unit.point())
}

fn run(p: &RecoverParams) -> Result<String, Fault> {
    Ok(sample_run(&p.site.database)?.to_string())
}

/// The mount command.
pub fn mount(p: &RecoverParams, unit: &CopyUnit) -> Result<Vec<String>, Fault> {
    let point = point(&run(p)?, unit);
    let mount = p.copying.mount_words(unit, &point)?.join(" ");
    Ok(vec![mount.clone(), format!("umount {point}"), mount])
}

/// The renames.
pub fn set_aside(p: &RecoverParams, unit: &CopyUnit) -> Result<Vec<String>, Fault> {
    let run = run(p)?;
    let files: Vec<_> =
        unit.names().map(|name| sh::Restored { from: name.to_owned(), to: beside::name(name, &run) }).collect();
    Ok(vec![render(&sh::PlaceRestored { files: &files })?])
}

/// The copies.
pub fn copy(p: &RecoverParams, unit: &CopyUnit) -> Result<Vec<String>, Fault> {
    let run = run(p)?;
    Ok(vec![render(&sh::CopyFiles { files: &unit.pairs(&run, &point(&run, unit)) })?])
}

/// The way out.
pub fn release(p: &RecoverParams, world: &World) -> Result<Vec<String>, Fault> {
    let (run, cli) = (run(p)?, world.manager.release().map_err(|e| e.fault())?);
    let mut texts: Vec<String> = p.copying.units.iter().map(|unit| format!("umount {}", point(&run, unit))).collect();
    for disk in &p.copying.disks {
        texts.push(cli.delete(ObjectKind::VmDiskMapping, &later(&format!("MAPPING-{}", disk.slot))?));
        texts.push(cli.delete(ObjectKind::VirtualDisk, &later(&format!("WORK-COPY-{}", disk.slot))?));
    }
    Ok(texts)
}
