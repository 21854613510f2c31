//! What was typed, joined with configuration and environment: the only thing the commands see.

use super::args::Global;
use crate::{
    config::{self, Config, Database, Media},
    fault::{Fault, Kind},
    model::{DbName, HostName},
    store::{self, Store},
};
use std::path::{Path, PathBuf};

/// A configured site.
pub struct Site {
    /// The file.
    pub path: PathBuf,
    /// What stands in it.
    pub config: Config,
    /// Store and locks.
    pub state: PathBuf,
    /// Control files, logs, evidence.
    pub artifacts: PathBuf,
    /// Trusted host keys.
    pub known_hosts: PathBuf,
    /// How many `-v`.
    pub verbose: u8,
}

impl Site {
    /// Finds and reads the configuration.
    pub fn find(global: &Global) -> Result<Self, Fault> {
        let variable = std::env::var_os("OVMIRROR_CONFIG").map(PathBuf::from);
        let home = std::env::home_dir();
        let path = config::locate(global.config.as_deref(), variable.as_deref(), home.as_deref())?;
        let config = config::load(&path)?;
        let state = config.state.clone().map_or_else(|| default_state(home.as_deref()), |p| expand(p, home.as_deref()));
        let artifacts =
            config.artifacts.clone().map_or_else(|| state.join("artifacts"), |p| expand(p, home.as_deref()));
        let known = PathBuf::from("~/.ssh/known_hosts");
        let known_hosts = expand(config.known_hosts.clone().unwrap_or(known), home.as_deref());
        if global.verbose > 0 {
            trace();
        }
        Ok(Self { path, config, state, artifacts, known_hosts, verbose: global.verbose })
    }

    /// Opens the store.
    pub fn store(&self) -> Result<Store, Fault> {
        store::only_ours(&self.artifacts)?;
        Store::open(&self.state, self.config.simulated)
    }

    /// A database by its configured name.
    pub fn database(&self, name: &str) -> Result<(DbName, &Database), Fault> {
        let found = self.config.databases.iter().find(|(known, _)| known.as_str() == name);
        found.map(|(name, database)| (name.clone(), database)).ok_or_else(|| {
            let known: Vec<_> = self.config.databases.keys().map(ToString::to_string).collect();
            Fault::new(Kind::User, "CFG-004", format!("there is no database {name} in {}", self.path.display())).hint(
                format!("configured are: {}", if known.is_empty() { "none".to_owned() } else { known.join(", ") }),
            )
        })
    }

    /// The databases that were named, or all.
    pub fn databases(&self, names: &[String]) -> Result<Vec<(DbName, &Database)>, Fault> {
        if names.is_empty() {
            return Ok(self.config.databases.iter().map(|(name, database)| (name.clone(), database)).collect());
        }
        names.iter().map(|name| self.database(name)).collect()
    }

    /// The media host of a database.
    pub fn media<'a>(&'a self, database: &'a Database) -> Option<(&'a HostName, &'a Media)> {
        let name = database.media.as_ref()?;
        self.config.media.get(name).map(|media| (name, media))
    }
}

/// Commands are told on stderr.
fn trace() {
    let told = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_target(false)
        .with_level(false);
    // A second subscriber is refused; the first one stays.
    let _ = told.try_init();
}

fn default_state(home: Option<&Path>) -> PathBuf {
    match home {
        Some(home) if !rustix::process::geteuid().is_root() => home.join(".local/state/ovmirror"),
        _ => PathBuf::from("/var/lib/ovmirror"),
    }
}

/// `~/` at the beginning is the home folder.
fn expand(path: PathBuf, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    }
}
