//! Where the workload's rows live: 64-byte slots in the blocks of the data files. A key has one fixed place; block 2 of
//! every file holds a marker that commits touch, so that every writable file changes all the time.

use super::block::{BLOCK_SIZE, BODY_SIZE, HEADER_SIZE};
use super::control::FileRecord;

/// Bytes of a slot.
pub const SLOT_SIZE: usize = 64;
/// Slots in a block.
pub const SLOTS: u16 = (BODY_SIZE / SLOT_SIZE) as u16;
/// The block with the marker.
pub const MARK_BLOCK: u32 = 2;
/// The longest value.
pub const VALUE_SIZE: usize = 48;
/// The rows that a data file added later takes.
pub const KEYS_PER_ADDED_FILE: u32 = 500;

const FIRST_ROW_BLOCK: u32 = 3;
const MARK: u32 = u32::MAX;

/// One slot's bytes.
pub type Slot = [u8; SLOT_SIZE];

/// What a slot says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A row with the SCN of its last change.
    Row {
        /// The key.
        key: u32,
        /// SCN of the commit that wrote it.
        scn: u64,
        /// The value.
        value: String,
    },
    /// The last commit that touched this file.
    Mark {
        /// Its SCN.
        scn: u64,
    },
}

/// A row as slot bytes; `None` if the value is not ASCII of at most 48 bytes.
#[must_use]
pub fn row(key: u32, scn: u64, value: &str) -> Option<Slot> {
    if !value.is_ascii() || value.len() > VALUE_SIZE || key == MARK {
        return None;
    }
    Some(slot(key, scn, value.as_bytes()))
}

/// A marker as slot bytes.
#[must_use]
pub fn mark(scn: u64) -> Slot {
    slot(MARK, scn, b"")
}

fn slot(key: u32, scn: u64, value: &[u8]) -> Slot {
    let mut bytes = [0; SLOT_SIZE];
    bytes[0] = 1;
    bytes[1] = u8::try_from(value.len()).unwrap_or(0);
    bytes[4..8].copy_from_slice(&key.to_le_bytes());
    bytes[8..16].copy_from_slice(&scn.to_le_bytes());
    bytes[16..16 + value.len()].copy_from_slice(value);
    bytes
}

/// Reads a slot; `None` if it is empty.
#[must_use]
pub fn entry(bytes: &[u8]) -> Option<Entry> {
    let (used, length) = (*bytes.first()?, usize::from(*bytes.get(1)?));
    if used != 1 {
        return None;
    }
    let key = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
    let scn = u64::from_le_bytes(bytes.get(8..16)?.try_into().ok()?);
    if key == MARK {
        return Some(Entry::Mark { scn });
    }
    let value = String::from_utf8(bytes.get(16..16 + length)?.to_vec()).ok()?;
    Some(Entry::Row { key, scn, value })
}

/// Every entry of a block.
pub fn entries(block: &[u8]) -> impl Iterator<Item = Entry> {
    let body = &block[HEADER_SIZE..HEADER_SIZE + usize::from(SLOTS) * SLOT_SIZE];
    body.chunks(SLOT_SIZE).filter_map(entry)
}

/// Puts a slot into a block (which must be sealed afterwards).
pub fn put(block: &mut [u8; BLOCK_SIZE], slot: u16, bytes: &Slot) {
    let at = HEADER_SIZE + usize::from(slot.min(SLOTS - 1)) * SLOT_SIZE;
    block[at..at + SLOT_SIZE].copy_from_slice(bytes);
}

/// Block and slot of a key in the file that holds it; `None` if it does not live there.
#[must_use]
pub fn place(record: &FileRecord, key: u32) -> Option<(u32, u16)> {
    let index = key.checked_sub(record.first_key).filter(|index| *index < record.keys)?;
    let blocks = row_blocks(record.blocks)?;
    Some((FIRST_ROW_BLOCK + index % blocks, u16::try_from(index / blocks).ok()?))
}

fn row_blocks(blocks: u64) -> Option<u32> {
    u32::try_from(blocks.saturating_sub(u64::from(MARK_BLOCK))).ok().filter(|blocks| *blocks > 0)
}

/// How many rows a file of `blocks` blocks can hold.
#[must_use]
pub fn capacity(blocks: u64) -> u32 {
    row_blocks(blocks).map_or(0, |blocks| blocks.saturating_mul(u32::from(SLOTS)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::block;
    use std::collections::BTreeSet;

    #[test]
    fn a_row_comes_back_from_its_slot() {
        let mut bytes = block::format(block::TYPE_DATA, 4, 3, 1);
        put(&mut bytes, 126, &row(17, 900, "value").unwrap());
        put(&mut bytes, 0, &mark(901));
        let found: Vec<_> = entries(&bytes[..]).collect();
        let value = "value".to_owned();
        assert_eq!(found, [Entry::Mark { scn: 901 }, Entry::Row { key: 17, scn: 900, value }]);
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused() {
        assert!(row(1, 1, &"x".repeat(49)).is_none());
        assert!(row(1, 1, "ü").is_none());
        assert!(row(1, 1, &"x".repeat(48)).is_some());
    }

    #[test]
    fn no_two_keys_share_a_place_and_all_fit() {
        let record = crate::db::testing::record(4, 10, 1000, capacity(10));
        let places: BTreeSet<_> = (1000..1000 + capacity(10)).map(|key| place(&record, key).unwrap()).collect();
        assert_eq!(places.len(), capacity(10) as usize);
        assert!(places.iter().all(|(block, slot)| (3..=10).contains(block) && *slot < SLOTS));
        assert_eq!(place(&record, 999), None);
        assert_eq!(place(&record, 1000 + capacity(10)), None);
    }
}
