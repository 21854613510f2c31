//! Whether datafile headers are those of a snapshot (laws 9 and 10): the same files, of the same incarnation, cut inside
//! the window.

use crate::{fault::Fault, model::Scn, port::Row, survey::DataFile};
use std::collections::BTreeMap;

/// What the window left in the headers.
#[derive(Debug, Clone, Copy)]
pub struct Window<'a> {
    /// RESETLOGS_CHANGE# of the snapshot's incarnation.
    pub resetlogs: Scn,
    /// The datafiles that the survey found.
    pub datafiles: &'a [DataFile],
    /// V$BACKUP.CHANGE# of each ACTIVE file at BEGIN.
    pub active: &'a BTreeMap<u64, Scn>,
    /// V$DATAFILE.CHECKPOINT_CHANGE# at BEGIN of files that took no part.
    pub quiet: &'a BTreeMap<u64, Scn>,
    /// Offline files that may be missing.
    pub skip: &'a [String],
    /// Checkpoints of files that were restored from tape, instead of what the window left: of a restored header it is not
    /// documented whether it is fuzzy.
    pub restored: Option<&'a BTreeMap<u64, Scn>>,
}

/// What one header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is the snapshot's.
    Fits,
    /// It is not, and why.
    Contradicts(String),
    /// It could not be read: the file's name and Oracle's word for it.
    Unread(String, String),
}

impl Window<'_> {
    /// Judges a row of V$DATAFILE_HEADER.
    pub fn judge(&self, row: Row<'_>) -> Result<Verdict, Fault> {
        let number = row.number("FILE#")?;
        let Some(known) = self.datafiles.iter().find(|known| known.number == number) else {
            return Ok(Verdict::Contradicts(format!("datafile {number} is not in the survey")));
        };
        if known.is_left_out(self.skip) {
            return Ok(Verdict::Fits);
        }
        match row.get("ERROR")? {
            Some(error) if contradicts(error) => Ok(Verdict::Contradicts(format!("datafile {number}: {error}"))),
            Some(error) => Ok(Verdict::Unread(known.name.clone(), error.to_owned())),
            None => Ok(self.compare(number, row)?.map_or(Verdict::Fits, Verdict::Contradicts)),
        }
    }

    /// ACTIVE files carry the CHANGE# of BEGIN as their checkpoint; files that took no part are as they were.
    fn compare(&self, file: u64, row: Row<'_>) -> Result<Option<String>, Fault> {
        let found = row.scn("CHECKPOINT_CHANGE#")?;
        // Files that were read only across a RESETLOGS keep the older value.
        if self.active.contains_key(&file) && row.scn("RESETLOGS_CHANGE#")? != self.resetlogs {
            return Ok(Some(format!("datafile {file} is of another incarnation")));
        }
        if let Some(restored) = self.restored {
            let wanted = restored.get(&file);
            let text = |wanted: &Scn| format!("datafile {file} has checkpoint {found}, its piece on tape {wanted}");
            return Ok(match wanted {
                None => Some(format!("datafile {file} was not restored")),
                Some(wanted) => (*wanted != found).then(|| text(wanted)),
            });
        }
        Ok(match (self.active.get(&file), self.quiet.get(&file)) {
            (Some(wanted), _) if *wanted == found && row.get("FUZZY")? == Some("YES") => None,
            (Some(wanted), _) => Some(format!("datafile {file} has checkpoint {found}, BEGIN BACKUP gave it {wanted}")),
            (None, Some(wanted)) if *wanted == found => None,
            (None, Some(wanted)) => Some(format!("datafile {file} has checkpoint {found}, at BEGIN it had {wanted}")),
            (None, None) => Some(format!("datafile {file} was not there at BEGIN")),
        })
    }
}

/// V$DATAFILE_HEADER.ERROR of a header that was read and does not belong here (Database Reference; the other texts,
/// FILE NOT FOUND, CANNOT OPEN FILE, CANNOT READ HEADER, are of a file that was not read).
fn contradicts(error: &str) -> bool {
    error.starts_with("WRONG ") || error == "CORRUPT HEADER"
}
