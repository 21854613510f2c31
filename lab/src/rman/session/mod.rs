//! An RMAN session: reads commands, runs them, prints what RMAN prints.

mod autochannel;
mod configure;
mod connect;
mod dispatch;
mod input;
mod setting;

pub use input::Source;

use super::{
    dates::{self, DateFormat},
    output::Output,
    sbt::Media,
    stack::Failure,
    syntax::command::{Device, Until},
    target::{Door, Site, Target},
};
use crate::db::api::{Database, Facts};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// An allocated channel.
#[derive(Clone)]
pub struct Channel {
    /// `t1`, `ORA_DISK_1`.
    pub name: String,
    /// Its session.
    pub target: Arc<dyn Target>,
    /// Where it writes.
    pub media: Arc<dyn Media>,
    /// FORMAT of the channel.
    pub format: Option<String>,
}

/// What SET changed: for one RUN block, or for the session.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// SET ENCRYPTION; `None`: as configured.
    pub encryption: Option<bool>,
    /// SET UNTIL
    pub until: Option<Until>,
    /// SET NEWNAME
    pub newnames: BTreeMap<u32, PathBuf>,
    /// SET MAXCORRUPT
    pub max_corrupt: BTreeMap<u32, u64>,
    /// SET ARCHIVELOG DESTINATION
    pub archive_destination: Option<PathBuf>,
}

/// A session.
pub struct Session {
    /// The host's part.
    pub site: Site,
    /// The message log.
    pub out: Arc<Output>,
    /// NLS_DATE_FORMAT
    pub dates: DateFormat,
    door: Arc<dyn Door>,
    target: Option<Arc<dyn Target>>,
    connected: bool,
    repository_said: bool,
    echo: bool,
    failed: bool,
    /// Channels in hand.
    pub channels: Vec<Channel>,
    /// What SET says now.
    pub settings: Settings,
    command_id: String,
    dbid: Option<u32>,
    job: u32,
    used_sets: (u32, u64),
    volume: (u64, u64),
}

/// How input goes on after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// With the next command.
    Go,
    /// EXIT.
    End,
}

impl Session {
    /// A session that is not connected yet.
    #[must_use]
    pub fn new(site: Site, out: Arc<Output>, dates: DateFormat, door: Arc<dyn Door>) -> Self {
        Self {
            site,
            out,
            dates,
            door,
            target: None,
            connected: false,
            repository_said: false,
            echo: false,
            failed: false,
            channels: Vec::new(),
            settings: Settings::default(),
            command_id: String::new(),
            dbid: None,
            job: 0,
            used_sets: (0, 0),
            volume: (0, 0),
        }
    }

    /// Whether any command failed.
    #[must_use]
    pub const fn failed(&self) -> bool {
        self.failed
    }

    /// `… at <time>` of a message, now.
    #[must_use]
    pub fn at(&self) -> String {
        self.dates.show(dates::now())
    }

    /// The default channel's session. RMAN-06171 before CONNECT, ORA-01034 for an idle instance.
    pub fn target(&self) -> Result<Arc<dyn Target>, Failure> {
        match &self.target {
            Some(target) => Ok(Arc::clone(target)),
            None if self.connected => {
                Err(Failure::rman(6403, "could not obtain a fully authorized session")
                    .and(1034, "ORACLE not available"))
            }
            None => Err(Failure::rman(6171, "not connected to target database")),
        }
    }

    /// Everything the views show.
    pub fn facts(&self) -> Result<Facts, Failure> {
        self.target()?.facts().map_err(Failure::from)
    }

    /// The mounted database. ORA-01507 where nothing is mounted.
    pub fn database(&mut self) -> Result<Database, Failure> {
        let facts = self.facts()?;
        let database = facts.database.ok_or_else(|| Failure::ora(1507, "database not mounted"))?;
        if !self.repository_said {
            self.repository_said = true;
            self.out.line("using target database control file instead of recovery catalog");
        }
        Ok(database)
    }

    /// The next set's number and stamp: above every one in the control file, and no stamp twice.
    pub fn next_set(&mut self, database: &Database) -> (u32, u64) {
        let known = database.pieces.iter().map(|piece| piece.set_count).max().unwrap_or(0);
        let count = known.max(self.used_sets.0) + 1;
        let stamp = super::names::set_stamp(dates::now()).max(self.used_sets.1 + 1);
        self.used_sets = (count, stamp);
        self.used_sets
    }

    /// Whether CONTROLFILE AUTOBACKUP is on.
    #[must_use]
    pub fn autobackup(&self, database: &Database) -> bool {
        let configured = database.rman_configuration.iter().find(|(name, _)| name == "CONTROLFILE AUTOBACKUP");
        configured.map_or_else(
            || super::words::autobackup_default(self.site.oracle),
            |(_, value)| value.eq_ignore_ascii_case("ON"),
        )
    }

    /// Whether a backup to this device would be encrypted.
    #[must_use]
    pub fn encrypts(&self, database: &Database) -> bool {
        let configured = database
            .rman_configuration
            .iter()
            .any(|(name, value)| name.starts_with("ENCRYPTION FOR DATABASE") && value.eq_ignore_ascii_case("ON"));
        self.settings.encryption.unwrap_or(configured)
    }

    /// The channels for a command; automatic ones are allocated where none is in hand. The flag: release them afterwards.
    pub fn use_channels(&mut self, device: Option<Device>) -> Result<(Vec<Channel>, bool), Failure> {
        let wanted: Vec<_> =
            self.channels.iter().filter(|c| device.is_none_or(|d| c.media.device() == d)).cloned().collect();
        if !wanted.is_empty() {
            return Ok((wanted, false));
        }
        if !self.channels.is_empty() {
            let name = device.map_or("DISK", Device::name);
            return Err(Failure::rman(6012, format!("channel: no channel of device type {name} allocated")));
        }
        self.automatic(device).map(|channels| (channels, true))
    }
}

impl Session {
    /// Ends every session with the instance.
    pub fn close(&mut self) {
        self.channels.clear();
        self.target = None;
    }

    /// SET COMMAND ID
    #[must_use]
    pub fn command_id(&self) -> &str {
        &self.command_id
    }

    /// Tells the instance how a job stands; the job's key.
    pub fn report_job(&mut self, job: &crate::db::session::JobRow) -> u32 {
        let Ok(target) = self.target() else { return job.key };
        self.job = target.job(job);
        self.job
    }

    /// Remembers which set numbers are used up, and how much went through.
    pub fn note_work(&mut self, used: (u32, u64), volume: (u64, u64)) {
        self.used_sets = (used.0.saturating_sub(1).max(self.used_sets.0), used.1);
        self.volume.0 += volume.0;
        self.volume.1 += volume.1;
    }

    /// Bytes in and out since the last call.
    pub fn take_volume(&mut self) -> (u64, u64) {
        std::mem::take(&mut self.volume)
    }
}
