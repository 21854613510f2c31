//! The context of `templates/report/runbook.tera`: the procedure by hand, as a page to keep. Words `THIS_…` in its commands
//! are values that are known only when the page is used; its own functions put them in.

use super::Template;
use serde::Serialize;

/// The page.
#[derive(Debug, Clone, Serialize)]
pub struct Runbook<'a> {
    /// The database as configured.
    pub database: &'a str,
    /// Its DBID.
    pub dbid: u64,
    /// ORACLE_SID.
    pub sid: &'a str,
    /// ORACLE_HOME.
    pub home: &'a str,
    /// `sqlplus::role_word`
    pub role: &'static str,
    /// When the page was made, with offset.
    pub made_at: String,
    /// Version of ovmirror.
    pub version: &'static str,
    /// Name of the VM.
    pub vm: &'a str,
    /// Its id.
    pub vm_id: &'a str,
    /// Release of the manager.
    pub ovm_release: &'static str,
    /// `ssh …` to the manager's CLI.
    pub ssh_manager: String,
    /// `ssh …` to the database's VM.
    pub ssh_db: String,
    /// `ssh …` to the server; empty where none is configured.
    pub ssh_server: String,
    /// `sudo` or the like before privileged commands at the VM; may be empty.
    pub become_words: String,
    /// Names of the values that are put in.
    pub variables: Vec<String>,
    /// Command that makes the customizer; empty where the whole VM is cloned.
    pub customizer: String,
    /// Commands of its storage mappings.
    pub storage_mappings: Vec<String>,
    /// The clone command.
    pub clone: String,
    /// Mount points to freeze.
    pub freeze: &'a [String],
    /// Where the copy of the control file lies for a moment.
    pub controlfile_folder: &'a str,
    /// Number of the column NAME in the list of logs.
    pub log_name_column: u64,
    /// Disks with datafiles, by slot.
    pub disks: Vec<Disk>,
    /// File systems with datafiles, in the order of mounting.
    pub units: Vec<Unit>,
    /// The same, in the order of unmounting.
    pub units_down: Vec<Unit>,
    /// Volume groups that they lie on.
    pub groups: Vec<String>,
    /// Folder of the kept set, without the tag.
    pub kept: String,
    /// Script that keeps the way back.
    pub keep: String,
    /// Script that puts it back.
    pub restore: String,
    /// Statements and SQL*Plus's own commands.
    pub sql: Sql,
    /// Steps of the tape half.
    pub tape: Vec<TapeStep>,
    /// Why there are none.
    pub no_tape: String,
}
impl Template for Runbook<'_> {
    const NAME: &'static str = "report/runbook.tera";
}

/// A disk with its commands.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct Disk {
    pub slot: u32,
    pub device: String,
    pub live: String,
    pub mapping: String,
    pub repository: String,
    /// Whether it may be swapped, or why not.
    pub swap: String,
    pub name_golden: String,
    pub clone: String,
    pub name_old: String,
    pub name_new: String,
    pub name_new_away: String,
    pub name_old_back: String,
    pub map_new: String,
    pub map_old: String,
    pub refresh: String,
    pub is_free: String,
    pub has_come: String,
}

/// A file system.
#[derive(Debug, Clone, Serialize)]
pub struct Unit {
    /// Mount point.
    pub target: String,
    /// The mount command.
    pub mount: String,
}

/// What is sent to the instance.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct Sql {
    pub active: String,
    pub archive: String,
    pub checkpoint: String,
    pub begin: String,
    pub controlfile: String,
    pub end: String,
    pub now: String,
    pub logs: String,
    pub headers: String,
    pub scn_of: String,
    pub startup: String,
    pub shutdown: String,
    pub recover: String,
    pub open: String,
    pub open_resetlogs: String,
}

/// A step of the tape half.
#[derive(Debug, Clone, Serialize)]
pub struct TapeStep {
    /// What it does.
    pub text: String,
    /// What it sends.
    pub sends: Vec<String>,
}
