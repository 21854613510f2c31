//! RESTORE and RECOVER.

mod control;
mod logs;
mod pieces;
mod recover;

use super::{
    dates,
    session::{Channel, Session},
    stack::Failure,
    syntax::command::{Objects, Restore, Target, Until},
};
use crate::db::api::{Database, Datafile, Piece};
use std::collections::{BTreeMap, BTreeSet};

pub use pieces::{Placed, Wanted, restore_piece};

/// The set to read for each file: set number and stamp.
type Sets = BTreeMap<(u32, u64), BTreeSet<u32>>;

impl Session {
    /// RESTORE.
    pub fn restore(&mut self, restore: &Restore) -> Result<(), Failure> {
        if let Target::Controlfile { to, from } = &restore.target {
            return self.restore_controlfile(to.as_deref(), from.as_deref(), restore.validate);
        }
        let database = self.database()?;
        if restore.preview {
            return self.preview(restore, &database);
        }
        let (channels, _) = self.use_channels(None)?;
        self.out.line("");
        self.out.line(format!("Starting restore at {}", self.at()));
        match &restore.target {
            Target::Files(objects) => self.restore_files(restore, objects, &database, &channels)?,
            Target::Logs(logs) => self.restore_logs(logs, restore, &database, &channels)?,
            Target::Controlfile { .. } => {}
        }
        self.out.line(format!("Finished restore at {}", self.at()));
        Ok(())
    }

    fn restore_files(
        &mut self,
        restore: &Restore,
        objects: &Objects,
        database: &Database,
        channels: &[Channel],
    ) -> Result<(), Failure> {
        let files = super::backup::chosen(objects, database)?;
        let used = files.iter().find(|file| super::backup::in_use(file, database));
        if let Some(file) = used.filter(|_| !restore.validate) {
            let text = format!("cannot obtain exclusive enqueue for datafile {}", file.file);
            return Err(Failure::ora(19573, text));
        }
        let until = restore.until.as_ref().or(self.settings.until.as_ref());
        let sets = sets_for(&files, restore.tag.as_deref(), until, database)?;
        for ((count, stamp), numbers) in sets {
            for piece in database.pieces.iter().filter(|p| (p.set_count, p.set_stamp) == (count, stamp)) {
                self.restore_set(restore, piece, &numbers, &files, channels)?;
            }
        }
        Ok(())
    }

    fn restore_set(
        &self,
        restore: &Restore,
        piece: &Piece,
        numbers: &BTreeSet<u32>,
        files: &[Datafile],
        channels: &[Channel],
    ) -> Result<(), Failure> {
        let channel = channel_for(piece, channels)?;
        let say = |text: &str| format!("channel {}: {text}", channel.name);
        let newname =
            |file: &Datafile| self.settings.newnames.get(&file.file).cloned().unwrap_or_else(|| file.name.clone());
        let places: BTreeMap<_, _> =
            files.iter().filter(|file| numbers.contains(&file.file)).map(|file| (file.file, newname(file))).collect();
        let started = dates::now();
        let mut lines = Vec::new();
        if restore.validate {
            lines.push(say("starting validation of datafile backup set"));
        } else {
            lines.push(say("starting datafile backup set restore"));
            lines.push(say("specifying datafile(s) to restore from backup set"));
            let each = |(file, path): (&u32, &std::path::PathBuf)| {
                say(&format!("restoring datafile {file:05} to {}", path.display()))
            };
            lines.extend(places.iter().map(each));
        }
        lines.push(say(&format!("reading from backup piece {}", piece.handle)));
        self.out.lines(&lines);
        let wanted = match (restore.validate, restore.header) {
            (true, true) => Wanted::Header,
            (true, false) => Wanted::Nothing,
            (false, _) => Wanted::Files(&places),
        };
        restore_piece(&*channel.media, &piece.handle, &wanted)
            .map_err(|failure| failure.on_channel("restore", &channel.name, &dates::stack_time(dates::now())))?;
        let end = if restore.validate { "validation complete" } else { "restore complete" };
        self.out.lines(&[
            say(&format!("piece handle={} tag={}", piece.handle, piece.tag)),
            say("restored backup piece 1"),
            say(&format!("{end}, elapsed time: {}", dates::elapsed(dates::now() - started))),
        ]);
        Ok(())
    }

    /// RESTORE … PREVIEW reads only the repository.
    fn preview(&mut self, restore: &Restore, database: &Database) -> Result<(), Failure> {
        self.out.line("");
        self.out.line(format!("Starting restore at {}", self.at()));
        if let Target::Files(objects) = &restore.target {
            let files = super::backup::chosen(objects, database)?;
            let sets = sets_for(&files, restore.tag.as_deref(), restore.until.as_ref(), database)?;
            let listed = |piece: &&Piece| sets.contains_key(&(piece.set_count, piece.set_stamp));
            let pieces: Vec<_> = database.pieces.iter().filter(listed).cloned().collect();
            self.list_sets(&pieces, database);
        }
        self.out.line(format!("Finished restore at {}", self.at()));
        Ok(())
    }
}

/// The newest set of each file that suits. RMAN-06026 with an RMAN-06023 for each file that has none.
fn sets_for(
    files: &[Datafile],
    tag: Option<&str>,
    until: Option<&Until>,
    database: &Database,
) -> Result<Sets, Failure> {
    let mut sets = Sets::new();
    let mut missing = Vec::new();
    for file in files {
        match newest(file.file, tag, until, database) {
            Some(key) => drop(sets.entry(key).or_default().insert(file.file)),
            None => missing.push(file.file),
        }
    }
    if missing.is_empty() {
        return Ok(sets);
    }
    let head = Failure::rman(6026, "some targets not found - aborting restore");
    let none = |failure: Failure, file: &u32| {
        failure.and_rman(6023, format!("no backup or copy of datafile {file} found to restore"))
    };
    Err(missing.iter().fold(head, none))
}

fn newest(file: u32, tag: Option<&str>, until: Option<&Until>, database: &Database) -> Option<(u32, u64)> {
    let usable = |count: u32, stamp: u64| {
        let of_set = |piece: &&Piece| (piece.set_count, piece.set_stamp) == (count, stamp) && piece.status == 'A';
        database.pieces.iter().filter(of_set).any(|piece| tag.is_none_or(|tag| piece.tag == tag))
    };
    let before = |change: u64| match until {
        Some(Until::Scn(scn)) => change < *scn,
        _ => true,
    };
    let rows = database.backup_datafiles.iter().filter(|row| row.file == file && before(row.checkpoint_change));
    let suitable = rows.filter(|row| usable(row.set_count, row.set_stamp));
    suitable.max_by_key(|row| (row.checkpoint_change, row.set_stamp)).map(|row| (row.set_count, row.set_stamp))
}

/// A channel of the piece's device. RMAN-06026 with RMAN-06100-like text is avoided: RMAN says it finds no channel.
fn channel_for<'a>(piece: &Piece, channels: &'a [Channel]) -> Result<&'a Channel, Failure> {
    channels.iter().find(|channel| channel.media.device().name() == piece.device_type).ok_or_else(|| {
        Failure::rman(6026, "some targets not found - aborting restore")
            .and_rman(6012, format!("channel: no channel of device type {} allocated", piece.device_type))
    })
}
