//! The tables of the file as types. Every key has its default here; `keys.rs` describes them for people.

use super::duration::Span;
use crate::model::{DbName, HostName};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// The whole file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where store and locks live.
    pub state: Option<PathBuf>,
    /// Where control files, kept logs and evidence go; by default `<state>/artifacts`.
    pub artifacts: Option<PathBuf>,
    /// Host keys that are trusted.
    pub known_hosts: Option<PathBuf>,
    /// Whether this is a lab. A store refuses to mix.
    #[serde(default)]
    pub simulated: bool,
    /// Oracle VM Manager.
    pub manager: Manager,
    /// Machines by name.
    #[serde(default)]
    pub hosts: BTreeMap<HostName, Host>,
    /// VMs with a media manager by name.
    #[serde(default)]
    pub media: BTreeMap<HostName, Media>,
    /// Databases by name.
    #[serde(default)]
    pub databases: BTreeMap<DbName, Database>,
    /// How long remote calls may take.
    #[serde(default)]
    pub deadlines: Deadlines,
}

impl Config {
    /// The password files of the manager and of all hosts.
    pub fn password_files(&self) -> impl Iterator<Item = &PathBuf> {
        self.manager.password_file.iter().chain(self.hosts.values().filter_map(|host| host.password_file.as_ref()))
    }
}

/// `[manager]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Manager {
    pub host: String,
    #[serde(default = "manager_port")]
    pub port: u16,
    pub user: String,
    pub key: Option<PathBuf>,
    pub password_file: Option<PathBuf>,
    pub password_command: Option<String>,
    #[serde(default)]
    pub legacy_ssh: bool,
    pub server_pool: Option<String>,
    #[serde(default)]
    pub clone_to: CloneTo,
}

fn manager_port() -> u16 {
    10000
}

/// What the clone command makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum CloneTo {
    #[default]
    VmTemplate,
    Vm,
}

/// `[hosts.NAME]`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)]
pub struct Host {
    pub address: Option<String>,
    pub port: Option<u16>,
    pub user: Option<String>,
    pub key: Option<PathBuf>,
    pub password_file: Option<PathBuf>,
    pub password_command: Option<String>,
    pub agent: bool,
    #[serde(rename = "become")]
    pub become_with: Option<String>,
    pub legacy_ssh: bool,
    pub local: bool,
}

/// `[media.NAME]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Media {
    pub host: HostName,
    pub vm: String,
    pub oracle_home: String,
    #[serde(default)]
    pub mount: MountMode,
    #[serde(default = "prefix")]
    pub prefix: String,
    #[serde(default)]
    pub controlfile: ControlfileKind,
    #[serde(default = "channels")]
    pub channels: u32,
    pub sbt: Sbt,
    pub catalog: Option<String>,
    pub template: Option<PathBuf>,
}

fn prefix() -> String {
    "/ovmirror".to_owned()
}

fn channels() -> u32 {
    2
}

/// The media manager's library and its environment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Sbt {
    pub library: String,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

/// Where the work copy's file systems are mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum MountMode {
    #[default]
    Same,
    Prefix,
}

/// The control file that the clone is mounted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum ControlfileKind {
    #[default]
    Backup,
    Standby,
}

/// `[databases.NAME]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Database {
    pub host: HostName,
    pub vm: String,
    pub server: Option<HostName>,
    pub media: Option<HostName>,
    pub sid: String,
    pub oracle_home: String,
    #[serde(default)]
    pub sql: SqlWay,
    pub connect: Option<String>,
    #[serde(default)]
    pub way: Way,
    #[serde(default)]
    pub quiesce: Quiesce,
    #[serde(default)]
    pub kept_logs: KeptLogs,
    #[serde(default = "window_limit")]
    pub window_limit: Span,
    #[serde(default)]
    pub skip: Vec<String>,
    #[serde(default)]
    pub validate: Validate,
    #[serde(default)]
    pub checks: Vec<PathBuf>,
    pub kept: Option<String>,
}

fn window_limit() -> Span {
    Span::seconds(120)
}

macro_rules! choice {
    ($name:ident { $first:ident $(, $other:ident)* }) => {
        /// One of the values the key takes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        #[allow(missing_docs)]
        pub enum $name {
            #[default]
            $first,
            $($other,)*
        }
    };
}

choice!(SqlWay { Sqlplus, Oci });
choice!(Way { Manager, Server });
choice!(Quiesce { Sync, Fsfreeze });
choice!(KeptLogs { Copy, Clone });
choice!(Validate { Never, Always });

/// `[deadlines]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)]
pub struct Deadlines {
    pub connect: Span,
    pub command: Span,
    pub sql: Span,
    pub clone: Span,
    pub rman_stall: Span,
    pub start_stop: Span,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Span::seconds(20),
            command: Span::seconds(60),
            sql: Span::seconds(120),
            clone: Span::seconds(30 * 60),
            rman_stall: Span::seconds(30 * 60),
            start_stop: Span::seconds(10 * 60),
        }
    }
}
