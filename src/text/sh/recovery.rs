//! What a recovery keeps as its way back, moves aside, and looks up before it begins.

use super::OracleEnv;
use crate::text::Template;
use serde::Serialize;

/// A file of the kept set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct KeptFile {
    /// Where it lives.
    pub from: String,
    /// Its name in the kept set.
    pub name: String,
}

/// Copies files into a recovery's kept set. Prints `kept`, or `refused …` with status 75 where space is short.
#[derive(Debug, Clone, Serialize)]
pub struct Keep<'a> {
    /// The kept set's folder.
    pub folder: &'a str,
    /// The files.
    pub files: &'a [KeptFile],
}
impl Template for Keep<'_> {
    const NAME: &'static str = "sh/keep.tera";
}

/// Compares them with what is live. Prints `same`, `differs`, `missing` or `lost` for each, last `end`.
#[derive(Debug, Clone, Serialize)]
pub struct KeptCompare<'a> {
    /// The kept set's folder.
    pub folder: &'a str,
    /// The files.
    pub files: &'a [KeptFile],
}
impl Template for KeptCompare<'_> {
    const NAME: &'static str = "sh/kept_compare.tera";
}

/// Puts them back, moving aside what is there. Prints `restored`.
#[derive(Debug, Clone, Serialize)]
pub struct KeptRestore<'a> {
    /// The kept set's folder.
    pub folder: &'a str,
    /// The files.
    pub files: &'a [KeptFile],
}
impl Template for KeptRestore<'_> {
    const NAME: &'static str = "sh/kept_restore.tera";
}

/// Deletes a kept set. Prints `removed` or `refused …`.
#[derive(Debug, Clone, Serialize)]
pub struct KeptRemove<'a> {
    /// The kept set's folder.
    pub folder: &'a str,
    /// The run: the folder's own name.
    pub run: &'a str,
}
impl Template for KeptRemove<'_> {
    const NAME: &'static str = "sh/kept_remove.tera";
}

/// Moves files into the kept set's `aside`. Prints `aside PATH` for each, last `end`.
#[derive(Debug, Clone, Serialize)]
pub struct MoveAside<'a> {
    /// The kept set's folder.
    pub folder: &'a str,
    /// The files.
    pub files: &'a [String],
}
impl Template for MoveAside<'_> {
    const NAME: &'static str = "sh/move_aside.tera";
}

/// Puts a copy of a control file into each place that is free. Prints `put`, or `refused …` with status 73.
#[derive(Debug, Clone, Serialize)]
pub struct PutControl<'a> {
    /// The copy on the same host.
    pub copy: &'a str,
    /// Where control files are to stand.
    pub places: &'a [String],
}
impl Template for PutControl<'_> {
    const NAME: &'static str = "sh/put_control.tera";
}

/// A moment as the wall clock of the instance's host shows it. Prints `local YYYY-MM-DD:HH24:MI:SS`, and `again` where
/// the same wall time is there an hour earlier or later (the clocks are put back).
#[derive(Debug, Clone, Serialize)]
pub struct LocalTime<'a> {
    /// Home and instance, for the zone of its processes.
    pub env: &'a OracleEnv,
    /// Seconds since 1970 (UTC).
    pub epoch: i64,
}
impl Template for LocalTime<'_> {
    const NAME: &'static str = "sh/local_time.tera";
}

/// The heads of logs. Prints for each `missing`, or `bytes N` and `head Thread N, Seq# N, SCN 0xN-0xN` (nothing behind
/// `head` where the header says nothing of the kind); last `end`.
#[derive(Debug, Clone, Serialize)]
pub struct LogHeads<'a> {
    /// The logs.
    pub paths: &'a [String],
}
impl Template for LogHeads<'_> {
    const NAME: &'static str = "sh/log_heads.tera";
}

/// Files below mount points, without `.ovmirror` and `lost+found`, at most `most` of each. Prints `file PATH` lines, last `end`.
#[derive(Debug, Clone, Serialize)]
pub struct OtherFiles<'a> {
    /// Mount points.
    pub points: &'a [String],
    /// How many of each.
    pub most: u64,
}
impl Template for OtherFiles<'_> {
    const NAME: &'static str = "sh/other_files.tera";
}

/// A datafile of a work copy and the name that its copy gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CopyOne {
    /// Where the work copy is mounted.
    pub from: String,
    /// Its name at the database.
    pub to: String,
    /// Its name while it is not whole.
    pub part: String,
}

/// Copies datafiles with owner and mode. Prints `at BYTES` as it goes on, last `copied`; or `size PATH`, `owner PATH` or
/// `taken PATH` with another status than 0. Ends its `cp` when it is ended by TERM.
#[derive(Debug, Clone, Serialize)]
pub struct CopyFiles<'a> {
    /// The files.
    pub files: &'a [CopyOne],
}
impl Template for CopyFiles<'_> {
    const NAME: &'static str = "sh/copy_files.tera";
}
