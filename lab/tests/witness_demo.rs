//! The demonstration as a whole. It runs the product beside the lab's own executable, as a process.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may panic")]

use ovmirror_lab::site::spawn;
use std::process::Output;

fn demo(more: &[&str]) -> (Output, String) {
    let program = env!("CARGO_BIN_EXE_ovmirror-lab");
    let folder = tempfile::Builder::new().prefix("ovlab").tempdir().unwrap();
    let dir = folder.path().join("site");
    let output = spawn::command(program).args(["demo", "--dir"]).arg(&dir).args(more).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output, text)
}

#[test]
fn a_backup_under_load_comes_back_from_tape_and_a_disaster_is_undone() {
    let (output, text) = demo(&[]);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("the backup is good"), "{text}");
    assert!(text.contains("the recovery is good"), "{text}");
}

/// BEGIN BACKUP is shown in the views and does nothing: the product may notice, else the comparison must.
#[test]
fn a_backup_mode_that_is_only_shown_is_found_out() {
    let (output, text) = demo(&["--sabotage"]);
    assert!(!output.status.success(), "{text}");
    let compared = text.contains("What the tape gives back is NOT what was committed.");
    let rejected = text.contains("the snapshot is rejected: it cannot be rolled forward through its own END BACKUP")
        && text.contains("ORA-01578");
    assert!(compared || rejected, "{text}");
}
