//! The pfile of an instance that mounts a clone.

use super::Template;
use serde::Serialize;

/// `templates/pfile/clone.tera`
#[derive(Debug, Clone, Serialize)]
pub struct Clone<'a> {
    /// The run.
    pub run: &'a str,
    /// As in the control file, else ORA-01103.
    pub db_name: &'a str,
    /// Names the lock file: one of its own per clone.
    pub db_unique_name: &'a str,
    /// A private copy, never the stored artefact.
    pub control_file: &'a str,
    /// Production's value; a lower one is ORA-00201.
    pub compatible: &'a str,
    /// Production's value, bytes.
    pub db_block_size: u32,
    /// Whether it is a CDB.
    pub container: bool,
    /// MiB.
    pub sga_mib: u32,
    /// MiB.
    pub pga_mib: u32,
    /// Private empty folder.
    pub archive_dest: &'a str,
    /// Production's LOG_ARCHIVE_FORMAT: RECOVER … FROM finds kept logs by it.
    pub log_archive_format: &'a str,
    /// Private folder.
    pub audit_dest: &'a str,
    /// Private folder.
    pub diagnostic_dest: &'a str,
    /// Empty where there is no keystore.
    pub wallet_root: &'a str,
    /// Empty where there is no keystore.
    pub tde_configuration: &'a str,
}

/// `templates/pfile/drill.tera`
#[derive(Debug, Clone, Serialize)]
pub struct Drill<'a> {
    /// What every instance on a clone has.
    #[serde(flatten)]
    pub clone: Clone<'a>,
    /// Production's value, or empty.
    pub undo_management: &'a str,
    /// Production's value, or empty: the database's own choice.
    pub undo_tablespace: &'a str,
}

impl Template for Drill<'_> {
    const NAME: &'static str = "pfile/drill.tera";
}

impl Template for Clone<'_> {
    const NAME: &'static str = "pfile/clone.tera";
}
