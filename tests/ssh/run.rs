//! Commands that come to their end.

use crate::sshd::{MINUTE, MODERN, Sshd, name, shell};
use ovmirror::{
    fault::Remedy,
    model::Secret,
    port::{Input, Remote, RemoteCommand, RemoteError},
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use std::io::{self, Read, Write};

const BIG: u64 = 50 << 20;

#[test]
fn both_outputs_and_the_status_come_back() {
    let server = Sshd::start(&MODERN);
    let remote = server.remote();
    let answer = remote.run(&name("db1"), &shell("echo out; echo err >&2; exit 3")).unwrap();
    assert_eq!((answer.text().as_str(), answer.error_text().as_str()), ("out\n", "err\n"));
    assert_eq!((answer.status, answer.ok()), (Some(3), false));
    assert!(remote.run(&name("db1"), &shell("true")).unwrap().ok());
}

#[test]
fn a_signal_is_no_status() {
    let server = Sshd::start(&MODERN);
    let answer = server.remote().run(&name("db1"), &shell("kill -KILL $$")).unwrap();
    assert_eq!(answer.status, None);
    assert_eq!(answer.error_text(), "[ended by signal KILL]\n");
}

#[test]
fn a_script_and_a_secret_travel_on_standard_input() {
    let server = Sshd::start(&MODERN);
    let remote = server.remote();
    let script = RemoteCommand::script("x=5\necho $((x * 2))\n", MINUTE);
    assert_eq!(remote.run(&name("db1"), &script).unwrap().text(), "10\n");
    let secret = RemoteCommand::words(["cat"], MINUTE).input(Input::Secret(Secret::new("hunter2")));
    assert_eq!(remote.run(&name("db1"), &secret).unwrap().text(), "hunter2");
    assert!(!format!("{secret} {secret:?}").contains("hunter2"));
}

#[test]
fn the_become_prefix_stands_before_privileged_commands_only() {
    let server = Sshd::start(&MODERN);
    let remote = server.remote_with(|h| h.become_prefix = Some(vec!["env".into(), "AS=it's root".into()]));
    let command = RemoteCommand::words(["sh", "-c", "echo \"$AS\""], MINUTE);
    assert_eq!(remote.run(&name("db1"), &command).unwrap().text(), "\n");
    assert_eq!(remote.run(&name("db1"), &command.privileged()).unwrap().text(), "it's root\n");
}

#[test]
fn one_session_carries_one_command_after_the_other() {
    let server = Sshd::start(&MODERN);
    let remote = server.remote();
    for _ in 0..5 {
        assert!(remote.run(&name("db1"), &shell("true")).unwrap().ok());
    }
    assert_eq!(server.log().matches("Accepted publickey").count(), 1, "{}", server.log());
}

#[test]
fn the_manager_gets_a_session_for_each_command() {
    let server = Sshd::start(&MODERN);
    let remote = server.remote_with(|h| h.manager = true);
    let answers = [0, 1].map(|_| remote.run(&name("db1"), &shell("echo 'OVM> '")).unwrap());
    assert_eq!(answers.map(|a| a.status), [None, None], "no status is known of the OVM CLI");
    assert_eq!(server.log().matches("Accepted publickey").count(), 2);
}

/// Hostile words come out as they went in: quoting and shell together.
#[test]
fn words_arrive_as_they_were() {
    let server = Sshd::start(&MODERN);
    let remote = server.remote();
    let mut runner = TestRunner::deterministic();
    let hostile = "([^\\x00]|[ '\"`$\\\\;&|<>(){}*?!#~\\n\\t]|\\$\\(id\\)|-n|%s){0,12}";
    let words = proptest::collection::vec(hostile, 1..5);
    for _ in 0..60 {
        let words: Vec<String> = words.new_tree(&mut runner).unwrap().current();
        let command = RemoteCommand::words(["printf", "%s\\036"].iter().map(ToString::to_string), MINUTE);
        let command = match command.line {
            ovmirror::port::Line::Words(head) => RemoteCommand::words(head.into_iter().chain(words.clone()), MINUTE),
            other @ ovmirror::port::Line::Verbatim(_) => panic!("{other:?}"),
        };
        let expected: String = words.iter().map(|w| format!("{w}\u{1e}")).collect();
        let answer = remote.run(&name("db1"), &command).unwrap();
        assert_eq!(answer.text(), expected, "{words:?} {}", answer.error_text());
    }
    assert_eq!(server.log().matches("Accepted publickey").count(), 1, "one session");
}

#[test]
fn what_cannot_be_sent_is_said_before_anything_is_sent() {
    let server = Sshd::start(&MODERN);
    let remote = server.remote();
    for text in ["a\0b".to_owned(), "x".repeat(40_000)] {
        let error = remote.run(&name("db1"), &shell(&text)).unwrap_err();
        assert!(matches!(error, RemoteError::NeverSent { .. }), "{error:?}");
    }
    let long = "x".repeat(31_000);
    let answer = remote.run(&name("db1"), &RemoteCommand::words(["printf", "%s", &long], MINUTE)).unwrap();
    assert_eq!(answer.text(), long);
}

/// `cat` gives back while it is still fed: whoever writes all before reading stands still.
#[test]
fn fifty_megabytes_each_way_at_once() {
    let server = Sshd::start(&MODERN);
    let remote = server.remote();
    let mut source = Pattern(0);
    let sent = (&mut source).take(BIG);
    let answer = remote.feed(&name("db1"), &RemoteCommand::words(["cat"], MINUTE), &mut { sent }).unwrap();
    assert_eq!(answer.stdout.len() as u64, BIG);
    let mut expected = vec![0; answer.stdout.len()];
    Pattern(0).read_exact(&mut expected).unwrap();
    assert!(answer.stdout == expected, "the bytes differ");
}

#[test]
fn much_standard_error_does_not_stop_it() {
    let server = Sshd::start(&MODERN);
    let command = shell("head -c 20000000 /dev/zero >&2; echo end");
    let answer = server.remote().run(&name("db1"), &command).unwrap();
    assert_eq!(answer.text(), "end\n");
    assert!(answer.stderr.len() >= 1 << 20);
}

#[test]
fn run_refuses_more_than_it_keeps_and_fetch_streams_it() {
    let server = Sshd::start(&MODERN);
    let remote = server.remote();
    let command = shell("head -c 70000000 /dev/zero");
    let error = remote.run(&name("db1"), &command).unwrap_err();
    assert!(matches!(&error, RemoteError::NoAnswer { why, .. } if why.contains("more than 64 MiB")), "{error:?}");
    let mut count = Count(0);
    let answer = remote.fetch(&name("db1"), &command, &mut count).unwrap();
    assert_eq!((count.0, answer.stdout.len(), answer.ok()), (70_000_000, 0, true));
}

#[test]
fn a_sink_that_is_full_is_an_error() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let server = Sshd::start(&MODERN);
    let error = server.remote().fetch(&name("db1"), &shell("echo x"), &mut Full).unwrap_err();
    assert!(error.to_string().contains("cannot be written here"), "{error}");
}

#[test]
fn a_command_that_does_not_read_its_input_still_ends() {
    let server = Sshd::start(&MODERN);
    let mut source = Pattern(0);
    let answer = server.remote().feed(&name("db1"), &shell("head -c 3 | wc -c"), &mut (&mut source).take(BIG)).unwrap();
    assert_eq!(answer.text().trim(), "3");
}

/// A program may close its outputs and read on.
#[test]
fn input_goes_on_after_the_outputs_were_closed() {
    let server = Sshd::start(&MODERN);
    let file = server.path("fed");
    let command = shell(&format!("exec >&- 2>&-; sleep 0.3; cat > {}", file.display()));
    let answer = server.remote().feed(&name("db1"), &command, &mut Pattern(0).take(5 << 20)).unwrap();
    assert!(answer.ok());
    assert_eq!(std::fs::metadata(file).unwrap().len(), 5 << 20);
}

#[test]
fn an_unknown_host_is_a_mistake_of_the_configuration() {
    let server = Sshd::start(&MODERN);
    let error = server.remote().run(&name("db9"), &shell("true")).unwrap_err();
    assert_eq!(error.code(), "SSH-020");
    assert!(error.to_string().contains("configured are: db1"), "{error}");
}

/// Bytes that differ from block to block, so that lost or doubled pieces show.
struct Pattern(u64);

impl Read for Pattern {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for byte in buffer.iter_mut() {
            *byte = self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes()[7];
            self.0 += 1;
        }
        Ok(buffer.len())
    }
}

struct Count(u64);

impl Write for Count {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0 += data.len() as u64;
        Ok(data.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
