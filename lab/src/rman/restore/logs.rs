//! RESTORE ARCHIVELOG.

use super::{
    channel_for,
    pieces::{Placed, Wanted, restore_piece},
};
use crate::{
    db::api::{ArchivedLog, BackupRecord, BackupRedolog, Command, Database, Piece},
    rman::{
        catalog::log_row,
        dates,
        session::{Channel, Session},
        stack::Failure,
        syntax::command::{Logs, Restore},
    },
};
use std::path::PathBuf;

impl Session {
    /// RESTORE ARCHIVELOG …: those that a piece holds. RMAN-06026 with RMAN-06025 where none does.
    pub(super) fn restore_logs(
        &mut self,
        logs: &Logs,
        restore: &Restore,
        database: &Database,
        channels: &[Channel],
    ) -> Result<(), Failure> {
        let within = |row: &BackupRedolog| {
            let low =
                logs.from.is_none_or(|(scn, v)| if scn { row.next_change > v } else { u64::from(row.sequence) >= v });
            let high = logs
                .until
                .is_none_or(|(scn, v)| if scn { row.first_change <= v } else { u64::from(row.sequence) <= v });
            low && high
        };
        let asked: Vec<_> = database.backup_redologs.iter().filter(|row| within(row)).collect();
        if asked.is_empty() {
            return Err(Failure::rman(20242, "specification does not match any archived log in the repository"));
        }
        let pieces: Vec<_> = database
            .pieces
            .iter()
            .filter(|piece| piece.status == 'A' && restore.tag.as_ref().is_none_or(|tag| *tag == piece.tag))
            .collect();
        let rows = newest(&asked, &pieces)?;
        for piece in pieces {
            let sequences: Vec<_> = rows.iter().filter(|row| holds(piece, row)).map(|row| row.sequence).collect();
            if !sequences.is_empty() {
                self.restore_log_piece(piece, &sequences, restore.validate, channels)?;
            }
        }
        Ok(())
    }

    /// Takes logs out of a piece and makes them known.
    pub(super) fn restore_log_piece(
        &self,
        piece: &Piece,
        sequences: &[u32],
        validate: bool,
        channels: &[Channel],
    ) -> Result<Vec<ArchivedLog>, Failure> {
        let channel = channel_for(piece, channels)?;
        let say = |text: &str| format!("channel {}: {text}", channel.name);
        let folder = self.archive_folder()?;
        let started = dates::now();
        let mut lines = Vec::new();
        if validate {
            lines.push(say("starting validation of archived log backup set"));
        } else {
            lines.push(say("starting archived log restore to default destination"));
            for sequence in sequences {
                lines.extend([say("restoring archived log"), format!("archived log thread=1 sequence={sequence}")]);
            }
        }
        lines.push(say(&format!("reading from backup piece {}", piece.handle)));
        self.out.lines(&lines);
        let wanted = if validate { Wanted::Nothing } else { Wanted::Logs(sequences, &folder) };
        let (_, placed) = restore_piece(&*channel.media, &piece.handle, &wanted)
            .map_err(|failure| failure.on_channel("restore", &channel.name, &dates::stack_time(dates::now())))?;
        let end = if validate { "validation complete" } else { "restore complete" };
        self.out.lines(&[
            say(&format!("piece handle={} tag={}", piece.handle, piece.tag)),
            say("restored backup piece 1"),
            say(&format!("{end}, elapsed time: {}", dates::elapsed(dates::now() - started))),
        ]);
        self.make_known(&placed)
    }

    fn make_known(&self, placed: &[Placed]) -> Result<Vec<ArchivedLog>, Failure> {
        let rows: Vec<_> = placed.iter().filter_map(|placed| log_row(&placed.path).ok()).collect();
        if !rows.is_empty() {
            let record = BackupRecord { catalogued: rows.clone(), ..BackupRecord::default() };
            self.target()?.execute(&Command::RecordBackup(record))?;
        }
        Ok(rows)
    }

    /// SET ARCHIVELOG DESTINATION, else LOG_ARCHIVE_DEST_1, else `$ORACLE_HOME/dbs`.
    fn archive_folder(&self) -> Result<PathBuf, Failure> {
        if let Some(folder) = &self.settings.archive_destination {
            return Ok(folder.clone());
        }
        let parameters = self.facts()?.parameters;
        let value = parameters.iter().find(|(name, _)| name == "log_archive_dest_1").map(|(_, value)| value.clone());
        let place = value.as_deref().and_then(|value| {
            let at = value.to_uppercase().find("LOCATION=")?;
            value[at + 9..].split_whitespace().next().map(|text| PathBuf::from(text.trim_matches(['"', '\''])))
        });
        Ok(place.unwrap_or_else(|| self.site.home.join("dbs")))
    }
}

fn holds(piece: &Piece, row: &BackupRedolog) -> bool {
    (piece.set_count, piece.set_stamp) == (row.set_count, row.set_stamp)
}

/// The newest set of each log among those that suit. RMAN-06026 with an RMAN-06025 for each log that has none.
fn newest<'a>(asked: &[&'a BackupRedolog], pieces: &[&Piece]) -> Result<Vec<&'a BackupRedolog>, Failure> {
    let log = |row: &BackupRedolog| (row.sequence, row.resetlogs_change);
    let has_piece = |row: &BackupRedolog| pieces.iter().any(|piece| holds(piece, row));
    let mut rows: Vec<_> = asked.iter().copied().filter(|row| has_piece(row)).collect();
    rows.sort_by_key(|row| (log(row), std::cmp::Reverse((row.set_stamp, row.set_count))));
    rows.dedup_by_key(|row| log(row));
    let mut missing: Vec<_> = asked.iter().filter(|row| !rows.iter().any(|found| log(found) == log(row))).collect();
    if missing.is_empty() {
        return Ok(rows);
    }
    missing.sort_by_key(|row| log(row));
    missing.dedup_by_key(|row| log(row));
    let head = Failure::rman(6026, "some targets not found - aborting restore");
    Err(missing.iter().fold(head, |failure, row| {
        let text = format!(
            "no backup of archived log for thread 1 with sequence {} and starting SCN of {} found to restore",
            row.sequence, row.first_change
        );
        failure.and_rman(6025, text)
    }))
}
