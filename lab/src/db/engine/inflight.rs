//! Writes that the kernel has begun. A held write stands for a write under way in the kernel, which a killed process does
//! not stop: the second half still reaches the disk. Here the process itself holds it, so it leaves word beside the lock
//! file, and the next MOUNT from the same home does what the kernel would have done. A copy of the disk taken meanwhile
//! has only the first half, and nothing that could mend it but redo.

use crate::db::block::{self, BLOCK_SIZE, Block, Verdict};
use std::{
    fs, io,
    os::unix::{ffi::OsStrExt, fs::FileExt},
    path::{Path, PathBuf},
};

const HALF: usize = BLOCK_SIZE / 2;

fn name(dbs: &Path, sid: &str) -> PathBuf {
    dbs.join(format!("hc_{sid}.dat"))
}

/// Leaves word of these writes; of none by removing the file. A failure is left: it concerns only a kill.
pub(super) fn note<'a>(dbs: &Path, sid: &str, under_way: impl Iterator<Item = (&'a Path, u32, &'a Block)>) {
    let mut bytes = Vec::new();
    for (path, number, block) in under_way {
        let path = path.as_os_str().as_bytes();
        bytes.extend(u32::try_from(path.len()).unwrap_or(0).to_le_bytes());
        bytes.extend(path);
        bytes.extend(number.to_le_bytes());
        bytes.extend(block.iter());
    }
    let path = name(dbs, sid);
    let _ = if bytes.is_empty() { fs::remove_file(path) } else { fs::write(path, bytes) };
}

/// Ends the writes that a killed process left, where the block is still as the first half left it.
pub(super) fn finish(dbs: &Path, sid: &str) {
    let path = name(dbs, sid);
    let Ok(bytes) = fs::read(&path) else { return };
    let mut rest = bytes.as_slice();
    while let Some((path, number, block)) = entry(&mut rest) {
        let _ = finish_one(&path, number, &block);
    }
    let _ = fs::remove_file(path);
}

fn entry(rest: &mut &[u8]) -> Option<(PathBuf, u32, Block)> {
    let mut word = || {
        let (head, tail) = rest.split_first_chunk::<4>()?;
        *rest = tail;
        Some(u32::from_le_bytes(*head))
    };
    let length = word()? as usize;
    let path = rest.get(..length)?;
    let path = PathBuf::from(std::ffi::OsStr::from_bytes(path));
    *rest = rest.get(length..)?;
    let (number, tail) = rest.split_first_chunk::<4>()?;
    let (block, tail) = tail.split_first_chunk::<BLOCK_SIZE>()?;
    *rest = tail;
    Some((path, u32::from_le_bytes(*number), Box::new(*block)))
}

fn finish_one(path: &Path, number: u32, block: &Block) -> io::Result<()> {
    let file = fs::OpenOptions::new().read(true).write(true).open(path)?;
    let at = u64::from(number) * BLOCK_SIZE as u64;
    let mut found = [0; BLOCK_SIZE];
    file.read_exact_at(&mut found, at)?;
    let address = u32::from_le_bytes([block[4], block[5], block[6], block[7]]) >> 22;
    if block::verify(&found, address, number) == Verdict::Fractured && found[..HALF] == block[..HALF] {
        file.write_all_at(&block[HALF..], at + HALF as u64)?;
        file.sync_all()?;
    }
    Ok(())
}
