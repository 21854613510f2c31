//! Transactions: redo first, on disk, then the buffers.

use super::{
    Database,
    cache::{Place, Position},
};
use crate::db::{
    api::{Done, OraError, RowChange},
    control::{Enabled, FileRecord, FileStatus},
    errors::{self, Ora},
    params::now_us,
    redo::{Record, Redo},
    rows,
};
use std::collections::BTreeMap;

/// A change whose slot bytes want the SCN.
struct Planned<'a> {
    place: Place,
    sequence: u8,
    slot: u16,
    row: Option<&'a RowChange>,
}

impl Planned<'_> {
    fn redo(&self, scn: u64) -> Redo {
        let row = self.row.and_then(|change| rows::row(change.key, scn, &change.value));
        let row = Box::new(row.unwrap_or_else(|| rows::mark(scn)));
        Redo::Change { file: self.place.0, block: self.place.1, sequence: self.sequence, slot: self.slot, row }
    }
}

impl Database {
    /// One transaction of the workload. Besides its rows it touches the marker block of SYSTEM and of one other writable
    /// file in turn, as undo and dictionary changes do. ORA-01109/16000 if not open for writing, ORA-12899 for a value that
    /// does not fit, ORA-01653 for a key that has no place, ORA-00372/00376 for a file that is read only or offline.
    pub fn commit(&mut self, changes: &[RowChange]) -> Ora<Done> {
        self.live()?;
        let planned = self.plan(changes)?;
        let places: Vec<Place> = planned.iter().map(|planned| planned.place).collect();
        let images = self.images(&places)?;
        let time_us = now_us();
        let record = |scn: u64, redo: Redo| Record { scn, time_us, redo };
        let records = |scn: u64| {
            let images = images.iter().map(|redo| record(scn, redo.clone()));
            let changes = planned.iter().map(|planned| record(scn, planned.redo(scn)));
            images.chain(changes).chain([record(scn, Redo::Commit)]).collect::<Vec<_>>()
        };
        let scn = self.transaction(records)?;
        self.live()?.commits += 1;
        Ok(Done::Committed { scn, time_us })
    }

    fn plan<'a>(&self, changes: &'a [RowChange]) -> Ora<Vec<Planned<'a>>> {
        let mut planned = Vec::new();
        for change in changes {
            let (file, block, slot) = self.place(change)?;
            planned.push(Planned { place: (file, block), sequence: 1, slot, row: Some(change) });
        }
        for file in self.touched() {
            planned.push(Planned { place: (file, rows::MARK_BLOCK), sequence: 1, slot: 0, row: None });
        }
        number(&mut planned)?;
        Ok(planned)
    }

    fn place(&self, change: &RowChange) -> Ora<(u32, u32, u16)> {
        if rows::row(change.key, 0, &change.value).is_none() {
            let (is, most) = (change.value.len(), rows::VALUE_SIZE);
            let column = "\"WORK\".\"ROWS\".\"VALUE\"";
            return Err(OraError::new(
                12899,
                format!("value too large for column {column} (actual: {is}, maximum: {most})"),
            ));
        }
        let holder = self.control.datafiles.iter().find_map(|f| Some((f, rows::place(f, change.key)?)));
        let Some((record, (block, slot))) = holder else {
            return Err(OraError::new(1653, "unable to extend table WORK.ROWS by 8 in tablespace USERS"));
        };
        usable(record)?;
        Ok((record.file, block, slot))
    }

    fn touched(&self) -> Vec<u32> {
        let writable: Vec<u32> = self.control.datafiles.iter().filter(|f| f.writable()).map(|f| f.file).collect();
        let commits = self.live.as_ref().map_or(0, |live| live.commits);
        let others: Vec<u32> = writable.iter().copied().filter(|file| *file != 1).collect();
        let turn = usize::try_from(commits).unwrap_or(0).checked_rem(others.len());
        [Some(1), turn.map(|turn| others[turn])].into_iter().flatten().filter(|f| writable.contains(f)).collect()
    }

    /// The images that must go into the redo before these blocks change: of files in backup mode, once per block.
    pub fn images(&mut self, places: &[Place]) -> Ora<Vec<Redo>> {
        let live = self.live()?;
        let mut images = BTreeMap::new();
        for place in places {
            let Some(file) = live.files.get(&place.0) else { continue };
            let buffer = live.cache.good(file.source(), place.1)?;
            if file.header.hot && !file.imaged.contains(&place.1) {
                let redo = Redo::Image { file: place.0, block: place.1, bytes: buffer.bytes.clone() };
                images.insert(*place, redo);
            }
        }
        Ok(images.into_values().collect())
    }

    /// Writes a transaction's redo and, once it is on disk, changes the buffers. Returns its SCN.
    pub fn transaction(&mut self, records: impl Fn(u64) -> Vec<Record>) -> Ora<u64> {
        let (scn, position) = self.append(&records)?;
        for record in records(scn) {
            self.buffer(&record, position)?;
        }
        Ok(scn)
    }

    fn buffer(&mut self, record: &Record, position: Position) -> Ora<()> {
        let live = self.live()?;
        match &record.redo {
            Redo::Change { file, .. } => match live.files.get(file) {
                Some(open) => live.cache.apply(open.source(), record, position),
                None => Ok(()),
            },
            Redo::Image { file, block, .. } => {
                if let Some(open) = live.files.get_mut(file) {
                    open.imaged.insert(*block);
                }
                Ok(())
            }
            Redo::Commit | Redo::Event(_) => Ok(()),
        }
    }
}

/// Numbers the changes of one SCN within each block.
fn number(planned: &mut [Planned<'_>]) -> Ora<()> {
    let mut seen: BTreeMap<Place, u8> = BTreeMap::new();
    for change in planned {
        let count = seen.entry(change.place).or_default();
        *count = count.checked_add(1).ok_or_else(|| errors::internal("transaction changes a block too often"))?;
        change.sequence = *count;
    }
    Ok(())
}

/// Rows of a closed pluggable database: ORA-01109, as its sessions get it.
fn usable(record: &FileRecord) -> Ora<()> {
    let about = |code, text| Err(errors::about_file(code, text, record.file, &record.name));
    if record.con_id > 1 && !record.writable() {
        return about(1109, "database not open".to_owned());
    }
    if record.status != FileStatus::Online {
        return about(376, format!("file {} cannot be read at this time", record.file));
    }
    match record.enabled {
        Enabled::ReadOnly => about(372, format!("file {} cannot be modified at this time", record.file)),
        Enabled::ReadWrite => Ok(()),
    }
}
