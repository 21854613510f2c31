//! Real `sshd` processes on loopback, with keys and configuration in a temporary folder, ended by their own pid.

use ovmirror::{
    model::HostName,
    port::{Clock, RemoteCommand},
    transport::{
        CancelToken, SystemClock,
        ssh::{SshHost, SshOptions, SshRemote},
    },
};
use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

pub const SECOND: Duration = Duration::from_secs(1);
pub const MINUTE: Duration = Duration::from_secs(60);

/// How an sshd is to be.
pub struct Wish {
    /// Type of its host key for ssh-keygen.
    pub host_key: &'static str,
    /// Lines added to its configuration.
    pub config: &'static str,
    /// Shell lines run before it, in its own mount namespace; `$D` is its folder.
    pub before: &'static str,
}

/// An sshd with defaults.
pub const MODERN: Wish = Wish { host_key: "ed25519", config: "", before: "" };

/// A running sshd.
pub struct Sshd {
    child: Child,
    dir: TempDir,
    pub port: u16,
}

impl Sshd {
    pub fn start(wish: &Wish) -> Self {
        let sshd = which::which_in("sshd", Some("/usr/sbin:/usr/local/sbin:/usr/bin"), "/")
            .unwrap_or_else(|_| panic!("these tests need a real sshd: apt-get install openssh-server openssh-client"));
        let dir = tempfile::Builder::new().prefix("ovmirror-sshd-").tempdir().unwrap();
        keygen(&dir.path().join("host"), wish.host_key);
        keygen(&dir.path().join("user"), "ed25519");
        fs::copy(dir.path().join("user.pub"), dir.path().join("authorized")).unwrap();
        let port = free_port();
        fs::write(dir.path().join("config"), config(dir.path(), port, wish)).unwrap();
        let child = launch(&sshd, dir.path(), wish);
        let mut server = Self { child, dir, port };
        server.wait_until_it_listens();
        server
    }

    fn wait_until_it_listens(&mut self) {
        let clock = SystemClock::new();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("sshd ended with {status}: {}", self.log());
            }
            assert!(clock.elapsed() < MINUTE, "sshd does not listen: {}", self.log());
            clock.sleep(Duration::from_millis(20));
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Writes a line into a known_hosts file of the folder.
    pub fn known(&self, text: &str) {
        fs::write(self.path("known_hosts"), text).unwrap();
    }

    /// The known_hosts line of its own key.
    pub fn own_line(&self) -> String {
        let key = fs::read_to_string(self.path("host.pub")).unwrap();
        let mut words = key.split_whitespace();
        format!("[127.0.0.1]:{} {} {}\n", self.port, words.next().unwrap(), words.next().unwrap())
    }

    /// The host with a key login.
    pub fn host(&self) -> SshHost {
        SshHost {
            name: name("db1"),
            address: "127.0.0.1".into(),
            port: self.port,
            user: me(),
            key: Some(self.path("user")),
            password: None,
            use_agent: false,
            become_prefix: None,
            legacy: false,
            manager: false,
        }
    }

    pub fn options(&self) -> SshOptions {
        SshOptions {
            known_hosts: self.path("known_hosts"),
            connect: Duration::from_secs(20),
            keepalive: Duration::from_secs(2),
            cancel: CancelToken::new().unwrap(),
        }
    }

    /// The way to it with its key known.
    pub fn remote(&self) -> SshRemote {
        self.known(&self.own_line());
        SshRemote::new([self.host()], self.options())
    }

    /// The way to it with a host changed by `change`.
    pub fn remote_with(&self, change: impl FnOnce(&mut SshHost)) -> SshRemote {
        self.known(&self.own_line());
        self.remote_as_known(change)
    }

    /// The same without touching known_hosts.
    pub fn remote_as_known(&self, change: impl FnOnce(&mut SshHost)) -> SshRemote {
        let mut host = self.host();
        change(&mut host);
        SshRemote::new([host], self.options())
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn config(dir: &Path, port: u16, wish: &Wish) -> String {
    let dir = dir.display();
    format!(
        "{}\nPort {port}\nListenAddress 127.0.0.1\nHostKey {dir}/host\nAuthorizedKeysFile {dir}/authorized\n\
         PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
         PermitRootLogin yes\nMaxStartups 100:30:200\nLogLevel VERBOSE\n",
        wish.config
    )
}

/// What root's own shell start does (bash reads it under sshd) is no part of these tests.
const NO_BASHRC: &str = "if [ -f ~root/.bashrc ]; then mount --bind /dev/null ~root/.bashrc; fi; ";

/// As root sshd wants the folder /run/sshd: it gets one in a mount namespace of its own, so that the machine stays as it
/// was. As another user it needs none.
fn launch(sshd: &Path, dir: &Path, wish: &Wish) -> Child {
    let run = format!("exec {} -D -e -f \"$D/config\"", sshd.display());
    let mut command = if is_root() {
        let mut command = Command::new("unshare");
        let script = format!("set -e; mount -t tmpfs none /run; mkdir /run/sshd; {NO_BASHRC}{}\n{run}", wish.before);
        command.args(["-m", "sh", "-c", &script]);
        command
    } else {
        let mut command = Command::new("sh");
        command.args(["-c", &run]);
        command
    };
    let log = fs::File::create(dir.join("log")).unwrap();
    command.env("D", dir).stdin(Stdio::null()).stderr(log).spawn().unwrap()
}

pub fn keygen(file: &Path, kind: &str) {
    let made = Command::new("ssh-keygen").args(["-q", "-t", kind, "-N", "", "-f"]).arg(file).output();
    let made = made.unwrap_or_else(|_| panic!("these tests need ssh-keygen: apt-get install openssh-client"));
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

pub fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

pub fn me() -> String {
    String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap().trim().to_owned()
}

pub fn name(text: &str) -> HostName {
    HostName::new(text).unwrap()
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A shell line, sent as it stands.
pub fn shell(text: &str) -> RemoteCommand {
    RemoteCommand::verbatim(text, MINUTE)
}
