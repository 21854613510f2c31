//! A control file on disk: two slots of fixed size, written in turn, each with its length, version and check sum. A
//! version counts as written when every copy has it; a crash between two copies leaves the version before in all of them.

use super::ControlFile;
use std::{fs::File, fs::OpenOptions, io, os::unix::fs::FileExt, path::Path};

const MAGIC: &[u8; 8] = b"\0CONTROL";
const SLOT: u64 = 1 << 20;
const FRAME: usize = 24;

/// Why control files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// A file is not there or cannot be read (ORA-00205).
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A file holds no whole version (ORA-00227).
    #[error("corrupt block detected in control file")]
    Corrupt,
    /// The content does not fit.
    #[error("the control file is full")]
    Full,
}

/// The versions a file holds, newest first.
pub(crate) fn versions(path: &Path) -> Result<Vec<ControlFile>, ControlError> {
    let file = File::open(path)?;
    let mut found: Vec<_> = [0, SLOT].into_iter().filter_map(|at| slot(&file, at)).collect();
    found.sort_by_key(|content| std::cmp::Reverse(content.version));
    if found.is_empty() { Err(ControlError::Corrupt) } else { Ok(found) }
}

/// The newest whole version in a control file.
pub fn read(path: &Path) -> Result<ControlFile, ControlError> {
    versions(path)?.into_iter().next().ok_or(ControlError::Corrupt)
}

fn slot(file: &File, at: u64) -> Option<ControlFile> {
    let mut frame = [0_u8; FRAME];
    file.read_exact_at(&mut frame, at).ok()?;
    if &frame[..8] != MAGIC {
        return None;
    }
    let word = |at: usize| u32::from_le_bytes([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]]);
    let length = usize::try_from(word(8)).ok().filter(|length| length + FRAME <= SLOT as usize)?;
    let mut text = vec![0; length];
    file.read_exact_at(&mut text, at + FRAME as u64).ok()?;
    (crc32fast::hash(&text) == word(12)).then(|| serde_json::from_slice(&text).ok())?
}

fn encode(content: &ControlFile) -> Result<Vec<u8>, ControlError> {
    let text = serde_json::to_vec(content).map_err(io::Error::from)?;
    if text.len() + FRAME > SLOT as usize {
        return Err(ControlError::Full);
    }
    let length = u32::try_from(text.len()).map_err(|_| ControlError::Full)?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend(length.to_le_bytes());
    bytes.extend(crc32fast::hash(&text).to_le_bytes());
    bytes.extend([0; 8]);
    bytes.extend(text);
    Ok(bytes)
}

/// Writes one version into every copy (already open), one copy after the other.
pub fn write_copy(copies: &[File], content: &mut ControlFile) -> Result<(), ControlError> {
    content.trim();
    content.version += 1;
    let bytes = encode(content)?;
    let at = (content.version % 2) * SLOT;
    for copy in copies {
        copy.write_all_at(&bytes, at)?;
        copy.sync_data()?;
    }
    Ok(())
}

/// Writes a new file with just this content. `AlreadyExists` if it is there and may not be overwritten.
pub fn write_new(path: &Path, content: &ControlFile, reuse: bool) -> Result<(), ControlError> {
    let bytes = encode(content)?;
    let mut options = OpenOptions::new();
    options.write(true).truncate(true);
    let file = if reuse { options.create(true).open(path)? } else { options.create_new(true).open(path)? };
    file.set_len(2 * SLOT)?;
    file.write_all_at(&bytes, (content.version % 2) * SLOT)?;
    file.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::agreed;
    use super::*;
    use crate::db::testing::control;

    fn open(path: &Path) -> File {
        OpenOptions::new().read(true).write(true).open(path).unwrap()
    }

    #[test]
    fn a_crash_between_two_copies_leaves_the_version_before() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().join("1.ctl"), folder.path().join("2.ctl")];
        let mut content = control();
        paths.iter().for_each(|path| write_new(path, &content, false).unwrap());
        let copies: Vec<_> = paths.iter().map(|path| open(path)).collect();
        content.checkpoint_change = 7;
        write_copy(&copies, &mut content).unwrap();
        assert_eq!(agreed(&paths).unwrap(), content);
        let before = content.clone();
        content.checkpoint_change = 8;
        write_copy(&copies[..1], &mut content).unwrap();
        assert_eq!(agreed(&paths).unwrap(), before);
        content.checkpoint_change = 9;
        write_copy(&copies[..1], &mut content).unwrap();
        assert_eq!(agreed(&paths).unwrap_err().lines[0].0, 214, "two versions apart they are of different moments");
        assert_eq!(read(&paths[0]).unwrap(), content);
    }

    #[test]
    fn a_torn_write_leaves_the_other_slot() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1.ctl");
        let mut content = control();
        write_new(&path, &content, false).unwrap();
        let before = content.clone();
        let copy = open(&path);
        write_copy(std::slice::from_ref(&copy), &mut content).unwrap();
        copy.write_all_at(b"x", (content.version % 2) * SLOT + 40).unwrap();
        assert_eq!(read(&path).unwrap(), before);
        copy.write_all_at(b"x", (before.version % 2) * SLOT + 40).unwrap();
        assert!(matches!(read(&path), Err(ControlError::Corrupt)));
        assert_eq!(agreed(&[path]).unwrap_err().lines[0].0, 227);
    }

    #[test]
    fn a_new_file_does_not_overwrite_without_leave() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1.ctl");
        write_new(&path, &control(), false).unwrap();
        assert!(matches!(write_new(&path, &control(), false), Err(ControlError::Io(_))));
        write_new(&path, &control(), true).unwrap();
    }
}
