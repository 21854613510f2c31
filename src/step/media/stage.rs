//! The run's folder on the media host: a private copy of the control file, the pfile, and the kept logs.

use crate::{
    catalog::{CatalogChange, Tape, TapeState},
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    step::{World, files, folder, names::run_id, params::CloneParams, preview::told, shell},
    survey::rules::{PGA_MIB, SGA_MIB},
    text::{self, pfile},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub struct Stage {
    pub p: Arc<CloneParams>,
    pub purpose: Purpose,
}

/// What the instance is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It mounts the clone for RMAN and never opens it (law 5).
    Tape,
    /// It opens the copy for a restore test; nothing of it is kept.
    Drill,
}

/// Where things are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Staged {
    /// `~/.ovmirror/<run>`, absolute.
    pub folder: String,
    /// Folder of the kept logs in it.
    pub logs: String,
    /// The control file that the clone is mounted with.
    pub control: String,
    /// The pfile.
    pub pfile: String,
    /// The tape half is under way, where this is one.
    pub catalog: Vec<CatalogChange>,
}

impl Stage {
    /// Where things will be.
    #[must_use]
    pub fn places(&self, folder: String) -> Staged {
        let tape = Tape::empty(TapeState::Running);
        let running = CatalogChange::TapeState { id: self.p.snapshot.clone(), tape };
        Staged {
            logs: format!("{folder}/logs"),
            control: format!("{folder}/clone.ctl"),
            pfile: format!("{folder}/pfile.ora"),
            catalog: if self.purpose == Purpose::Tape { vec![running] } else { Vec::new() },
            folder,
        }
    }

    /// The instance's parameters.
    pub fn pfile(&self, run: &str, staged: &Staged) -> Result<String, Fault> {
        let identity = &self.p.surveyed.identity;
        let parameter = |name: &str| self.p.surveyed.parameters.get(name).map_or("", String::as_str);
        let context = pfile::Clone {
            run,
            db_name: &identity.name,
            db_unique_name: &self.p.unique_name(),
            control_file: &staged.control,
            compatible: parameter("compatible"),
            db_block_size: self.p.block_size()?,
            container: identity.cdb,
            sga_mib: SGA_MIB,
            pga_mib: PGA_MIB,
            archive_dest: &format!("{}/arch", staged.folder),
            log_archive_format: parameter("log_archive_format"),
            audit_dest: &format!("{}/audit", staged.folder),
            diagnostic_dest: &format!("{}/diag", staged.folder),
            wallet_root: parameter("wallet_root"),
            tde_configuration: parameter("tde_configuration"),
        };
        match self.purpose {
            Purpose::Tape => text::render(&context),
            Purpose::Drill => text::render(&pfile::Drill {
                clone: context,
                undo_management: parameter("undo_management"),
                undo_tablespace: parameter("undo_tablespace"),
            }),
        }
    }

    fn send(&self, cx: &Cx<'_, World>, staged: &Staged) -> Result<(), Fault> {
        let host = &self.p.media.host;
        send_control(cx.world, &self.p, staged)?;
        let pfile = self.pfile(cx.run, staged)?;
        let own = cx.world.artifacts_of(&run_id(cx.run)?);
        files::make_folder(&own)?;
        files::write(&own.join("pfile.ora"), &pfile)?;
        files::send_text(cx.world, host, &pfile, &staged.pfile)?;
        let artifacts = cx.world.artifacts_of(&self.p.snapshot);
        for log in &self.p.logs {
            let moved = files::send(
                cx.world,
                host,
                &artifacts.join("logs").join(&log.file),
                &format!("{}/{}", staged.logs, log.file),
            )?;
            if moved != log.moved {
                return Err(not_kept("LOG-004", &format!("log {}", log.file)));
            }
        }
        Ok(())
    }
}

/// The kept control file of the kind that the clone is mounted with, to its private place.
pub fn send_control(world: &World, p: &CloneParams, staged: &Staged) -> Result<(), Fault> {
    let name = if p.media.standby { "standby.ctl" } else { "control.ctl" };
    let kept = world.artifacts_of(&p.snapshot).join(name);
    let moved = files::send(world, &p.media.host, &kept, &staged.control)?;
    match &p.control {
        Some(kept) if *kept != moved => Err(not_kept("OFF-019", &format!("control file {name}"))),
        _ => Ok(()),
    }
}

/// An artifact that somebody changed could be another database's.
fn not_kept(code: &str, what: &str) -> Fault {
    let text = format!("the kept {what} is not what was kept: its digest differs");
    Fault::new(Kind::External, code, text).hint("restore the artifacts folder from a copy")
}

impl Step<World> for Stage {
    const KIND: &'static str = "stage";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = Staged;

    fn describe(&self) -> String {
        format!("bring control file, pfile and {} kept logs to {}", self.p.logs.len(), self.p.media.name)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(super::preview::folder(&self.p).and_then(|folder| Ok(vec![self.pfile("RUN", &self.places(folder))?])))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Staged>, Fault> {
        let host = &self.p.media.host;
        let staged = self.places(folder::make(cx.world, host, cx.run)?);
        for name in ["logs", "arch", "audit", "diag"] {
            shell::words(cx.world, host, &["mkdir", "-p", "-m", "700", &format!("{}/{name}", staged.folder)])?;
        }
        self.send(cx, &staged)?;
        Ok(Ran::Done(staged))
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Staged>, Fault> {
        Ok(Probe::Partial("files may be there in part".to_owned()))
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&Staged>) -> Result<(), Fault> {
        folder::remove(cx.world, &self.p.media.host, cx.run)
    }
}
