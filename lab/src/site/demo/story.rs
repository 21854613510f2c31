//! What happened, in plain words.

use super::{Findings, product::Snapshot};
use crate::site::error::SiteError;

/// Tells it. An error unless all is as it must be.
pub fn tell(snapshot: &Snapshot, found: &Findings) -> Result<(), SiteError> {
    let fractured: u64 = found.golden.iter().map(|file| file.fractured).sum();
    let ms = |value: Option<u64>| value.map_or("unknown".to_owned(), |ms| format!("{ms} ms"));
    println!("\nSnapshot {} (state on tape: {})", snapshot.id, snapshot.tape.state);
    println!("  The database was in backup mode for {}.", ms(snapshot.window_ms));
    println!("  The manager's clone job took {} of it.", ms(snapshot.clone_job_ms));
    println!(
        "  The clone was taken in the middle of block writes: {fractured} fractured blocks in {} data files{}.",
        found.golden.len(),
        by_file(found)
    );
    println!(
        "  On tape: {} pieces, {} bytes; fractured blocks in the data file pieces: {}.",
        snapshot.tape.pieces.map_or("?".into(), |n| n.to_string()),
        snapshot.tape.bytes.map_or("?".into(), |n| n.to_string()),
        found.tape.fractured_blocks.unwrap_or(0)
    );
    println!("  Restored from tape alone, rolled forward to the end of the backup:\n    {}", found.tape.words());
    println!("  The database that went on meanwhile:\n    {}\n", found.live.words());
    let wrong = wrong(fractured, found);
    if wrong.is_empty() {
        println!("Every row is what the witness wrote down: the backup is good.");
        return Ok(());
    }
    Err(SiteError::refused(wrong.join("\n"), ""))
}

fn by_file(found: &Findings) -> String {
    let torn = found.golden.iter().filter(|file| file.fractured > 0);
    let torn: Vec<_> = torn.map(|file| format!("{} {}", file.name, file.fractured)).collect();
    if torn.is_empty() { String::new() } else { format!(" ({})", torn.join(", ")) }
}

fn wrong(fractured: u64, found: &Findings) -> Vec<String> {
    let mut wrong = Vec::new();
    if fractured == 0 {
        wrong.push("The clone has no fractured block: this was no trial of backup mode.".to_owned());
    }
    if !found.tape.equal {
        wrong.push("What the tape gives back is NOT what was committed.".to_owned());
    }
    if !found.live.equal {
        wrong.push("The live database is NOT what was committed.".to_owned());
    }
    if found.tape.transactions == 0 {
        wrong.push("No transaction was compared.".to_owned());
    }
    wrong
}
