//! CATALOG: makes files known to the control file, after their headers were read.

use super::{
    dates,
    piece::PieceReader,
    session::Session,
    stack::Failure,
    syntax::command::{Catalog, Device},
};
use crate::db::{
    api::{ArchivedLog, BackupRecord, Command, Database, Piece},
    control,
    redo::{self, LOG_BLOCK},
    stamp,
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What a file turned out to be.
enum Found {
    Log(Box<ArchivedLog>),
    Piece(Box<Piece>),
}

impl Session {
    /// CATALOG …
    pub fn catalog(&mut self, catalog: &Catalog) -> Result<(), Failure> {
        let database = self.database()?;
        match catalog {
            Catalog::StartWith { prefix, noprompt: true } => self.start_with(prefix, &database),
            Catalog::StartWith { noprompt: false, .. } => {
                // RMAN would ask; input that is no terminal answers nothing, and nothing is cataloged.
                Err(Failure::rman(6428, "recovery catalog prompt: NOPROMPT is needed where nobody can answer"))
            }
            Catalog::Logs(names) => names.iter().try_for_each(|name| self.catalog_log(Path::new(name), &database)),
            Catalog::Pieces(device, names) => {
                names.iter().try_for_each(|name| self.catalog_piece(*device, name, &database))
            }
            Catalog::ControlfileCopies(names) => {
                names.iter().try_for_each(|name| self.catalog_controlfile(Path::new(name), &database))
            }
            Catalog::DatafileCopies(names) => {
                let name = names.first().map_or("", String::as_str);
                Err(Failure::rman(
                    600,
                    format!("internal error, arguments [CATALOG DATAFILECOPY '{name}' is not simulated]"),
                ))
            }
        }
    }

    fn start_with(&mut self, prefix: &str, database: &Database) -> Result<(), Failure> {
        self.out.lines(&[format!("searching for all files that match the pattern {prefix}"), String::new()]);
        let known = |path: &PathBuf| {
            let log = database.archived.iter().any(|log| log.name.as_ref() == Some(path) && log.status == 'A');
            log || database.pieces.iter().any(|piece| Path::new(&piece.handle) == path)
        };
        let files: Vec<_> = matching(prefix).into_iter().filter(|path| !known(path)).collect();
        if files.is_empty() {
            self.out.line("no files found to be unknown to the database");
            return Ok(());
        }
        self.heading("List of Files Unknown to the Database", &files);
        self.out.lines(&["cataloging files...".into(), "cataloging done".into(), String::new()]);
        self.take_in(&files, database)
    }

    fn take_in(&mut self, files: &[PathBuf], database: &Database) -> Result<(), Failure> {
        let (mut good, mut bad, mut record) = (Vec::new(), Vec::new(), BackupRecord::default());
        for path in files {
            match look(path, database) {
                Ok(Found::Log(log)) => {
                    record.catalogued.push(*log);
                    good.push(path.clone());
                }
                Ok(Found::Piece(piece)) => {
                    record.pieces.push(*piece);
                    good.push(path.clone());
                }
                Err(reason) => bad.push((path.clone(), reason)),
            }
        }
        self.target()?.execute(&Command::RecordBackup(record))?;
        if !good.is_empty() {
            self.heading("List of Cataloged Files", &good);
        }
        if !bad.is_empty() {
            let title = "List of Files Which Were Not Cataloged";
            let mut lines = vec![title.to_owned(), "=".repeat(title.len())];
            lines.extend(
                bad.iter().flat_map(|(path, reason)| [format!("File Name: {}", path.display()), format!("  {reason}")]),
            );
            self.out.lines(&lines);
        }
        Ok(())
    }

    fn heading(&self, title: &str, files: &[PathBuf]) {
        let mut lines = vec![title.to_owned(), "=".repeat(title.len())];
        lines.extend(files.iter().map(|path| format!("File Name: {}", path.display())));
        lines.push(String::new());
        self.out.lines(&lines);
    }

    fn catalog_log(&mut self, path: &Path, database: &Database) -> Result<(), Failure> {
        match look(path, database) {
            Ok(Found::Log(log)) => {
                let record = BackupRecord { catalogued: vec![*log], ..BackupRecord::default() };
                self.target()?.execute(&Command::RecordBackup(record))?;
                self.out.lines(&[
                    "cataloged archived log".into(),
                    format!("archived log file name={} RECID=0 STAMP={}", path.display(), stamp(dates::now())),
                ]);
                Ok(())
            }
            Ok(Found::Piece(_)) => Err(refused(path, "RMAN-07517: Reason: The file header is corrupted")),
            Err(reason) => Err(refused(path, &reason)),
        }
    }

    fn catalog_controlfile(&mut self, path: &Path, database: &Database) -> Result<(), Failure> {
        let copy =
            control::read(path).map_err(|_| refused(path, "RMAN-07517: Reason: The file header is corrupted"))?;
        if copy.dbid != database.dbid {
            return Err(refused(path, &foreign(copy.dbid, &copy.name)));
        }
        let record = BackupRecord { controlfile_copies: vec![path.to_owned()], ..BackupRecord::default() };
        self.target()?.execute(&Command::RecordBackup(record))?;
        self.out.lines(&[
            "cataloged control file copy".into(),
            format!("control file copy file name={} RECID=0 STAMP={}", path.display(), stamp(dates::now())),
        ]);
        Ok(())
    }

    /// One piece. With DEVICE TYPE SBT an automatic channel reads its header (reference 2.4 B).
    fn catalog_piece(&mut self, device: Option<Device>, handle: &str, database: &Database) -> Result<(), Failure> {
        let (channels, _) = self.use_channels(device)?;
        let Some(channel) = channels.first() else { return Ok(()) };
        let source = channel.media.open(handle)?;
        let reader = PieceReader::open(source)
            .map_err(|_| refused(Path::new(handle), "RMAN-07517: Reason: The file header is corrupted"))?;
        if reader.header.dbid != database.dbid {
            return Err(refused(Path::new(handle), &foreign(reader.header.dbid, &reader.header.db_name)));
        }
        let piece = piece_row(&reader, handle, channel.media.device().name());
        self.target()?
            .execute(&Command::RecordBackup(BackupRecord { pieces: vec![piece], ..BackupRecord::default() }))?;
        self.out.lines(&[
            "cataloged backup piece".into(),
            format!("backup piece handle={handle} RECID=0 STAMP={}", stamp(dates::now())),
        ]);
        Ok(())
    }
}

fn refused(path: &Path, reason: &str) -> Failure {
    Failure::rman(7518, format!("{}: not cataloged", path.display())).text(reason)
}

fn foreign(dbid: u32, name: &str) -> String {
    format!("RMAN-07518: Reason: Foreign database file DBID: {dbid}  Database Name: {name}")
}

/// Every file below the folder of the prefix whose name begins with it, in order.
fn matching(prefix: &str) -> Vec<PathBuf> {
    let folder =
        if prefix.ends_with('/') { Path::new(prefix) } else { Path::new(prefix).parent().unwrap_or(Path::new("/")) };
    let mut found = Vec::new();
    walk(folder, prefix, &mut found);
    found.sort();
    found
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let name = path.to_string_lossy();
        if path.is_dir() && (name.starts_with(prefix) || prefix.starts_with(&*name)) {
            walk(&path, prefix, found);
        } else if path.is_file() && name.starts_with(prefix) {
            found.push(path);
        }
    }
}

fn look(path: &Path, database: &Database) -> Result<Found, String> {
    match redo::read_header(path) {
        Ok(header) if header.dbid != database.dbid => Err(foreign(header.dbid, &header.db_name)),
        Ok(header) if !header.finished() => {
            Err("RMAN-07529: Reason: catalog is not supported for this file type".into())
        }
        Ok(_) => log_row(path).map(|row| Found::Log(Box::new(row))),
        Err(_) => {
            let file = fs::File::open(path).map_err(|_| "RMAN-07515: Reason: Unable to open file".to_owned())?;
            let reader = PieceReader::open(Box::new(file))
                .map_err(|_| "RMAN-07517: Reason: The file header is corrupted".to_owned())?;
            if reader.header.dbid != database.dbid {
                return Err(foreign(reader.header.dbid, &reader.header.db_name));
            }
            Ok(Found::Piece(Box::new(piece_row(&reader, &path.to_string_lossy(), "DISK"))))
        }
    }
}

fn piece_row(reader: &PieceReader, handle: &str, device: &str) -> Piece {
    let header = &reader.header;
    Piece {
        recid: 0,
        set_stamp: header.set_stamp,
        set_count: header.set_count,
        piece: header.piece,
        copy: 1,
        handle: handle.to_owned(),
        tag: header.tag.clone(),
        device_type: device.to_owned(),
        status: 'A',
        start_time: header.started,
        completion_time: header.started,
        bytes: 0,
        media: None,
        comments: None,
        backup_type: if header.kind == super::piece::SetKind::Logs { 'L' } else { 'D' },
        controlfile_included: matches!(
            header.kind,
            super::piece::SetKind::Controlfile | super::piece::SetKind::Autobackup
        ),
    }
}

/// The row of V$ARCHIVED_LOG that a log's own header gives, or why it is none.
pub fn log_row(path: &Path) -> Result<ArchivedLog, String> {
    let header = redo::read_header(path).map_err(|_| "RMAN-07517: Reason: The file header is corrupted".to_owned())?;
    let now = dates::now();
    Ok(ArchivedLog {
        recid: 0,
        stamp: stamp(now),
        name: Some(path.to_owned()),
        dest_id: 1,
        thread: header.thread,
        sequence: header.sequence,
        resetlogs_change: header.resetlogs_change,
        resetlogs_time: header.resetlogs_time,
        first_change: header.first_change,
        first_time: header.first_time,
        next_change: header.next_change,
        next_time: header.next_time,
        blocks: header.blocks(),
        block_size: LOG_BLOCK,
        archived: true,
        deleted: false,
        status: 'A',
        completion_time: now,
    })
}
