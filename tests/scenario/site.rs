//! A lab site in a folder of its own, taken down at the end of its test. Product and lab meet as processes only.
#![allow(dead_code, reason = "several test programs share this file, and none needs all of it")]

use serde_json::Value;
use std::{
    ffi::OsStr,
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long a condition may take to come true.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// What a program said.
#[derive(Debug)]
pub struct Said {
    /// Its exit status; a signal is -1.
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    /// Panics with everything it said unless it ended with this status.
    pub fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as JSON.
    pub fn object(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}\n{}", self.stdout, self.stderr))
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { status: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// A program at work; killed when it is dropped before its end.
pub struct Running(Option<Child>);

impl Running {
    /// Waits for its end.
    pub fn end(mut self) -> Said {
        self.0.take().unwrap().wait_with_output().unwrap().into()
    }

    /// Its process number.
    pub fn pid(&self) -> u32 {
        self.0.as_ref().unwrap().id()
    }

    /// Kills it with SIGKILL and waits.
    pub fn kill(mut self) -> Said {
        let mut child = self.0.take().unwrap();
        child.kill().unwrap();
        child.wait_with_output().unwrap().into()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// A site that runs.
pub struct Site {
    _keep: TempDir,
    /// Its folder.
    pub dir: PathBuf,
    /// What `up --json` said.
    pub report: Value,
    /// The product.
    pub program: PathBuf,
}

fn product() -> PathBuf {
    env!("CARGO_BIN_EXE_ovmirror").into()
}

/// The lab's program: it is built beside ours.
fn lab_program() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_ovmirror")).with_file_name("ovmirror-lab");
    assert!(program.exists(), "{} is absent: run `cargo build --release --workspace` first", program.display());
    program
}

fn args<'a>(fixed: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [fixed, more].concat()
}

impl Site {
    /// In the best mode that this machine allows, with jobs of no length; a later option wins over these.
    pub fn up(more: &[&str]) -> Self {
        let keep = tempfile::Builder::new().prefix("ovm").tempdir().unwrap();
        let dir = keep.path().join("s");
        let mut site = Self { _keep: keep, dir, report: Value::Null, program: product() };
        site.start(more);
        site
    }

    /// The same, with block devices; nothing where this machine gives none (an ordinary user, say), which is said. With
    /// `OVMIRROR_TEST_REAL` set that is a failure.
    pub fn real(more: &[&str]) -> Option<Self> {
        let keep = tempfile::Builder::new().prefix("ovm").tempdir().unwrap();
        let dir = keep.path().join("s");
        let mut site = Self { _keep: keep, dir, report: Value::Null, program: product() };
        let said = site.try_start(&[&["--mode", "real"], more].concat());
        if said.status == 0 {
            site.report = said.object();
            return Some(site);
        }
        assert!(said.stderr.contains("`trying real mode` failed"), "{}", said.stderr);
        assert!(std::env::var_os("OVMIRROR_TEST_REAL").is_none(), "{}", said.stderr);
        eprintln!("not tested: real mode is not possible here: {}", said.stderr);
        None
    }

    /// The same on real Xen under emulation, which takes minutes: where `OVMIRROR_TEST_XEN` is set.
    pub fn xen(more: &[&str]) -> Option<Self> {
        if std::env::var_os("OVMIRROR_TEST_XEN").is_none() {
            eprintln!("not tested: xen mode takes minutes; OVMIRROR_TEST_XEN=1 wants it");
            return None;
        }
        let keep = tempfile::Builder::new().prefix("ovm").tempdir().unwrap();
        // User oracle of the guests is another one.
        fs::set_permissions(keep.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let dir = keep.path().join("s");
        let mut site = Self { _keep: keep, dir, report: Value::Null, program: product() };
        site.start(&[&["--mode", "xen"], more].concat());
        Some(site)
    }

    /// What the options need: file systems over several disks are there in real mode only.
    pub fn possible(more: &[&str]) -> Option<Self> {
        if more.contains(&"two-disk") { Self::real(more) } else { Some(Self::up(more)) }
    }

    /// Starts it, also again after `down`.
    pub fn start(&mut self, more: &[&str]) {
        let said = self.try_start(more);
        let log = fs::read_to_string(self.dir.join("log/supervisor.log")).unwrap_or_default();
        assert_eq!(said.status, 0, "{}\n{log}", said.stderr);
        self.report = said.object();
    }

    fn try_start(&self, more: &[&str]) -> Said {
        let job = if more.contains(&"--job-time") { &[][..] } else { &["--job-time", "0.05"] };
        self.lab(&[&["up", "--json"], job, more].concat())
    }

    /// `ovmirror-lab ARGS --dir …`
    pub fn lab(&self, args: &[&str]) -> Said {
        Command::new(lab_program()).args(args).arg("--dir").arg(&self.dir).output().unwrap().into()
    }

    /// The product's configuration.
    pub fn config(&self) -> PathBuf {
        self.dir.join("ovmirror.toml")
    }

    /// Changes the configuration; a text that is not there is an error of the test.
    pub fn reconfigure(&self, from: &str, to: &str) -> &Self {
        replace(&self.config(), from, to);
        self
    }

    /// The product, without arguments besides its configuration.
    pub fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("-c").arg(self.config()).args(args).stdin(Stdio::null());
        command.env("NO_COLOR", "1").env_remove("OVMIRROR_CONFIG").env_remove("SSH_AUTH_SOCK");
        command
    }

    /// Runs the product.
    pub fn ovmirror(&self, args: &[&str]) -> Said {
        self.command(args).output().unwrap().into()
    }

    /// Starts the product in the background.
    pub fn begin(&self, args: &[&str]) -> Running {
        let piped = self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        Running(Some(piped.unwrap()))
    }

    /// Runs the product with `--json`; whatever its exit status, it says one object.
    pub fn json(&self, more: &[&str]) -> Value {
        self.ovmirror(&args(&["--json"], more)).object()
    }

    /// Id of the newest snapshot.
    pub fn newest_snapshot(&self) -> String {
        let list = self.json(&["list"]);
        let all = list["snapshots"].as_array().unwrap().iter();
        let newest = all.max_by_key(|s| s["ended_at"].as_str().unwrap_or_default().to_owned());
        newest.expect("there is a snapshot")["id"].as_str().unwrap().to_owned()
    }

    fn client(&self, key: &str, port: &Value, user: &str) -> Command {
        let mut command = Command::new("ssh");
        command.args(["-F", "none", "-o", "StrictHostKeyChecking=yes", "-o", "LogLevel=ERROR"]);
        command.arg("-o").arg(format!("UserKnownHostsFile={}", self.dir.join("known_hosts").display()));
        command.args(["-o", key, "-p", &port.to_string(), &format!("{user}@127.0.0.1")]).stdin(Stdio::null());
        command
    }

    /// One command at the manager; the answer without carriage returns.
    pub fn manager(&self, command: &str) -> String {
        let said = Said::from(self.manager_client().arg(command).output().unwrap());
        said.stdout.replace('\r', "")
    }

    /// Commands in one shell session at the manager.
    pub fn manager_script(&self, commands: &[String]) -> String {
        let mut client = self.manager_client();
        let piped = client.arg("-T").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        let text = commands.join("\n") + "\nexit\n";
        child.stdin.take().unwrap().write_all(text.as_bytes()).ok();
        Said::from(child.wait_with_output().unwrap()).stdout.replace('\r', "")
    }

    /// `ssh` to the manager, logged in by password: its keys are refused until the first such login.
    fn manager_client(&self) -> Command {
        let ask = self.dir.join("askpass");
        let password = self.report["manager"]["password_file"].as_str().unwrap();
        fs::write(&ask, format!("#!/bin/sh\ncat '{password}'\n")).unwrap();
        fs::set_permissions(&ask, fs::Permissions::from_mode(0o700)).unwrap();
        let mut client = self.client("PreferredAuthentications=password", &self.report["manager"]["port"], "admin");
        client.env("SSH_ASKPASS", ask).env("SSH_ASKPASS_REQUIRE", "force");
        client
    }

    /// A shell command on a host, with this input.
    pub fn feed(&self, host: &str, line: &str, input: impl AsRef<[u8]>) -> Said {
        let (host, key) = (&self.report["hosts"][host], self.dir.join("id"));
        let identity = format!("IdentityFile={}", key.display());
        let mut client = self.client(&identity, &host["port"], host["user"].as_str().unwrap());
        client.args(["-o", "BatchMode=yes"]).arg(line);
        let piped = client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_ref()).ok();
        child.wait_with_output().unwrap().into()
    }

    /// A shell command on a host.
    pub fn ssh(&self, host: &str, line: &str) -> Said {
        self.feed(host, line, "")
    }

    /// One that must succeed; what it wrote, trimmed.
    pub fn says(&self, host: &str, line: &str) -> String {
        self.ssh(host, line).expect(0).stdout.trim().to_owned()
    }

    /// The home of the database software.
    pub fn oracle_home(&self) -> String {
        self.report["databases"][0]["oracle_home"].as_str().unwrap().to_owned()
    }

    /// A script for SQL*Plus as SYSDBA at an instance; headings off.
    pub fn sql_at(&self, host: &str, sid: &str, script: &str) -> String {
        let home = self.oracle_home();
        let line = format!("ORACLE_SID={sid} ORACLE_HOME={home} {home}/bin/sqlplus -S / as sysdba");
        let script = format!("set heading off feedback off pagesize 0 linesize 400 trimspool on\n{script}\nexit\n");
        self.feed(host, &line, &script).stdout.trim().to_owned()
    }

    /// A script at production's first database.
    pub fn sql(&self, script: &str) -> String {
        self.sql_at("slot021", "ORCL", script)
    }

    /// Adds a fault and returns its number.
    pub fn fault(&self, place: &str, matches: &str, nth: u32, action: &str) -> String {
        let nth = nth.to_string();
        let said = self.lab(&["fault", "add", "--place", place, "--match", matches, "--nth", &nth, "--action", action]);
        said.expect(0).stdout.trim().to_owned()
    }

    /// Takes all faults away.
    pub fn no_faults(&self) {
        self.lab(&["fault", "clear"]).expect(0);
    }

    /// How many commands a fault has seen.
    pub fn seen(&self, fault: &str) -> u64 {
        let list = self.lab(&["fault", "list", "--json"]).expect(0).object();
        let found = list["faults"]
            .as_array()
            .unwrap()
            .iter()
            .find(|f| f["id"].as_u64().is_some_and(|id| Ok(id) == fault.parse()))
            .cloned();
        found.unwrap()["seen"].as_u64().unwrap()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let said = self.lab(&["down"]);
        if said.status != 0 {
            eprintln!("down: {}", said.stderr);
        }
    }
}

/// Changes a text in a file; one that is not there is an error of the test.
pub fn replace(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "`{from}` is not in {text}");
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

/// Waits for a condition, with an end.
pub fn until(what: &str, done: impl Fn() -> bool) {
    until_within(PATIENCE, what, done);
}

/// The same with another end.
pub fn until_within(patience: Duration, what: &str, done: impl Fn() -> bool) {
    let end = Instant::now() + patience;
    while !done() {
        assert!(Instant::now() < end, "{what} did not come true");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}
