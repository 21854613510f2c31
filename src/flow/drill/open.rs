//! The recovered copy is opened, in the way that writes least. What is opened once is never put on tape nor swapped in:
//! its disks are deleted at the end of this run.

use super::{opened, params::kind, recover::RecoverCopy, refusal};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    step::{
        World,
        media::{instance, preview, stage::Stage},
        params::CloneParams,
        preview::told,
        sql as ask,
    },
    text::sql::{self, SqlId},
};
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

pub struct OpenCopy(pub Arc<CloneParams>);

/// A way to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// OPEN READ ONLY under the BACKUP control file.
    ReadOnly,
    /// OPEN READ ONLY under a STANDBY control file.
    Standby,
    /// OPEN RESETLOGS: a new incarnation, in the copy alone.
    Resetlogs,
}

/// Every way, best first.
pub const WAYS: [How; 3] = [How::ReadOnly, How::Standby, How::Resetlogs];

impl How {
    fn statement(self) -> SqlId {
        match self {
            Self::ReadOnly | Self::Standby => sql::CHANGE_OPEN_READ_ONLY,
            Self::Resetlogs => sql::CHANGE_OPEN_RESETLOGS,
        }
    }

    /// The kind of control file that it needs: the key of its attempt.
    #[must_use]
    pub fn control_file(self) -> &'static str {
        if self == Self::Standby { "standby" } else { "backup" }
    }

    fn mode(self) -> &'static str {
        match self {
            Self::ReadOnly | Self::Standby => "READ ONLY",
            Self::Resetlogs => "READ WRITE",
        }
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadOnly => "readonly",
            Self::Standby => "standby",
            Self::Resetlogs => "resetlogs",
        })
    }
}

/// What became of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Opened {
    /// The way that opened it.
    pub how: Option<How>,
    /// V$DATABASE.OPEN_MODE.
    pub mode: Option<String>,
    /// Ways that the database refused, with its words.
    pub refused: Vec<(How, String)>,
}

impl OpenCopy {
    /// What this attempt's control file allows, best first.
    fn ways(&self) -> &'static [How] {
        if self.0.media.standby { &[How::Standby] } else { &[How::ReadOnly, How::Resetlogs] }
    }

    fn mode(&self, cx: &Cx<'_, World>) -> Result<String, Fault> {
        let rows = ask::ask(cx.world, &self.0.target(), &[sql::DATABASE_IDENTITY.at(self.0.release()?, &[])?])?;
        let rows = rows.first().ok_or_else(|| Fault::new(Kind::Bug, "DRL-003", "V$DATABASE has one answer"))?;
        Ok(rows.one()?.text("OPEN_MODE")?.to_owned())
    }

    fn open(&self, cx: &Cx<'_, World>) -> Result<Opened, Fault> {
        let mut refused = Vec::new();
        // A process that was killed behind OPEN left it open.
        let found = self.mode(cx)?;
        for how in self.ways() {
            if found != how.mode() {
                if let Err(fault) = instance::change(cx.world, &self.0, how.statement()) {
                    refused.push((*how, refusal(fault)?));
                    continue;
                }
            }
            return self.look(cx, *how, refused);
        }
        Ok(Opened { how: None, mode: None, refused })
    }

    /// Open as it was told to be, and still on nothing but its own files.
    fn look(&self, cx: &Cx<'_, World>, how: How, refused: Vec<(How, String)>) -> Result<Opened, Fault> {
        let mode = self.mode(cx)?;
        if mode != how.mode() {
            let text = format!("the copy is open in the mode {mode}, not {}", how.mode());
            return Err(Fault::new(Kind::External, "DRL-004", text).on(&self.0.media.host));
        }
        instance::law_six(cx.world, &self.0, &cx.out::<Stage>()?.folder)?;
        Ok(Opened { how: Some(how), mode: Some(mode), refused })
    }

    /// Whether this attempt's recovery came through.
    fn recovered(&self, cx: &Cx<'_, World>) -> Result<bool, Fault> {
        let attempt = Some(kind(&self.0));
        Ok(cx.all::<RecoverCopy>()?.iter().any(|(key, recovered)| *key == attempt && recovered.through.is_some()))
    }
}

impl Step<World> for OpenCopy {
    const KIND: &'static str = "open_copy";
    const UNDO: UndoPolicy =
        UndoPolicy::Nothing { because: "the instance is ended where it was started, and its disks are deleted" };
    type Out = Opened;

    fn key(&self) -> Option<String> {
        Some(kind(&self.0))
    }

    fn describe(&self) -> String {
        let ways: Vec<String> = self.ways().iter().map(ToString::to_string).collect();
        format!("open the copy: {}", ways.join(", else "))
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        told(preview::statements(&self.0, &self.ways().iter().map(|how| how.statement()).collect::<Vec<_>>()))
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Opened>, Fault> {
        if opened(cx)?.is_some() {
            return Ok(Ran::Skipped(Opened::default(), "the copy is open".to_owned()));
        }
        if !self.recovered(cx)? {
            return Ok(Ran::Skipped(Opened::default(), "the copy is not recovered".to_owned()));
        }
        let out = self.open(cx)?;
        let words: Vec<String> = out.refused.iter().map(|(how, why)| format!("{how} was refused: {why}")).collect();
        Ok(if words.is_empty() { Ran::Done(out) } else { Ran::Warned(out, words.join("; ")) })
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<Opened>, Fault> {
        // It looks before it opens.
        Ok(Probe::Absent)
    }

    fn undo(&self, _cx: &Cx<'_, World>, _out: Option<&Opened>) -> Result<(), Fault> {
        Ok(())
    }
}
