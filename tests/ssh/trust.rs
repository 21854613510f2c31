//! Host keys.

use crate::sshd::{MODERN, Sshd, keygen, name, shell};
use ovmirror::{
    fault::Remedy,
    port::{Remote, RemoteError},
};
use std::{fs, process::Command};

fn refused(server: &Sshd) -> RemoteError {
    let error = server.remote_as_known(|_| {}).run(&name("db1"), &shell("true")).unwrap_err();
    assert!(matches!(error, RemoteError::CannotConnect { .. }), "{error:?}");
    error
}

#[test]
fn an_unknown_key_is_shown_and_the_given_command_makes_it_known() {
    let server = Sshd::start(&MODERN);
    let error = refused(&server);
    assert_eq!(error.code(), "SSH-002");
    let printed = Command::new("ssh-keygen").arg("-lf").arg(server.path("host.pub")).output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    let fingerprint = printed.split_whitespace().nth(1).unwrap();
    assert!(error.hints().iter().any(|h| h.text.contains(fingerprint)), "{:?}", error.hints());
    assert!(!server.path("known_hosts").exists(), "nothing is added by itself");

    let command = error.hints().iter().find_map(|h| h.command.clone()).unwrap();
    assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
    assert_eq!(fs::read_to_string(server.path("known_hosts")).unwrap(), server.own_line());
    assert!(server.remote_as_known(|_| {}).run(&name("db1"), &shell("true")).unwrap().ok());
}

#[test]
fn hashed_names_are_found() {
    let server = Sshd::start(&MODERN);
    server.known(&format!("other ssh-rsa AAAA\n{}", server.own_line()));
    let hashed = Command::new("ssh-keygen").arg("-Hf").arg(server.path("known_hosts")).output().unwrap();
    assert!(hashed.status.success());
    assert!(!fs::read_to_string(server.path("known_hosts")).unwrap().contains("127.0.0.1"));
    assert!(server.remote_as_known(|_| {}).run(&name("db1"), &shell("true")).unwrap().ok());
}

#[test]
fn another_key_is_refused_with_file_and_line() {
    let server = Sshd::start(&MODERN);
    keygen(&server.path("false"), "ed25519");
    let key = fs::read_to_string(server.path("false.pub")).unwrap();
    server.known(&format!("# ours\n[127.0.0.1]:{} {key}", server.port));
    let error = refused(&server);
    assert_eq!(error.code(), "SSH-003");
    let place = format!("{} line 2", server.path("known_hosts").display());
    assert!(error.to_string().contains(&place), "{error}");
    assert!(error.hints().iter().any(|h| h.command.as_deref().is_some_and(|c| c.starts_with("ssh-keygen -R"))));
}

#[test]
fn a_revoked_key_is_refused_though_it_is_known() {
    let server = Sshd::start(&MODERN);
    server.known(&format!("{0}@revoked * {1}", server.own_line(), server.own_line().split_once(' ').unwrap().1));
    assert_eq!(refused(&server).code(), "SSH-007");
}

#[test]
fn a_certificate_authority_is_no_key_of_the_host() {
    let server = Sshd::start(&MODERN);
    server.known(&format!("@cert-authority {}", server.own_line()));
    assert_eq!(refused(&server).code(), "SSH-002");
}

/// The host has two keys; only the one that its first choice would not be is known.
#[test]
fn the_known_key_type_is_asked_for() {
    let mut wish = MODERN;
    wish.config = "HostKeyAlgorithms rsa-sha2-512,ssh-ed25519";
    wish.before = "ssh-keygen -q -t rsa -b 2048 -N '' -f \"$D/second\"; echo \"HostKey $D/second\" >> \"$D/config\"";
    if !crate::sshd::is_root() {
        eprintln!("not run: adding a second key needs the namespace of root");
        return;
    }
    let server = Sshd::start(&wish);
    let key = fs::read_to_string(server.path("second.pub")).unwrap();
    server.known(&format!("[127.0.0.1]:{} {key}", server.port));
    assert!(server.remote_as_known(|_| {}).run(&name("db1"), &shell("true")).unwrap().ok());
}

#[test]
fn an_unreadable_file_is_said() {
    let server = Sshd::start(&MODERN);
    fs::create_dir(server.path("known_hosts")).unwrap();
    let error = server.remote_as_known(|_| {}).run(&name("db1"), &shell("true")).unwrap_err();
    assert_eq!(error.code(), "SSH-023");
}
