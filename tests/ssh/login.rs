//! Keys, agent and passwords.

use crate::sshd::{MINUTE, MODERN, Sshd, Wish, is_root, keygen, name, shell};
use ovmirror::{
    fault::Remedy,
    model::Secret,
    port::{Answer, Remote, RemoteError},
    transport::ssh::{PasswordSource, SshHost},
};
use rstest::rstest;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
};

const PASSWORD: &str = "Wel come1";

/// An sshd that sees other password files than the machine: root's password there is `PASSWORD`. They are mounted in
/// its own mount namespace, so no user of the machine is touched.
const SHADOWED: &str = r#"
    hash=$(openssl passwd -6 "Wel come1"); echo "root:$hash:19000:0:99999:7:::" > "$D/shadow"
    echo 'sshd:*:19000:0:99999:7:::' >> "$D/shadow"; chmod 600 "$D/shadow"
    printf 'auth required pam_unix.so\naccount required pam_unix.so\nsession required pam_permit.so\n' > "$D/pam"
    mount --bind "$D/shadow" /etc/shadow; mount --bind "$D/pam" /etc/pam.d/sshd"#;
const PLAIN: Wish = Wish { host_key: "ed25519", config: "PasswordAuthentication yes", before: SHADOWED };
const INTERACTIVE: Wish =
    Wish { host_key: "ed25519", config: "UsePAM yes\nKbdInteractiveAuthentication yes", before: SHADOWED };

fn try_login(server: &Sshd, change: impl FnOnce(&mut SshHost)) -> Result<Answer, RemoteError> {
    server.remote_with(change).run(&name("db1"), &shell("echo in"))
}

/// Mounts need root; without it the password tests cannot run without touching users.
fn can_mount() -> bool {
    if !is_root() {
        eprintln!("not run: a password login needs a mount namespace, so root");
    }
    is_root()
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[rstest]
#[case("rsa")]
#[case("ecdsa")]
#[case("ed25519")]
fn keys_of_all_types(#[case] kind: &str) {
    let server = Sshd::start(&MODERN);
    keygen(&server.path("mine"), kind);
    fs::copy(server.path("mine.pub"), server.path("authorized")).unwrap();
    let key = server.path("mine");
    assert_eq!(try_login(&server, |h| h.key = Some(key)).unwrap().text(), "in\n");
}

#[test]
fn a_refused_key_is_named_with_what_the_host_accepts() {
    let server = Sshd::start(&MODERN);
    fs::write(server.path("authorized"), "").unwrap();
    let error = try_login(&server, |_| {}).unwrap_err();
    assert_eq!(error.code(), "SSH-005");
    let text = error.to_string();
    assert!(text.contains("user") && text.contains("the host accepts: publickey"), "{text}");
}

#[test]
fn a_manager_that_refuses_a_key_wants_one_password_login() {
    let server = Sshd::start(&MODERN);
    fs::write(server.path("authorized"), "").unwrap();
    let error = try_login(&server, |h| h.manager = true).unwrap_err();
    let line = format!("ssh -p {} {}@127.0.0.1", server.port, server.host().user);
    assert!(error.hints().iter().any(|h| h.command.as_deref() == Some(&line)), "{:?}", error.hints());
}

#[test]
fn key_files_that_cannot_be_used() {
    let server = Sshd::start(&MODERN);
    let absent = server.path("absent");
    let error = try_login(&server, |h| h.key = Some(absent)).unwrap_err();
    assert_eq!(error.code(), "SSH-021");

    mode(&server.path("user"), 0o640);
    let error = try_login(&server, |_| {}).unwrap_err();
    let command = format!("chmod 600 {}", server.path("user").display());
    assert!(error.hints().iter().any(|h| h.command.as_deref() == Some(&command)), "{error:?}");

    fs::write(server.path("junk"), "no key").unwrap();
    mode(&server.path("junk"), 0o600);
    let junk = server.path("junk");
    assert_eq!(try_login(&server, |h| h.key = Some(junk)).unwrap_err().code(), "SSH-021");
}

/// The agent is found by SSH_AUTH_SOCK, so the test runs itself again with it.
#[test]
fn an_agent_is_asked() {
    let server = Sshd::start(&MODERN);
    let socket = server.path("agent");
    let agent = Agent::start(&socket);
    let added = Command::new("ssh-add").arg("-q").arg(server.path("user")).env("SSH_AUTH_SOCK", &socket).status();
    assert!(added.unwrap().success());
    server.known(&server.own_line());
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "login::child_with_agent", "--ignored", "--nocapture"])
        .env("SSH_AUTH_SOCK", &socket)
        .env("OVMIRROR_TEST_PORT", server.port.to_string())
        .env("OVMIRROR_TEST_KNOWN", server.path("known_hosts"))
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    assert_eq!(server.log().matches("Accepted publickey").count(), 1, "{}", server.log());
    drop(agent);
}

#[test]
#[ignore = "the second half of an_agent_is_asked"]
fn child_with_agent() {
    use ovmirror::transport::{CancelToken, ssh::SshOptions, ssh::SshRemote};
    let env = |key: &str| std::env::var(key).unwrap();
    let host = SshHost {
        name: name("db1"),
        address: "127.0.0.1".into(),
        port: env("OVMIRROR_TEST_PORT").parse().unwrap(),
        user: crate::sshd::me(),
        key: None,
        password: None,
        use_agent: true,
        become_prefix: None,
        legacy: false,
        manager: false,
    };
    let cancel = CancelToken::new().unwrap();
    let options =
        SshOptions { known_hosts: env("OVMIRROR_TEST_KNOWN").into(), connect: MINUTE, keepalive: MINUTE, cancel };
    assert_eq!(SshRemote::new([host], options).run(&name("db1"), &shell("echo in")).unwrap().text(), "in\n");
}

struct Agent(Child);

impl Agent {
    fn start(socket: &Path) -> Self {
        let child = Command::new("ssh-agent").args(["-D", "-a"]).arg(socket).stdout(Stdio::null()).spawn();
        let agent =
            Self(child.unwrap_or_else(|_| panic!("these tests need ssh-agent: apt-get install openssh-client")));
        let clock = ovmirror::transport::SystemClock::new();
        while std::os::unix::net::UnixStream::connect(socket).is_err() {
            assert!(ovmirror::port::Clock::elapsed(&clock) < MINUTE, "ssh-agent does not listen");
            ovmirror::port::Clock::sleep(&clock, std::time::Duration::from_millis(10));
        }
        agent
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_password_from_value_file_and_command() {
    if !can_mount() {
        return;
    }
    let server = Sshd::start(&PLAIN);
    fs::write(server.path("password"), format!("{PASSWORD}\n")).unwrap();
    mode(&server.path("password"), 0o600);
    let sources = [
        PasswordSource::Value(Secret::new(PASSWORD)),
        PasswordSource::File(server.path("password")),
        PasswordSource::Command(format!("echo '{PASSWORD}' | cat; echo second line")),
    ];
    for source in sources {
        let login = try_login(&server, |h| {
            h.key = None;
            h.password = Some(source.clone());
        });
        assert_eq!(login.unwrap_or_else(|e| panic!("{source:?} {e:?} {}", server.log())).text(), "in\n");
    }
}

#[test]
fn a_password_by_keyboard_interactive() {
    if !can_mount() {
        return;
    }
    let server = Sshd::start(&INTERACTIVE);
    let login = try_login(&server, |h| {
        h.key = None;
        h.password = Some(PasswordSource::Value(Secret::new(PASSWORD)));
    });
    assert_eq!(login.unwrap_or_else(|e| panic!("{e:?} {}", server.log())).text(), "in\n");
    assert!(server.log().contains("Accepted keyboard-interactive"), "{}", server.log());
}

/// The manager after a restart: it refuses the key until a password login was made.
#[test]
fn the_key_goes_first_then_the_password_then_the_key_again() {
    if !can_mount() {
        return;
    }
    let server = Sshd::start(&PLAIN);
    fs::rename(server.path("authorized"), server.path("later")).unwrap();
    let remote = server.remote_with(|h| {
        h.manager = true;
        h.password = Some(PasswordSource::Value(Secret::new(PASSWORD)));
    });
    assert_eq!(remote.run(&name("db1"), &shell("echo in")).unwrap().text(), "in\n");
    assert_eq!(server.log().matches("Accepted password").count(), 1, "{}", server.log());
    fs::rename(server.path("later"), server.path("authorized")).unwrap();
    assert_eq!(remote.run(&name("db1"), &shell("echo in")).unwrap().text(), "in\n");
    assert_eq!(server.log().matches("Accepted publickey").count(), 1, "{}", server.log());
}

#[test]
fn a_wrong_password_is_tried_once_and_never_shown() {
    if !can_mount() {
        return;
    }
    let server = Sshd::start(&PLAIN);
    let remote = server.remote_with(|h| {
        h.key = None;
        h.password = Some(PasswordSource::Value(Secret::new("hunter2")));
    });
    for _ in 0..3 {
        let error = remote.run(&name("db1"), &shell("true")).unwrap_err();
        assert_eq!(error.code(), "SSH-005");
        assert!(!format!("{error} {error:?} {:?}", error.fault()).contains("hunter2"));
    }
    assert_eq!(server.log().matches("Failed password").count(), 1, "{}", server.log());
}

/// No source of a password shows what it knows when it fails. The host accepts passwords, or it would not be asked.
#[rstest]
#[case("echo hunter2; exit 3", "status 3")]
#[case("echo hunter2 >&2; kill -9 $$", "a signal")]
#[case("echo; echo hunter2", "first line is empty")]
#[case("sleep 1000; echo hunter2", "deadline")]
fn password_commands_that_fail(#[case] line: &str, #[case] said: &str) {
    let server = Sshd::start(&Wish { before: "", ..PLAIN });
    let remote = server.remote_with(|h| {
        h.key = None;
        h.password = Some(PasswordSource::Command(line.to_owned()));
    });
    let mut command = shell("true");
    command.deadline = std::time::Duration::from_secs(2);
    let error = remote.run(&name("db1"), &command).unwrap_err();
    assert_eq!(error.code(), "SSH-022", "{error:?}");
    assert!(error.to_string().contains(said), "{error}");
    assert!(!format!("{error} {error:?} {:?}", error.fault()).contains("hunter2"));
}

#[test]
fn a_password_file_that_others_may_read() {
    let server = Sshd::start(&Wish { before: "", ..PLAIN });
    fs::write(server.path("password"), "hunter2").unwrap();
    mode(&server.path("password"), 0o644);
    let source = PasswordSource::File(server.path("password"));
    let error = try_login(&server, |h| {
        h.key = None;
        h.password = Some(source);
    });
    let error = error.unwrap_err();
    assert_eq!(error.code(), "SSH-021");
    assert!(error.hints().iter().any(|h| h.command.as_deref().is_some_and(|c| c.starts_with("chmod 600"))));
}
