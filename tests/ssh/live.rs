//! Processes that stay.

use crate::sshd::{MINUTE, MODERN, SECOND, Sshd, name, shell};
use ovmirror::port::{Input, Remote, RemoteCommand, RemoteError};
use std::time::{Duration, Instant};

#[test]
fn question_and_answer_up_to_the_marker() {
    let server = Sshd::start(&MODERN);
    let mut sh = server.remote().live(&name("db1"), &RemoteCommand::words(["/bin/sh"], MINUTE)).unwrap();
    for n in 0..20 {
        sh.send(&format!("echo answer {n}; echo '#end'\n")).unwrap();
        assert_eq!(sh.read_until("#end", MINUTE).unwrap(), format!("answer {n}\n"));
    }
    sh.send("echo last; echo problem >&2; exit 4\n").unwrap();
    let answer = sh.finish(MINUTE).unwrap();
    assert_eq!((answer.status, answer.text(), answer.error_text()), (Some(4), "last\n".into(), "problem\n".into()));
}

/// The answer is there when its marker is there, not some time later.
#[test]
fn an_answer_does_not_wait() {
    let server = Sshd::start(&MODERN);
    let mut cat = server.remote().live(&name("db1"), &RemoteCommand::words(["cat"], MINUTE)).unwrap();
    let mut best = MINUTE;
    for _ in 0..50 {
        let begun = Instant::now();
        cat.send("x\n#end\n").unwrap();
        assert_eq!(cat.read_until("#end", MINUTE).unwrap(), "x\n");
        best = best.min(begun.elapsed());
    }
    assert!(best < Duration::from_millis(20), "{best:?}: delayed by Nagle or by a wait");
}

#[test]
fn two_markers_in_one_piece_stay_apart() {
    let server = Sshd::start(&MODERN);
    let input = Input::Text("a\n#1\nb\n#2\nrest".into());
    let mut cat = server.remote().live(&name("db1"), &RemoteCommand::words(["cat"], MINUTE).input(input)).unwrap();
    assert_eq!(cat.read_until("#1", MINUTE).unwrap(), "a\n");
    assert_eq!(cat.read_until("#2", MINUTE).unwrap(), "b\n");
    assert_eq!(cat.finish(MINUTE).unwrap().text(), "rest");
}

#[test]
fn a_missing_marker_costs_the_deadline_and_shows_the_output() {
    let server = Sshd::start(&MODERN);
    let mut cat = server.remote().live(&name("db1"), &RemoteCommand::words(["cat"], MINUTE)).unwrap();
    cat.send("halfway\n").unwrap();
    let begun = Instant::now();
    let error = cat.read_until("#end", SECOND).unwrap_err();
    assert!(begun.elapsed() < 2 * SECOND);
    assert!(matches!(&error, RemoteError::NoAnswer { output, .. } if output == "halfway\n"), "{error:?}");
}

#[test]
fn a_process_that_ends_early_is_said() {
    let server = Sshd::start(&MODERN);
    let mut ended = server.remote().live(&name("db1"), &shell("echo only; echo why >&2")).unwrap();
    let error = ended.read_until("#end", MINUTE).unwrap_err();
    let said = matches!(&error, RemoteError::NoAnswer { why, output, .. }
        if why.contains("ended before") && output == "only\nwhy");
    assert!(said || format!("{error:?}").contains("only\\nwhy"), "{error:?}");
}

/// More than all windows and pipes hold, in both directions, without reading in between.
#[test]
fn a_large_text_does_not_stand_still() {
    let server = Sshd::start(&MODERN);
    let mut cat = server.remote().live(&name("db1"), &RemoteCommand::words(["cat"], MINUTE)).unwrap();
    let text = "0123456789abcde\n".repeat(1 << 20);
    cat.send(&text).unwrap();
    cat.send("#end\n").unwrap();
    assert!(cat.read_until("#end", MINUTE).unwrap() == text);
}

#[test]
fn a_living_process_does_not_hold_up_other_commands() {
    let server = Sshd::start(&MODERN);
    let remote = server.remote();
    let mut cat = remote.live(&name("db1"), &RemoteCommand::words(["cat"], MINUTE)).unwrap();
    assert_eq!(remote.run(&name("db1"), &shell("echo beside")).unwrap().text(), "beside\n");
    cat.send("#end\n").unwrap();
    assert_eq!(cat.read_until("#end", MINUTE).unwrap(), "");
}
