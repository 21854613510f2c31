//! Nothing is left behind: alone in its process, because it counts threads and open files.
#![expect(clippy::disallowed_methods, reason = "the test starts sshd")]

#[cfg(test)]
#[path = "ssh/sshd.rs"]
#[expect(dead_code, reason = "shared with ssh.rs, which uses all of it")]
mod sshd;

use ovmirror::port::{Remote, RemoteCommand};
use sshd::{MINUTE, MODERN, Sshd, name, shell};
use std::{fs, time::Duration};

#[cfg(test)]
fn count(what: &str) -> usize {
    fs::read_dir(format!("/proc/self/{what}")).unwrap().count()
}

#[test]
fn no_threads_and_no_files_are_left() {
    let server = Sshd::start(&MODERN);
    let (threads, files) = (count("task"), count("fd"));
    let remote = server.remote();
    for _ in 0..10 {
        assert!(remote.run(&name("db1"), &shell("true")).unwrap().ok());
        remote.run(&name("db1"), &RemoteCommand::verbatim("sleep 2", Duration::from_millis(50))).unwrap_err();
        let mut cat = remote.live(&name("db1"), &RemoteCommand::words(["cat"], MINUTE)).unwrap();
        cat.send("x").unwrap();
    }
    assert_eq!(count("task"), threads, "threads");
    drop(remote);
    assert_eq!(count("fd"), files, "open files");
}
