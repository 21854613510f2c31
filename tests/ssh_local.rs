//! Hosts that are this machine, and the router in front of both ways.

use ovmirror::{
    fault::Remedy,
    model::{HostName, Secret},
    port::{Input, Remote, RemoteCommand, RemoteError},
    transport::{
        CancelToken, Router,
        local::LocalRemote,
        ssh::{SshOptions, SshRemote},
    },
};
use std::{
    io::Read,
    time::{Duration, Instant},
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

#[cfg(test)]
fn here() -> HostName {
    HostName::new("here").unwrap()
}

#[cfg(test)]
fn local() -> LocalRemote {
    let prefix = vec!["env".to_owned(), "AS=root".to_owned()];
    LocalRemote::new([(here(), Some(prefix))], &CancelToken::new().unwrap())
}

#[test]
fn words_streams_and_status() {
    let command = RemoteCommand::words(["sh", "-c", "cat; echo err >&2; exit 3"], MINUTE)
        .input(Input::Secret(Secret::new("it's in")));
    let answer = local().run(&here(), &command).unwrap();
    assert_eq!((answer.status, answer.text(), answer.error_text()), (Some(3), "it's in".into(), "err\n".into()));
    let shell = local().run(&here(), &RemoteCommand::verbatim("echo a; echo b", MINUTE)).unwrap();
    assert_eq!(shell.text(), "a\nb\n");
}

#[test]
fn the_prefix_is_for_privileged_commands() {
    let command = RemoteCommand::words(["sh", "-c", "echo $AS"], MINUTE);
    assert_eq!(local().run(&here(), &command).unwrap().text(), "\n");
    assert_eq!(local().run(&here(), &command.privileged()).unwrap().text(), "root\n");
}

#[test]
fn a_missing_program_is_named_with_the_path() {
    let error = local().run(&here(), &RemoteCommand::words(["no-such-program"], MINUTE)).unwrap_err();
    assert!(matches!(error, RemoteError::Setup { .. }));
    let text = error.to_string();
    assert!(text.contains("no-such-program") && text.contains("/bin"), "{text}");
    assert_eq!(error.code(), "SSH-030");
}

#[test]
fn fifty_megabytes_each_way_at_once() {
    let mut source = std::io::repeat(b'x').take(50 << 20);
    let answer = local().feed(&here(), &RemoteCommand::words(["cat"], MINUTE), &mut source).unwrap();
    assert_eq!(answer.stdout.len(), 50 << 20);
    let mut sink = Vec::new();
    let fetched = local().fetch(&here(), &RemoteCommand::verbatim("head -c 70000000 /dev/zero", MINUTE), &mut sink);
    assert_eq!((fetched.unwrap().status, sink.len()), (Some(0), 70_000_000));
}

#[test]
fn the_deadline_ends_the_whole_group() {
    let begun = Instant::now();
    let line = "trap '' TERM; sleep 1000 & echo $$ $!; wait";
    let error = local().run(&here(), &RemoteCommand::verbatim(line, SECOND)).unwrap_err();
    assert!(begun.elapsed() < MINUTE, "{:?}", begun.elapsed());
    let RemoteError::NoAnswer { why, output, .. } = error else { panic!("{error:?}") };
    assert!(why.contains("deadline"), "{why}");
    for pid in output.split_whitespace() {
        // A process that was sent KILL is there until the kernel has run it once more.
        while !is_gone(pid) {
            assert!(begun.elapsed() < MINUTE, "{pid} is still there");
            std::thread::yield_now();
        }
    }
}

fn is_gone(pid: &str) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    state.is_empty() || state.contains(") Z ")
}

#[test]
fn a_cancel_ends_it() {
    let cancel = CancelToken::new().unwrap();
    let remote = LocalRemote::new([(here(), None)], &cancel);
    let mut living = remote.live(&here(), &RemoteCommand::words(["cat"], MINUTE)).unwrap();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| cancel.cancel());
        let error = living.read_until("#end", MINUTE).unwrap_err();
        assert!(error.to_string().contains("cancelled"), "{error}");
    });
    assert!(begun.elapsed() < 5 * SECOND);
    let refused = remote.run(&here(), &RemoteCommand::words(["true"], MINUTE)).unwrap_err();
    assert!(matches!(refused, RemoteError::NeverSent { .. }), "{refused:?}");
}

#[test]
fn a_signal_is_no_status() {
    let answer = local().run(&here(), &RemoteCommand::verbatim("kill -9 $$", MINUTE)).unwrap();
    assert_eq!((answer.status, answer.error_text().as_str()), (None, "[ended by signal 9]\n"));
}

#[test]
fn a_process_that_closes_its_outputs_first_is_waited_for() {
    let answer = local().run(&here(), &RemoteCommand::verbatim("exec >&- 2>&-; sleep 0.2; exit 5", MINUTE)).unwrap();
    assert_eq!(answer.status, Some(5));
}

#[test]
fn a_living_process() {
    let mut sh = local().live(&here(), &RemoteCommand::words(["sh"], MINUTE)).unwrap();
    for n in 0..5 {
        sh.send(&format!("echo {n}; echo '#end'\n")).unwrap();
        assert_eq!(sh.read_until("#end", MINUTE).unwrap(), format!("{n}\n"));
    }
    sh.send("echo bye; echo e >&2; exit 2\n").unwrap();
    let answer = sh.finish(MINUTE).unwrap();
    assert_eq!((answer.status, answer.text(), answer.error_text()), (Some(2), "bye\n".into(), "e\n".into()));
}

#[test]
fn a_living_process_takes_a_large_text() {
    let mut cat = local().live(&here(), &RemoteCommand::words(["cat"], MINUTE)).unwrap();
    let text = "0123456789abcde\n".repeat(1 << 20);
    cat.send(&text).unwrap();
    cat.send("#end\n").unwrap();
    assert!(cat.read_until("#end", MINUTE).unwrap() == text);
    cat.send("x\n").unwrap();
    assert!(matches!(cat.read_until("#end", SECOND), Err(RemoteError::NoAnswer { .. })));
}

#[test]
fn the_router_names_what_is_configured() {
    let cancel = CancelToken::new().unwrap();
    let options = SshOptions { known_hosts: "/nowhere".into(), connect: SECOND, keepalive: MINUTE, cancel };
    let router = Router::new(SshRemote::new([], options), local());
    assert_eq!(router.run(&here(), &RemoteCommand::words(["echo", "x"], MINUTE)).unwrap().text(), "x\n");
    let error = router.run(&HostName::new("db1").unwrap(), &RemoteCommand::words(["true"], MINUTE)).unwrap_err();
    assert_eq!(error.code(), "SSH-020");
    assert!(error.to_string().contains("configured are: here"), "{error}");
}
