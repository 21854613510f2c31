//! Where things lie in the site's folder. Nothing of a site lies outside it.

use std::path::{Path, PathBuf};

/// The site's folder.
#[derive(Debug, Clone)]
pub struct Paths {
    /// Absolute.
    pub dir: PathBuf,
}

macro_rules! places {
    ($($(#[$doc:meta])* $name:ident = $path:literal;)*) => {
        impl Paths { $($(#[$doc])* #[must_use] pub fn $name(&self) -> PathBuf { self.dir.join($path) })* }
    };
}

places! {
    /// What the site is made of.
    site = "site.json";
    /// The product's configuration.
    config = "ovmirror.toml";
    /// Host keys for the client.
    known_hosts = "known_hosts";
    /// The client's private key.
    client_key = "id";
    /// The manager's password.
    password = "manager.password";
    /// Host keys of the machines and of the manager.
    keys = "keys";
    /// One folder per host.
    hosts = "hosts";
    /// What all tools of the site share.
    shared = "shared";
    /// The faults.
    faults = "shared/faults.json";
    /// The tape library.
    tape = "tape";
    /// Where repositories are.
    repositories = "repo";
    /// The manager's own store.
    manager = "manager";
    /// Held by the supervisor.
    lock = "lock";
    /// Where the supervisor listens.
    socket = "control";
    /// What the supervisor says.
    log = "log/supervisor.log";
}

impl Paths {
    /// Of this folder, which need not exist yet.
    pub fn of(dir: &Path) -> std::io::Result<Self> {
        Ok(Self { dir: std::path::absolute(dir)? })
    }

    /// A host's folder.
    #[must_use]
    pub fn host(&self, name: &str) -> PathBuf {
        self.hosts().join(name)
    }

    /// The file system of a repository (real mode).
    #[must_use]
    pub fn image(&self, repository: &str) -> PathBuf {
        self.dir.join(format!("{repository}.img"))
    }

    /// A repository's folder.
    #[must_use]
    pub fn repository(&self, id: &str) -> PathBuf {
        self.repositories().join(id)
    }
}
