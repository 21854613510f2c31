//! What an RMAN log says. English logs of 9i to 23ai (NLS_LANG is set for every call); the reader never fails, it
//! only finds less (reference 3.4 to 3.9).

use super::stack::{FOLLOWS, Stack};
use crate::driver::oracle_codes::code_of;

/// The line `connected to target database`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connected {
    /// Database name; none where the instance is not started.
    pub name: Option<String>,
    /// DBID; none below MOUNT.
    pub dbid: Option<u64>,
    /// `not open`, `not mounted`, `not started`; none where it is open.
    pub state: Option<String>,
}

/// A piece that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its handle.
    pub handle: String,
    /// Upper case; autobackup pieces have none.
    pub tag: Option<String>,
    /// From the `finished piece` line before it; the line itself does not say.
    pub channel: Option<String>,
    /// `API Version 2.0,MMS Version 19.0.0.1`
    pub comment: String,
    /// Whether an autobackup wrote it.
    pub autobackup: bool,
}

/// A datafile that a set took in. Sections repeat it; it is listed once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datafile {
    /// FILE#
    pub file: u32,
    /// Its name.
    pub name: String,
}

/// An archived log that a set took in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchivedLog {
    /// THREAD#
    pub thread: u32,
    /// SEQUENCE#
    pub sequence: u64,
}

/// A row of VALIDATE's list of datafiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValidatedFile {
    /// FILE#
    pub file: u64,
    /// `OK` in the Status column; `FAILED` else.
    pub good: bool,
    /// Blocks Examined.
    pub blocks: u64,
}

/// A whole log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RmanLog {
    /// Whom RMAN was connected to.
    pub connected: Option<Connected>,
    /// Pieces written, in printed order.
    pub pieces: Vec<Piece>,
    /// Handles of pieces that were read (RESTORE, VALIDATE).
    pub pieces_read: Vec<String>,
    /// Datafiles in the sets.
    pub datafiles: Vec<Datafile>,
    /// Datafiles that RESTORE put in their places.
    pub restored: Vec<u32>,
    /// Archived logs in the sets.
    pub archived_logs: Vec<ArchivedLog>,
    /// Files that RMAN saw in backup mode (RMAN-06554).
    pub in_backup_mode: Vec<u32>,
    /// `backup set complete` lines; sections and BACKUP VALIDATE print more of them than there are sets.
    pub sets_completed: u32,
    /// `validation complete` lines.
    pub validated: u32,
    /// Datafiles in VALIDATE's tables.
    pub validated_files: Vec<ValidatedFile>,
    /// Error stacks. One is a failure.
    pub stacks: Vec<Stack>,
    /// Coded lines outside a stack: warnings, and what a channel failed of that another took over.
    pub notes: Vec<String>,
    /// Channels that were given up.
    pub disabled_channels: Vec<String>,
    /// What names damaged blocks: rows of VALIDATE's tables (which prints no stack), ORA-19566 and its kin.
    pub damage: Vec<String>,
    /// An autobackup or a control file or spfile inside a set: an alarm on a BACKUP control file.
    pub controlfile_written: bool,
    /// RMAN-06497: the autobackup was skipped, as it must be with a BACKUP control file.
    pub autobackup_skipped: bool,
    /// `current log archived`: RMAN made the instance switch logs.
    pub switched_log: bool,
    /// The line `Recovery Manager complete.`; failed runs have it too.
    pub finished: bool,
}

/// Reads a log as it lies on disk: NUL and Latin-1 bytes occur.
#[must_use]
pub fn parse_bytes(bytes: &[u8]) -> RmanLog {
    parse(&String::from_utf8_lossy(bytes))
}

/// Reads a log. Whatever stands behind the end line is the rest of an older file and is not read.
#[must_use]
pub fn parse(text: &str) -> RmanLog {
    let mut reader = Reader::default();
    for line in text.lines() {
        let line = line.replace('\0', "");
        reader.line(without_prompts(line.trim_end()));
        if reader.log.finished {
            break;
        }
    }
    reader.close_stack();
    reader.log
}

/// `RMAN> 2> 3> text`: the prompts of command lines stand before what is printed next.
fn without_prompts(line: &str) -> &str {
    let Some(mut rest) = line.strip_prefix("RMAN>") else { return line };
    loop {
        rest = rest.trim_start();
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        match rest[digits..].strip_prefix('>') {
            Some(after) if digits > 0 => rest = after,
            _ => return rest.strip_prefix("RMAN>").map_or(rest, str::trim_start),
        }
    }
}

#[derive(Default)]
struct Reader {
    log: RmanLog,
    stack: Option<Stack>,
    channel: Option<String>,
    autobackup: bool,
    table: bool,
}

impl Reader {
    fn line(&mut self, line: &str) {
        if line == "Recovery Manager complete." {
            self.log.finished = true;
        } else if !self.in_stack(line) {
            self.coded(line);
            self.plain(line);
        }
    }

    /// Whether the line belongs to a stack.
    fn in_stack(&mut self, line: &str) -> bool {
        if code_of(line) == Some(FOLLOWS) {
            self.close_stack();
            self.stack = Some(Stack::default());
            return true;
        }
        let Some(stack) = &mut self.stack else { return false };
        if stack.push(line) {
            return true;
        }
        self.close_stack();
        false
    }

    fn close_stack(&mut self) {
        if let Some(stack) = self.stack.take() {
            self.log.stacks.push(stack);
        }
    }

    fn coded(&mut self, line: &str) {
        let Some(code) = code_of(line) else { return };
        match code {
            "RMAN-00571" => return,
            "RMAN-06554" => self.log.in_backup_mode.extend(number_after::<u32>(line, "file ")),
            "RMAN-06497" => self.log.autobackup_skipped = true,
            "ORA-19566" | "ORA-01578" | "ORA-19563" | "ORA-26040" => self.log.damage.push(line.trim().to_owned()),
            _ => {}
        }
        self.log.notes.push(line.trim().to_owned());
    }

    fn plain(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("connected to target database") {
            self.log.connected.get_or_insert_with(|| connected(rest));
        } else if let Some(rest) = line.strip_prefix("piece handle=") {
            self.written(rest);
        } else if let Some((channel, rest)) = line.strip_prefix("channel ").and_then(|rest| rest.split_once(' ')) {
            self.channel_line(channel.trim_end_matches(':'), rest);
        } else if let Some(rest) = line.strip_prefix("input datafile ") {
            self.datafile(rest);
        } else if line.starts_with("input archived log ") || line.starts_with("input archive log ") {
            self.archived_log(line);
        } else {
            self.rest(line);
        }
    }

    fn rest(&mut self, line: &str) {
        let lower = line.to_ascii_lowercase();
        if lower.starts_with("starting control file") && lower.contains("autobackup") {
            (self.autobackup, self.log.controlfile_written) = (true, true);
        } else if lower.starts_with("finished control file") && lower.contains("autobackup") {
            self.autobackup = false;
        } else if lower.starts_with("including ") && (lower.contains("control") || lower.contains("spfile")) {
            self.log.controlfile_written = true;
        } else if lower == "current log archived" {
            self.log.switched_log = true;
        } else {
            self.table_row(line);
        }
    }

    /// `piece handle=X tag=Y comment=Z` is new; without a comment it is an old release reading one.
    fn written(&mut self, rest: &str) {
        let Some((head, comment)) = rest.split_once(" comment=") else {
            let handle = rest.split(" tag=").next().unwrap_or(rest).split(" params=").next().unwrap_or(rest);
            self.log.pieces_read.push(handle.to_owned());
            return;
        };
        let (handle, tag) = match head.split_once(" tag=") {
            Some((handle, tag)) => (handle, Some(tag.trim().to_owned())),
            None => (head, None),
        };
        self.log.pieces.push(Piece {
            handle: handle.to_owned(),
            tag,
            channel: self.channel.clone().filter(|_| !self.autobackup),
            comment: comment.to_owned(),
            autobackup: self.autobackup,
        });
    }

    fn channel_line(&mut self, channel: &str, rest: &str) {
        if rest.starts_with("finished piece ") {
            self.channel = Some(channel.to_owned());
        } else if rest.starts_with("backup set complete") || rest.starts_with("backupset complete") {
            self.log.sets_completed += 1;
        } else if let Some(file) = number_after(rest, "restoring datafile ") {
            self.log.restored.push(file);
        } else if rest.starts_with("validation complete") {
            self.log.validated += 1;
        } else if let Some(read) = rest.strip_prefix("piece handle=") {
            self.log.pieces_read.push(read.split(" tag=").next().unwrap_or(read).to_owned());
        } else if rest.starts_with("disabled,") {
            self.log.disabled_channels.push(channel.to_owned());
        } else if rest.starts_with("including ") {
            self.rest(rest);
        }
    }

    /// `file number=00001 name=/x` from 11g, `fno=00001 name=/x` before.
    fn datafile(&mut self, rest: &str) {
        let number = number_after(rest, "file number=").or_else(|| number_after(rest, "fno="));
        let (Some(file), Some((_, name))) = (number, rest.split_once(" name=")) else { return };
        if !self.log.datafiles.iter().any(|known| known.file == file) {
            self.log.datafiles.push(Datafile { file, name: name.to_owned() });
        }
    }

    fn archived_log(&mut self, line: &str) {
        if let (Some(thread), Some(sequence)) = (number_after(line, "thread="), number_after(line, "sequence=")) {
            self.log.archived_logs.push(ArchivedLog { thread, sequence });
        }
    }

    /// VALIDATE's tables: FAILED in the Status column, or Blocks Failing above 0 while Marked Corrupt is 0.
    fn table_row(&mut self, line: &str) {
        if line.starts_with("File Status Marked Corrupt") {
            self.table = true;
        } else if line.starts_with("Finished ") {
            self.table = false;
        } else if self.table {
            self.log.validated_files.extend(validated_file(line));
            self.log.damage.extend(is_damaged_row(line).then(|| line.trim().to_owned()));
        }
    }
}

/// File, Status, Marked Corrupt, Empty Blocks, Blocks Examined, High SCN.
fn validated_file(line: &str) -> Option<ValidatedFile> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [file, status @ ("OK" | "FAILED"), _, _, examined, _] = words.as_slice() else { return None };
    Some(ValidatedFile { file: file.parse().ok()?, good: *status == "OK", blocks: examined.parse().ok()? })
}

fn is_damaged_row(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        [file, "FAILED", ..] => file.parse::<u32>().is_ok(),
        ["Data" | "Index" | "Other", failing, _] => failing.parse::<u64>().is_ok_and(|failing| failing > 0),
        _ => false,
    }
}

fn number_after<T: std::str::FromStr>(line: &str, key: &str) -> Option<T> {
    let rest = &line[line.find(key)? + key.len()..];
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// `: ORCL (DBID=1, not open)`, `: ORCL (not mounted)`, ` (not started)`.
fn connected(rest: &str) -> Connected {
    let (name, inside) = rest.split_once('(').unwrap_or((rest, ""));
    let name = name.trim_start_matches(':').trim();
    let inside = inside.trim_end().trim_end_matches(')');
    let dbid = number_after(inside, "DBID=");
    let state = inside.split(", ").map(str::trim).find(|part| part.starts_with("not "));
    Connected { name: (!name.is_empty()).then(|| name.to_owned()), dbid, state: state.map(str::to_owned) }
}

impl RmanLog {
    /// The DBID: of the connect line, else of an autobackup's name `c-<DBID>-<YYYYMMDD>-<QQ>`.
    #[must_use]
    pub fn dbid(&self) -> Option<u64> {
        let named =
            || self.pieces.iter().find_map(|piece| piece.handle.strip_prefix("c-")?.split('-').next()?.parse().ok());
        self.connected.as_ref().and_then(|connected| connected.dbid).or_else(named)
    }

    /// Whether the log tells of a good end: the end line and no stack. Evidence still needs the views (law 11).
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.finished && self.stacks.is_empty()
    }
}
