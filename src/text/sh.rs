//! Contexts of `templates/sh`: POSIX sh, coreutils of Oracle Linux 5, /proc and /sys; no `timeout`, no bash.
//!
//! What each prints is said here: one word or `key value` lines, the last one tells how it ended.

use super::Template;
use crate::model::Scn;
use serde::Serialize;

mod recovery;

pub use recovery::{
    CopyFiles, CopyOne, Keep, KeptCompare, KeptFile, KeptRemove, KeptRestore, LocalTime, LogHeads, MoveAside,
    OtherFiles, PutControl,
};

/// The environment of sqlplus and rman, and of nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OracleEnv {
    /// ORACLE_HOME, the same string as at instance start (a link or a slash more gives an idle instance).
    pub home: String,
    /// ORACLE_SID.
    pub sid: String,
    /// TZ of the instance's processes when it last ran (empty: it had none); `None` where that is not known.
    pub tz: Option<String>,
}

/// Files as the guard's context takes them: each between blanks, so that 1 is not found in 11.
#[must_use]
pub fn before_list(files: &[u32]) -> String {
    files.iter().fold(" ".to_owned(), |list, file| format!("{list}{file} "))
}

/// Prints `volume NAME UUID` for each device-mapper device that is active, and `end`.
#[derive(Debug, Clone, Serialize)]
pub struct Volumes {}
impl Template for Volumes {
    const NAME: &'static str = "sh/volumes.tera";
}

/// Becomes `rman` with the right environment; `ovm-missing …` and status 127 where there is none.
#[derive(Debug, Clone, Serialize)]
pub struct Rman<'a> {
    /// Which home and instance.
    pub env: &'a OracleEnv,
}
impl Template for Rman<'_> {
    const NAME: &'static str = "sh/rman.tera";
}

/// Becomes `sqlplus -S -L /nolog` with the right environment; `ovm-missing …` and status 127 where there is none. It tells
/// its pid on standard error (`ovm-pid PID START`), by which it is ended when it hangs.
#[derive(Debug, Clone, Serialize)]
pub struct Sqlplus<'a> {
    /// Which home and instance.
    pub env: &'a OracleEnv,
}
impl Template for Sqlplus<'_> {
    const NAME: &'static str = "sh/sqlplus.tera";
}

/// Makes `~/.ovmirror/<run>/`, 0700. Prints `folder PATH` or `refused …`.
#[derive(Debug, Clone, Serialize)]
pub struct FolderMake<'a> {
    /// The run.
    pub run: &'a str,
}
impl Template for FolderMake<'_> {
    const NAME: &'static str = "sh/folder_make.tera";
}

/// Removes it. Prints `removed`, `absent` or `refused …` while a program of ours still runs from it.
#[derive(Debug, Clone, Serialize)]
pub struct FolderRemove<'a> {
    /// The run.
    pub run: &'a str,
}
impl Template for FolderRemove<'_> {
    const NAME: &'static str = "sh/folder_remove.tera";
}

/// `sync` with a deadline. Prints `synced`, or `late` with status 75.
#[derive(Debug, Clone, Serialize)]
pub struct Sync<'a> {
    /// The run; its folder holds the status file.
    pub run: &'a str,
    /// Deadline.
    pub seconds: u64,
}
impl Template for Sync<'_> {
    const NAME: &'static str = "sh/sync.tera";
}

/// `sync`, then fsfreeze of each mount point that is named (the moment goes into `marker` first, for the guard).
/// Prints `flushed MS`, the guest's own time.
#[derive(Debug, Clone, Serialize)]
pub struct Flush<'a> {
    /// Mount points to freeze, in order; empty for `sync` alone.
    pub points: &'a [String],
    /// `frozen` in the run's folder, as an absolute path.
    pub marker: &'a str,
    /// Words before fsfreeze (`sudo`, `-n`); empty for root.
    pub become_words: &'a [String],
}
impl Template for Flush<'_> {
    const NAME: &'static str = "sh/flush.tera";
}

/// The reverse. Prints `thawed P` or `not-frozen P` per point: the second rejects the snapshot.
#[derive(Debug, Clone, Serialize)]
pub struct Thaw<'a> {
    /// Mount points, in order.
    pub points: &'a [String],
    /// Words before fsfreeze (`sudo`, `-n`); empty for root.
    pub become_words: &'a [String],
}
impl Template for Thaw<'_> {
    const NAME: &'static str = "sh/thaw.tera";
}

/// Starts the guard, detached. Prints `folder`, `pid`, `deadline` (seconds of /proc/uptime) and `armed`, or `refused
/// …`.
#[derive(Debug, Clone, Serialize)]
pub struct GuardArm<'a> {
    /// The run.
    pub run: &'a str,
    /// The database as the configuration names it.
    pub database: &'a str,
    /// Compared before END BACKUP (law 10).
    pub dbid: u64,
    /// Home and instance.
    pub env: &'a OracleEnv,
    /// `sqlplus::role_word`
    pub role: &'static str,
    /// Time until it ends the window by itself.
    pub seconds: u64,
    /// How often it looks at most, once a second.
    pub looks: u64,
    /// Mount points to thaw first; empty without fsfreeze.
    pub thaw: &'a [String],
    /// How long after the moment of the freeze the guard thaws by itself.
    pub thaw_seconds: u64,
    /// Words before fsfreeze (`sudo`, `-n`); empty for root.
    pub become_words: &'a [String],
    /// Files ACTIVE when it was armed: `before_list`.
    pub before: String,
    /// SCN of that moment.
    pub floor: Scn,
}
impl Template for GuardArm<'_> {
    const NAME: &'static str = "sh/guard_arm.tera";
}

/// Looks at the guard. Prints `absent`, or `alive yes|no`, `uptime`, `deadline`, `decided disarm|fire`, `result …`,
/// `begun FILE CHANGE` and `log …` lines; last `end`.
#[derive(Debug, Clone, Serialize)]
pub struct GuardProbe<'a> {
    /// The run.
    pub run: &'a str,
}
impl Template for GuardProbe<'_> {
    const NAME: &'static str = "sh/guard_probe.tera";
}

/// Disarms it, or waits for the end of what it has begun; prints what the probe prints.
#[derive(Debug, Clone, Serialize)]
pub struct GuardDisarm<'a> {
    /// The run.
    pub run: &'a str,
    /// How long to wait for its end.
    pub seconds: u64,
}
impl Template for GuardDisarm<'_> {
    const NAME: &'static str = "sh/guard_disarm.tera";
}

/// Starts a program that outlives the session. Prints `child PID` and `started`, or `already`: it never starts twice.
#[derive(Debug, Clone, Serialize)]
pub struct FarStart<'a> {
    /// The run; its folder must be there.
    pub run: &'a str,
    /// Name of the job in the folder.
    pub job: &'a str,
    /// Home and instance.
    pub env: &'a OracleEnv,
    /// `rman`, `sqlplus` or `sh`
    pub program: &'a str,
    /// What it runs.
    pub text: &'a str,
}
impl Template for FarStart<'_> {
    const NAME: &'static str = "sh/far_start.tera";
}

/// Prints `state absent|running|gone|ended STATUS`, `size BYTES`, `text` and then the log from byte `from` on, at
/// most 256 KiB.
#[derive(Debug, Clone, Serialize)]
pub struct FarPoll<'a> {
    /// The run.
    pub run: &'a str,
    /// The job.
    pub job: &'a str,
    /// First byte wanted, counted from 1 (as `tail -c +N` does).
    pub from: u64,
}
impl Template for FarPoll<'_> {
    const NAME: &'static str = "sh/far_poll.tera";
}

/// Ends it by its own pid. Prints `stopped` or `killed`.
#[derive(Debug, Clone, Serialize)]
pub struct FarStop<'a> {
    /// The run.
    pub run: &'a str,
    /// The job.
    pub job: &'a str,
    /// How long TERM may take.
    pub seconds: u64,
}
impl Template for FarStop<'_> {
    const NAME: &'static str = "sh/far_stop.tera";
}

/// Ends a program that told its pid and start. Prints `ended`, or `gone` where there is no such process any more.
#[derive(Debug, Clone, Serialize)]
pub struct EndFar {
    /// Its process number.
    pub pid: u32,
    /// Its start, ticks since boot.
    pub start: u64,
}
impl Template for EndFar {
    const NAME: &'static str = "sh/end_far.tera";
}

/// Mounts, swaps, block devices, mapper names, running instances and memory, in `== name` sections.
#[derive(Debug, Clone, Serialize)]
pub struct Facts {}
impl Template for Facts {
    const NAME: &'static str = "sh/facts.tera";
}

/// Per path `real PATH` and `space <line of df -P -k>`, or `missing`; last `end`.
#[derive(Debug, Clone, Serialize)]
pub struct Places<'a> {
    /// The names.
    pub paths: &'a [String],
}
impl Template for Places<'_> {
    const NAME: &'static str = "sh/places.tera";
}

/// A mount point and its device.
#[derive(Debug, Clone, Serialize)]
pub struct Mounted {
    /// `/u02`
    pub target: String,
    /// `/dev/xvdc`
    pub source: String,
}

/// Per unit owner, blkid and mkfs lines, then partitions (`survey::rebuild`).
#[derive(Debug, Clone, Serialize)]
pub struct Rebuild<'a> {
    /// The data file systems.
    pub units: &'a [Mounted],
}
impl Template for Rebuild<'_> {
    const NAME: &'static str = "sh/rebuild.tera";
}

/// Waits for a device to come or go. Prints `present SECTORS NODENAME`, `absent` or `partial`; status 75 when the
/// time was up.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceWait<'a> {
    /// `xvdc`
    pub device: &'a str,
    /// Whether it is to be there.
    pub present: bool,
    /// How long.
    pub seconds: u64,
}
impl Template for DeviceWait<'_> {
    const NAME: &'static str = "sh/device_wait.tera";
}

/// Law 16. Prints `free`, or `held …` lines with status 75.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceFree<'a> {
    /// `xvdc`
    pub device: &'a str,
}
impl Template for DeviceFree<'_> {
    const NAME: &'static str = "sh/device_free.tera";
}

/// Prints `present` and the last lines of a file, or `absent`.
#[derive(Debug, Clone, Serialize)]
pub struct LogTail<'a> {
    /// The file.
    pub path: &'a str,
    /// How many.
    pub lines: u64,
}
impl Template for LogTail<'_> {
    const NAME: &'static str = "sh/log_tail.tera";
}

/// Prints `present P` or `missing P` for sqlplus and rman, `release N.N…`, and `end`.
#[derive(Debug, Clone, Serialize)]
pub struct Home<'a> {
    /// Which home.
    pub env: &'a OracleEnv,
}
impl Template for Home<'_> {
    const NAME: &'static str = "sh/home.tera";
}

/// Prints `holder PID COMMAND` for each process that uses a mount point.
#[derive(Debug, Clone, Serialize)]
pub struct Holders<'a> {
    /// Mount point.
    pub point: &'a str,
}
impl Template for Holders<'_> {
    const NAME: &'static str = "sh/holders.tera";
}

/// Looks for guards that live. Prints `guard RUN` for each, last `end`.
#[derive(Debug, Clone, Serialize)]
pub struct Guards {}
impl Template for Guards {
    const NAME: &'static str = "sh/guards.tera";
}

/// What carries our mark: `base PATH`, then `folder KIB none|gone|alive RUN`, `kept KIB PATH`, `control BYTES PATH` and
/// `beside BYTES PATH` lines, last `end`.
#[derive(Debug, Clone, Serialize)]
pub struct Marks<'a> {
    /// Folders of kept sets.
    pub kept: &'a [String],
    /// Mount points to look below.
    pub points: &'a [String],
    /// Folders beside whose files others may lie.
    pub folders: &'a [String],
    /// How far below a mount point files are looked for besides.
    pub depth: u32,
}
impl Template for Marks<'_> {
    const NAME: &'static str = "sh/marks.tera";
}

/// Prints `entry KIND|SECONDS|BYTES|USER:GROUP|NAME` for each file below a path, `closed NAME` for a folder that may not
/// be read, and `end`; `absent`; or `more` when there are more than `most`.
#[derive(Debug, Clone, Serialize)]
pub struct FileTree<'a> {
    /// File or folder.
    pub path: &'a str,
    /// How many at most.
    pub most: u64,
}
impl Template for FileTree<'_> {
    const NAME: &'static str = "sh/file_tree.tera";
}

/// Prints `copied KIB`, after `owner …` where the owner could not be kept; or `absent`, `folder TO`, `exists GOAL`,
/// `space NEEDED FREE`, in KiB.
#[derive(Debug, Clone, Serialize)]
pub struct CopyOut<'a> {
    /// File or folder.
    pub from: &'a str,
    /// The folder that the copy goes into.
    pub to: &'a str,
    /// The copy.
    pub goal: &'a str,
    /// The folder in `to` that holds it until it is whole.
    pub part: &'a str,
}
impl Template for CopyOut<'_> {
    const NAME: &'static str = "sh/copy_out.tera";
}

/// Prints `empty PLACE` or `absent PLACE` for a folder that can be a mount point, links resolved; `full`, `other` for what
/// is no folder, `closed`, or `unmakeable`.
#[derive(Debug, Clone, Serialize)]
pub struct Landing<'a> {
    /// The folder.
    pub dir: &'a str,
}
impl Template for Landing<'_> {
    const NAME: &'static str = "sh/landing.tera";
}

/// `== fstab`, /etc/fstab as far as it is there, `== end`.
#[derive(Debug, Clone, Serialize)]
pub struct Fstab {}
impl Template for Fstab {
    const NAME: &'static str = "sh/fstab.tera";
}

/// A restored file and the name that it gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// Where RMAN put it.
    pub from: String,
    /// Its name below the mount.
    pub to: String,
}

/// Gives restored files their names; a file that has its name already is left alone. Prints `placed`, or `refused …` with
/// status 73 where something else has the name.
#[derive(Debug, Clone, Serialize)]
pub struct PlaceRestored<'a> {
    /// The files.
    pub files: &'a [Restored],
}
impl Template for PlaceRestored<'_> {
    const NAME: &'static str = "sh/place_restored.tera";
}
