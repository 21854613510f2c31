//! The end of a program that outlived its session.

use super::{Place, each, put};
use ovmirror::text::{render, sh};
use std::{fs, path::Path};

/// By its own pid, and only while that number is still the same process; one that does not listen is killed.
#[test]
fn text_shell_ends_the_program_that_told_its_pid() {
    each(|place| {
        let bin = place.file("db/bin/sqlplus");
        put(&bin, "#!/bin/sh\ntrap 'echo term >> \"$HOME/ended\"; exit 9' TERM\nwhile :; do sleep 0.1; done\n", 0o755);
        let env = place.env();
        let script = render(&sh::Sqlplus { env: &env }).unwrap().replace('\'', r"'\''");
        let started = |place: &Place| {
            let told = place.sh(&format!(
                "sh -c '{script}' < /dev/null > /dev/null 2> \"$HOME/told\" &\nwhile ! grep -q ovm-pid \"$HOME/told\"; do sleep 0.1; done\ncat \"$HOME/told\""
            ));
            let words: Vec<u64> = told.split_whitespace().skip(1).map(|word| word.parse().unwrap()).collect();
            (u32::try_from(words[0]).unwrap(), words[1])
        };
        let (pid, start) = started(place);
        assert_eq!(place.run(&sh::EndFar { pid, start: start + 1 }), "gone\n", "another process of that number");
        assert!(Path::new(&format!("/proc/{pid}")).exists());
        assert_eq!(place.run(&sh::EndFar { pid, start }), "ended\n");
        assert_eq!(place.run(&sh::EndFar { pid, start }), "gone\n");
        assert_eq!(fs::read_to_string(place.file("home/ended")).unwrap(), "term\n");
        put(&bin, "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.1; done\n", 0o755);
        let (pid, start) = started(place);
        assert_eq!(place.run(&sh::EndFar { pid, start }), "ended\n");
        assert_eq!(place.run(&sh::EndFar { pid, start }), "gone\n");
    });
}
