//! What happened, in plain words.

use super::{Findings, product::Snapshot, recovery};
use crate::site::{disaster, error::SiteError};

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
    verdict(&wrong(fractured, found), "Every row is what the witness wrote down: the backup is good.\n")
}

fn verdict(wrong: &[String], good: &str) -> Result<(), SiteError> {
    if wrong.is_empty() {
        println!("{good}");
        return Ok(());
    }
    Err(SiteError::refused(wrong.join("\n"), ""))
}

/// Tells of the disaster and what became of it. An error unless all is as it must be.
pub(super) fn back_and_forth(found: &recovery::Findings) -> Result<(), SiteError> {
    let seconds = |time: std::time::Duration| format!("{:.1} s", time.as_secs_f64());
    let until = found.recovered.until_scn.as_deref().map_or("that second".to_owned(), |scn| format!("SCN {scn}"));
    let opened = if found.recovered.resetlogs { "with RESETLOGS" } else { "as it was" };
    println!("\nA disaster and the way back");
    println!("  {}", disaster::words(&found.destroyed));
    println!("  The database with the disaster in it:\n    {}", found.wrecked.words());
    println!(
        "  Recovered to {} in {}, from the command to its end: up to {until}, opened {opened}.\n    {}",
        found.noted,
        seconds(found.recovery),
        found.back.words()
    );
    println!("  Taken back in {}: the disaster is there again.\n    {}\n", seconds(found.undo), found.again.words());
    verdict(
        &recovery::wrong(found),
        "Every row is what the witness wrote down, before the disaster and after the undo: the recovery is good.",
    )
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
