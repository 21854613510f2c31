//! Answers that do not come.

use crate::sshd::{MINUTE, MODERN, SECOND, Sshd, Wish, free_port, name, shell};
use ovmirror::{
    fault::{Remedy, Retry},
    port::{Clock, Remote, RemoteCommand, RemoteError},
    transport::{SystemClock, ssh::SshRemote},
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

/// Prints its pid and then hangs; the pid is how the test ends it, since a lost session does not.
const HANG: &str = "echo $$; exec sleep 1000";

fn end_what_hangs(output: &str) {
    let pid: i32 = output.trim().parse().unwrap_or_else(|_| panic!("no pid in `{output}`"));
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

fn no_answer(error: RemoteError) -> (String, String) {
    assert_eq!(error.retry(), Retry::InDoubt, "{error:?}");
    match error {
        RemoteError::NoAnswer { why, output, .. } => (why, output),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_deadline_ends_the_call_and_keeps_what_was_printed() {
    let server = Sshd::start(&MODERN);
    let remote = server.remote();
    remote.run(&name("db1"), &shell("true")).unwrap();
    let begun = Instant::now();
    let error = remote.run(&name("db1"), &RemoteCommand::verbatim(HANG, SECOND)).unwrap_err();
    assert!(begun.elapsed() < 2 * SECOND, "{:?}", begun.elapsed());
    let (why, output) = no_answer(error);
    end_what_hangs(&output);
    assert!(why.contains("deadline"), "{why}");
    assert!(remote.run(&name("db1"), &shell("true")).unwrap().ok(), "the next command gets a new session");
}

#[test]
fn a_cancel_ends_the_call_and_can_be_taken_back() {
    let server = Sshd::start(&MODERN);
    server.known(&server.own_line());
    let options = server.options();
    let cancel = options.cancel.clone();
    let remote = SshRemote::new([server.host()], options);
    let hanging = std::thread::scope(|scope| {
        let call = scope.spawn(|| {
            let pids = server.path("pid");
            let line = format!("echo $$ | tee {}; exec sleep 1000", pids.display());
            remote.run(&name("db1"), &RemoteCommand::verbatim(line, MINUTE))
        });
        let clock = SystemClock::new();
        while !std::fs::read_to_string(server.path("pid")).is_ok_and(|t| t.ends_with('\n')) {
            assert!(clock.elapsed() < MINUTE);
            clock.sleep(Duration::from_millis(10));
        }
        let begun = Instant::now();
        cancel.cancel();
        let error = call.join().unwrap().unwrap_err();
        assert!(begun.elapsed() < SECOND, "{:?}", begun.elapsed());
        error
    });
    end_what_hangs(&std::fs::read_to_string(server.path("pid")).unwrap());
    assert!(no_answer(hanging).0.contains("cancelled"));
    let refused = remote.run(&name("db1"), &shell("true")).unwrap_err();
    assert!(!matches!(refused, RemoteError::NoAnswer { .. }), "nothing was sent: {refused:?}");
    cancel.clear();
    assert!(remote.run(&name("db1"), &shell("true")).unwrap().ok());
}

#[test]
fn a_cut_connection_leaves_the_effect_in_doubt() {
    let server = Sshd::start(&MODERN);
    let remote = server.remote();
    let (_, output) =
        no_answer(remote.run(&name("db1"), &shell("echo begun; sleep 0.5; kill -KILL $PPID; sleep 1")).unwrap_err());
    assert_eq!(output, "begun\n");
    assert!(remote.run(&name("db1"), &shell("true")).unwrap().ok(), "the next command gets a new session");
}

/// The idle session dies with its server process: found out before anything is sent, and replaced.
#[test]
fn a_dead_idle_session_is_replaced_without_a_word() {
    let server = Sshd::start(&MODERN);
    let remote = server.remote();
    let pid = remote.run(&name("db1"), &shell("echo $PPID")).unwrap().text();
    end_what_hangs(&pid);
    assert_eq!(remote.run(&name("db1"), &shell("echo again")).unwrap().text(), "again\n");
}

#[test]
fn a_closed_port_is_nothing_sent() {
    let server = Sshd::start(&MODERN);
    let remote = server.remote_with(|h| h.port = free_port());
    let error = remote.run(&name("db1"), &shell("true")).unwrap_err();
    assert!(matches!(error, RemoteError::CannotConnect { .. }), "{error:?}");
    assert_eq!((error.code().as_str(), error.retry()), ("SSH-001", Retry::Again));
}

#[test]
fn a_name_without_address_is_nothing_sent() {
    let server = Sshd::start(&MODERN);
    let remote = server.remote_with(|h| h.address = "no-such-host.invalid".into());
    assert_eq!(remote.run(&name("db1"), &shell("true")).unwrap_err().code(), "SSH-001");
}

/// A port that accepts and says nothing.
#[test]
fn a_silent_server_costs_the_connect_limit_only() {
    let server = Sshd::start(&MODERN);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut host = server.host();
    host.port = silent.local_addr().unwrap().port();
    let mut options = server.options();
    options.connect = SECOND;
    let begun = Instant::now();
    let error = SshRemote::new([host], options).run(&name("db1"), &shell("true")).unwrap_err();
    assert!(begun.elapsed() < 2 * SECOND, "{:?}", begun.elapsed());
    assert_eq!(error.code(), "SSH-006");
    assert!(error.to_string().contains("deadline"), "{error}");
}

/// Firewalls forget silent connections, and the OVM CLI ends idle ones.
#[test]
fn a_long_silence_is_bridged_by_keep_alives() {
    let server = Sshd::start(&Wish { config: "LogLevel DEBUG1", ..MODERN });
    assert_eq!(server.remote().run(&name("db1"), &shell("sleep 5; echo x")).unwrap().text(), "x\n");
    let count = server.log().matches("rtype keepalive@libssh2.org").count();
    assert!((1..=3).contains(&count), "{count} keep-alives");
}

/// Threads that ask at the same time have sessions of their own.
#[test]
fn several_threads_do_not_wait_for_each_other() {
    let server = Sshd::start(&MODERN);
    let remote = server.remote();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for n in 0..6 {
            let remote = &remote;
            scope.spawn(move || {
                let answer = remote.run(&name("db1"), &shell(&format!("sleep 1; echo {n}"))).unwrap();
                assert_eq!(answer.text(), format!("{n}\n"));
            });
        }
    });
    assert!(begun.elapsed() < 5 * SECOND, "{:?}", begun.elapsed());
}
