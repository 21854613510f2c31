//! A database made from the pieces of a tape alone, rolled forward, and compared with the witness. Nothing of the site is
//! needed but the folder with the pieces and the witness log.

mod choose;
mod pieces;
mod recover;

use super::{Branch, PieceBlocks, Report, Verdict, compare};
use choose::Choice;
use pieces::Tape;
use std::{collections::BTreeMap, fs, path::Path};

/// Which backup on the tape.
#[derive(Debug, Clone, Default)]
pub struct Which {
    /// The database's name.
    pub database: String,
    /// The handle of the control file; else the newest `…_cf_1`.
    pub controlfile: Option<String>,
}

/// Restores into `empty` from `tape` alone, recovers through `at` and compares with the log of the witness. `Err`: there is
/// no backup that could be tried. What fails on the way of one that could is the report's first difference.
pub fn verify(tape: &Path, empty: &Path, which: &Which, log: &Path, at: u64) -> Result<Report, String> {
    if fs::read_dir(empty).map_err(|error| format!("{}: {error}", empty.display()))?.next().is_some() {
        return Err(format!("{} is not empty", empty.display()));
    }
    let tape = Tape::scan(tape, &which.database)?;
    let choice = Choice::of(&tape, which, empty)?;
    let blocks = choice.blocks(&tape);
    let tried = recover::rows_at(&tape, &choice, empty, at).and_then(|rows| {
        let path: Vec<Branch> = choice.control.path().into_iter().map(Branch::from).collect();
        compare(&rows, log, at, Some(&path)).map_err(|error| error.to_string())
    });
    let verdict = tried.unwrap_or_else(|text| {
        let text = format!("it cannot be restored and recovered: {text}");
        Verdict { equal: false, transactions: 0, first_difference: Some(text), left_behind: None }
    });
    let mut report = Report::new(choice.control.name.clone(), at, verdict);
    report.fractured_blocks = Some(blocks.iter().map(|file| file.fractured_blocks).sum());
    report.files = blocks;
    report.tag = Some(choice.tag);
    report.controlfile = Some(choice.controlfile);
    Ok(report)
}

impl Choice {
    fn blocks(&self, tape: &Tape) -> Vec<PieceBlocks> {
        let by_file: BTreeMap<u32, PieceBlocks> = tape
            .datafiles(&self.tag)
            .map(|(handle, file, item)| {
                let (blocks, fractured_blocks) = (item.blocks, item.broken);
                (file, PieceBlocks { file, handle: handle.to_owned(), blocks, fractured_blocks })
            })
            .collect();
        by_file.into_values().collect()
    }
}
