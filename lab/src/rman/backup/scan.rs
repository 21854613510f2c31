//! Reading a data file block by block, as the channel's server process does. A block that is not whole is read again several
//! times: an open file may be in the middle of a write (Backup and Recovery User's Guide, "Fractured blocks").

use crate::{
    db::block::{self, BLOCK_SIZE},
    rman::stack::Failure,
};
use std::{fs::File, os::unix::fs::FileExt, path::Path, time::Duration};

const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(4);

/// What was seen in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scan {
    /// Blocks read, without block 0.
    pub blocks: u64,
    /// Blocks that are not whole: number and CORRUPTION_TYPE.
    pub corrupt: Vec<(u32, String)>,
    /// The highest SCN of a block.
    pub high_scn: u64,
}

/// Reads every block of file number `file` and hands it on. ORA-19505 if it cannot be opened, ORA-19501 if reading fails; what
/// `take` refuses ends it.
pub fn scan_file(
    path: &Path,
    file: u32,
    mut take: impl FnMut(u32, &[u8], &Scan) -> Result<(), Failure>,
) -> Result<Scan, Failure> {
    let opened = File::open(path).map_err(|_| {
        Failure::ora(19505, format!("failed to identify file \"{}\"", path.display()))
            .and(27037, "unable to obtain file status")
    })?;
    let length = opened.metadata().map_or(0, |metadata| metadata.len());
    let count = u32::try_from(length / BLOCK_SIZE as u64).unwrap_or(u32::MAX);
    let mut scan = Scan::default();
    for number in 0..count {
        let (bytes, fault) = settled(&opened, path, file, number)?;
        if let Some(kind) = fault {
            scan.corrupt.push((number, kind.to_owned()));
        } else {
            scan.high_scn = scan.high_scn.max(block::scn(&bytes));
        }
        scan.blocks += u64::from(number > 0);
        take(number, &bytes, &scan)?;
    }
    Ok(scan)
}

fn settled(opened: &File, path: &Path, file: u32, number: u32) -> Result<(Vec<u8>, Option<&'static str>), Failure> {
    let mut bytes = vec![0; BLOCK_SIZE];
    let mut fault = None;
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            std::thread::park_timeout(PAUSE);
        }
        opened.read_exact_at(&mut bytes, u64::from(number) * BLOCK_SIZE as u64).map_err(|error| {
            let text = format!("read error on file \"{}\", block number {number} (block size=8192)", path.display());
            Failure::ora(19501, text).and(27072, format!("File I/O error: {error}"))
        })?;
        fault = block::verify(&bytes, file, number).corruption_type();
        if fault.is_none() {
            break;
        }
    }
    Ok((bytes, fault))
}
