//! LIST, REPORT SCHEMA, CROSSCHECK.

use super::{dates, session::Session, stack::Failure, syntax::command::List};
use crate::db::{
    api::{Database, Piece},
    stamp,
};

impl Session {
    /// LIST …
    pub fn list(&mut self, list: &List) -> Result<(), Failure> {
        let database = self.database()?;
        match list {
            List::Backup { summary, tag, handle } => {
                let tagged = |piece: &&Piece| tag.as_ref().is_none_or(|tag| piece.tag == *tag);
                let named = |piece: &&Piece| handle.as_ref().is_none_or(|handle| piece.handle == *handle);
                let pieces: Vec<_> = database.pieces.iter().filter(tagged).filter(named).cloned().collect();
                if pieces.is_empty() && handle.is_some() {
                    return Err(Failure::rman(
                        6004,
                        "Oracle error from recovery catalog database: RMAN-20260: backup piece not found in the recovery catalog",
                    ));
                }
                if pieces.is_empty() {
                    self.out.line("specification does not match any backup in the repository");
                } else if *summary {
                    self.summary(&pieces);
                } else {
                    self.list_sets(&pieces, &database);
                }
            }
            List::Incarnation => self.incarnations(&database),
            List::Archivelog => self.archived(&database),
            List::Copy => self.out.line("specification does not match any datafile copy in the repository"),
        }
        Ok(())
    }

    /// LIST BACKUP: one block for each set.
    pub(super) fn list_sets(&self, pieces: &[Piece], database: &Database) {
        let mut lines = vec![String::new(), "List of Backup Sets".into(), "===================".into()];
        for piece in pieces {
            lines.extend(["".into(), "".into()]);
            lines.extend(self.one_set(piece, database));
        }
        self.out.lines(&lines);
    }

    fn one_set(&self, piece: &Piece, database: &Database) -> Vec<String> {
        let (logs, elapsed) = (piece.backup_type == 'L', dates::elapsed(piece.completion_time - piece.start_time));
        let completion = self.dates.show(piece.completion_time);
        let (key, size, device) = (piece.recid, megabytes(piece.bytes), &piece.device_type);
        let mut lines = if logs {
            vec![
                "BS Key  Size       Device Type Elapsed Time Completion Time".into(),
                "------- ---------- ----------- ------------ -------------------".into(),
                format!("{key:<7} {size:<10} {device:<11} {elapsed:<12} {completion}"),
            ]
        } else {
            vec![
                "BS Key  Type LV Size       Device Type Elapsed Time Completion Time".into(),
                "------- ---- -- ---------- ----------- ------------ -------------------".into(),
                format!("{key:<7} Full    {size:<10} {device:<11} {elapsed:<12} {completion}"),
            ]
        };
        lines.push(format!("        BP Key: {key}   Status: {}  Compressed: NO  Tag: {}", status(piece), piece.tag));
        let label = if device == "DISK" { "Piece Name" } else { "Handle" };
        lines.push(format!("        {label}: {}   Media: {}", piece.handle, piece.media.as_deref().unwrap_or("")));
        lines.extend(if logs { self.set_logs(piece, database) } else { self.set_files(piece, database) });
        lines
    }

    fn set_files(&self, piece: &Piece, database: &Database) -> Vec<String> {
        let of_set = |row: &&crate::db::api::BackupDatafile| {
            (row.set_count, row.set_stamp) == (piece.set_count, piece.set_stamp)
        };
        let rows: Vec<_> = database.backup_datafiles.iter().filter(of_set).collect();
        let mut lines = Vec::new();
        for row in rows.iter().filter(|row| row.file == 0) {
            lines.push(format!(
                "  Control File Included: Ckp SCN: {}   Ckp time: {}",
                row.checkpoint_change,
                self.dates.show(row.checkpoint_time)
            ));
        }
        if rows.iter().any(|row| row.file > 0) {
            lines.push(format!("  List of Datafiles in backup set {}", piece.recid));
            lines.push("  File LV Type Ckp SCN    Ckp Time            Name".into());
            lines.push("  ---- -- ---- ---------- ------------------- ----".into());
        }
        for row in rows.iter().filter(|row| row.file > 0) {
            let name = database.datafiles.iter().find(|f| f.file == row.file).map(|f| f.name.display().to_string());
            let (scn, time) = (row.checkpoint_change, self.dates.show(row.checkpoint_time));
            lines.push(format!("  {:<4}    Full {scn:<10} {time:<19} {}", row.file, name.unwrap_or_default()));
        }
        lines
    }

    fn set_logs(&self, piece: &Piece, database: &Database) -> Vec<String> {
        let mut lines = vec![
            String::new(),
            format!("  List of Archived Logs in backup set {}", piece.recid),
            "  Thrd Seq     Low SCN    Next SCN".into(),
            "  ---- ------- ---------- ----------".into(),
        ];
        let rows = database.backup_redologs.iter();
        let of_set = rows.filter(|row| (row.set_count, row.set_stamp) == (piece.set_count, piece.set_stamp));
        lines.extend(of_set.map(|row| {
            format!("  {:<4} {:<7} {:<10} {:<10}", row.thread, row.sequence, row.first_change, row.next_change)
        }));
        lines
    }

    fn summary(&self, pieces: &[Piece]) {
        let mut lines = vec![
            String::new(),
            "List of Backups".into(),
            "===============".into(),
            "Key     TY LV S Device Type Completion Time     #Pieces #Copies Compressed Tag".into(),
            "------- -- -- - ----------- ------------------- ------- ------- ---------- ---".into(),
        ];
        for piece in pieces {
            let (kind, level) = if piece.backup_type == 'L' { ("B", "A") } else { ("B", "F") };
            let time = self.dates.show(piece.completion_time);
            let (key, device) = (piece.recid, &piece.device_type);
            lines.push(format!(
                "{key:<7} {kind:<2} {level:<2} {} {device:<11} {time:<19} 1       1       NO         {}",
                piece.status, piece.tag
            ));
        }
        self.out.lines(&lines);
    }

    fn incarnations(&self, database: &Database) {
        let mut lines = vec![
            String::new(),
            "List of Database Incarnations".into(),
            "DB Key  Inc Key DB Name  DB ID            STATUS  Reset SCN  Reset Time".into(),
            "------- ------- -------- ---------------- --- ---------- ----------".into(),
        ];
        for row in &database.incarnations {
            let (key, name, dbid) = (row.incarnation, &database.name, database.dbid);
            let time = self.dates.show(row.resetlogs_time);
            lines.push(format!(
                "{key:<7} {key:<7} {name:<8} {dbid:<16} {:<7} {:<10} {time}",
                row.status, row.resetlogs_change
            ));
        }
        self.out.lines(&lines);
    }

    fn archived(&self, database: &Database) {
        if database.archived.is_empty() {
            self.out.line("specification does not match any archived log in the repository");
            return;
        }
        let title = format!(
            "List of Archived Log Copies for database with db_unique_name {}",
            database.db_unique_name.to_uppercase()
        );
        let mut lines = vec![
            title,
            "=====================================================================".into(),
            String::new(),
            "Key     Thrd Seq     S Low Time ".into(),
            "------- ---- ------- - ---------".into(),
        ];
        for log in &database.archived {
            lines.push(format!(
                "{:<7} {:<4} {:<7} {} {}",
                log.recid,
                log.thread,
                log.sequence,
                log.status,
                self.dates.show(log.first_time)
            ));
            lines.push(format!("        Name: {}", log.name.clone().unwrap_or_default().display()));
            lines.push(String::new());
        }
        self.out.lines(&lines);
    }

    /// CROSSCHECK: looks which pieces (or logs) are there. The records keep their status here: the lab's control file has no
    /// way to change one, and the words say what was found.
    pub fn crosscheck(&mut self, logs: bool) -> Result<(), Failure> {
        let database = self.database()?;
        if logs {
            return self.crosscheck_logs(&database);
        }
        let (channels, _) = self.use_channels(None)?;
        let mut count = 0;
        for piece in &database.pieces {
            let Some(channel) = channels.iter().find(|c| c.media.device().name() == piece.device_type) else {
                continue;
            };
            let found = if channel.media.exists(&piece.handle) { "AVAILABLE" } else { "EXPIRED" };
            count += 1;
            self.out.lines(&[
                format!("crosschecked backup piece: found to be '{found}'"),
                format!(
                    "backup piece handle={} RECID={} STAMP={}",
                    piece.handle,
                    piece.recid,
                    stamp(piece.completion_time)
                ),
            ]);
        }
        self.out.line(format!("Crosschecked {count} objects"));
        Ok(())
    }

    fn crosscheck_logs(&self, database: &Database) -> Result<(), Failure> {
        for log in &database.archived {
            let name = log.name.clone().unwrap_or_default();
            let word = if name.is_file() { "succeeded" } else { "failed" };
            self.out.lines(&[
                format!("validation {word} for archived log"),
                format!("archived log file name={} RECID={} STAMP={}", name.display(), log.recid, log.stamp),
            ]);
        }
        self.out.line(format!("Crosschecked {} objects", database.archived.len()));
        Ok(())
    }

    /// REPORT SCHEMA. RMAN-06139 under a control file that is not current (only a warning).
    pub fn report_schema(&mut self) -> Result<(), Failure> {
        let database = self.database()?;
        let mut lines = Vec::new();
        if database.control_type != crate::db::api::ControlType::Current {
            lines.push("RMAN-06139: WARNING: control file is not current for REPORT SCHEMA".to_owned());
        }
        lines.push(format!(
            "Report of database schema for database with db_unique_name {}",
            database.db_unique_name.to_uppercase()
        ));
        lines.extend(["".into(), "List of Permanent Datafiles".into(), "===========================".into()]);
        lines.push("File Size(MB) Tablespace           RB segs Datafile Name".into());
        lines.push("---- -------- -------------------- ------- ------------------------".into());
        for file in &database.datafiles {
            let (size, space) = (file.bytes >> 20, space(&database, file.con_id, &file.tablespace));
            lines.push(format!("{:<4} {size:<8} {space:<20} ***     {}", file.file, file.name.display()));
        }
        lines.extend(["".into(), "List of Temporary Files".into(), "=======================".into()]);
        lines.push("File Size(MB) Tablespace           Maxsize(MB) Tempfile Name".into());
        lines.push("---- -------- -------------------- ----------- --------------------".into());
        for (file, _, own, name, bytes, con_id) in &database.tempfiles {
            let space = space(&database, *con_id, own);
            lines.push(format!("{file:<4} {:<8} {space:<20} {:<11} {}", bytes >> 20, bytes >> 20, name.display()));
        }
        self.out.lines(&lines);
        Ok(())
    }
}

/// A tablespace of a pluggable database bears its name.
fn space(database: &crate::db::api::Database, con_id: u32, tablespace: &str) -> String {
    let pdb = database.containers.iter().find(|pdb| pdb.container.con_id == con_id);
    pdb.map_or_else(|| tablespace.to_owned(), |pdb| format!("{}:{tablespace}", pdb.container.name))
}

fn megabytes(bytes: u64) -> String {
    format!("{:.2}M", bytes as f64 / 1_048_576.0)
}

fn status(piece: &Piece) -> &'static str {
    match piece.status {
        'A' => "AVAILABLE",
        'X' => "EXPIRED",
        'D' => "DELETED",
        _ => "UNAVAILABLE",
    }
}
