//! A site in a folder of its own, taken down at the end of its test.

use ovmirror_lab::{
    context::Mode,
    site::{paths::Paths, probe, spawn},
};
use std::{
    fs,
    io::Write,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// An ordinary user that every system has.
pub const NOBODY: u32 = 65534;

/// A site.
pub struct Lab {
    _keep: TempDir,
    pub dir: PathBuf,
    program: PathBuf,
    user: Option<u32>,
}

impl Lab {
    /// A folder; the program is copied beside it, so that an ordinary user reaches it.
    pub fn folder(user: Option<u32>) -> Self {
        let keep = tempfile::Builder::new().prefix("ovlab").tempdir().unwrap();
        fs::set_permissions(keep.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let (dir, program) = (keep.path().join("site"), keep.path().join("ovmirror-lab"));
        fs::create_dir(&dir).unwrap();
        // A copy made here could be open for writing in a child that another test forks meanwhile: "Text file busy".
        let copied = spawn::command("cp").arg(env!("CARGO_BIN_EXE_ovmirror-lab")).arg(&program).status().unwrap();
        assert!(copied.success());
        chown(&dir, user, user).unwrap();
        Self { _keep: keep, dir, program, user }
    }

    /// A running site of hosts only.
    pub fn up(mode: &str, more: &[&str]) -> Self {
        let lab = Self::folder(None);
        lab.start(mode, more);
        lab
    }

    /// A running one in real mode, or the reason why this machine has none.
    pub fn real(more: &[&str]) -> Option<Self> {
        allowed(Mode::Real).then(|| Self::up("real", more))
    }

    pub fn start(&self, mode: &str, more: &[&str]) {
        let output = self.lab(&[&["up", "--hosts-only", "--mode", mode], more].concat());
        assert!(output.status.success(), "{}{}", text(&output.stderr), self.log());
    }

    /// A running site with manager and databases.
    pub fn whole(mode: &str, more: &[&str]) -> Self {
        let lab = Self::folder(None);
        lab.must(&[&["up", "--mode", mode, "--job-time", "0"], more].concat());
        lab
    }

    /// The same in real mode, or the reason why this machine has none.
    pub fn real_whole(more: &[&str]) -> Option<Self> {
        allowed(Mode::Real).then(|| Self::whole("real", more))
    }

    /// What the manager answers to a command, by password.
    pub fn manager(&self, line: &str) -> String {
        let ask = self.dir.join("askpass");
        if !ask.exists() {
            fs::write(&ask, format!("#!/bin/sh\ncat {}\n", self.dir.join("manager.password").display())).unwrap();
            fs::set_permissions(&ask, fs::Permissions::from_mode(0o700)).unwrap();
        }
        let mut command = spawn::command("ssh");
        command.env("SSH_ASKPASS", ask).env("SSH_ASKPASS_REQUIRE", "force").env("DISPLAY", ":0");
        command.args(["-F", "none", "-o", "StrictHostKeyChecking=yes", "-o", "PubkeyAuthentication=no", "-o"]);
        command.arg(format!("UserKnownHostsFile={}", self.dir.join("known_hosts").display()));
        command.args(["-p", &self.site()["manager_port"].to_string(), "-n", "admin@127.0.0.1", line]);
        text(&command.output().unwrap().stdout).replace("\n\r", "\n")
    }

    /// The same for a command that must succeed.
    pub fn ok(&self, line: &str) -> String {
        let answer = self.manager(line);
        assert!(answer.contains("Status: Success") && !answer.contains("Status: Failure"), "{line}: {answer}");
        answer
    }

    /// The same for one that must fail: its error.
    pub fn refused(&self, line: &str) -> String {
        let answer = self.manager(line);
        let error = answer.lines().find_map(|l| l.strip_prefix("Error Msg: "));
        error.unwrap_or_else(|| panic!("{line}: {answer}")).to_owned()
    }

    /// The id of what a command made.
    pub fn made(&self, line: &str) -> String {
        let answer = self.ok(line);
        let line = answer.lines().find_map(|l| l.strip_prefix("  id:")).unwrap_or_else(|| panic!("{answer}"));
        line.split("  name:").next().unwrap().to_owned()
    }

    /// `Label = value` of an object; the id alone where it is a reference.
    pub fn value(&self, object: &str, label: &str) -> String {
        let answer = self.ok(&format!("show {object}"));
        let found = answer.lines().find_map(|l| l.trim().strip_prefix(&format!("{label} = ")).map(str::to_owned));
        found.unwrap_or_else(|| panic!("{answer}")).split("  [").next().unwrap().to_owned()
    }

    /// The mapping of a VM at a slot.
    pub fn mapping(&self, vm: &str, slot: u32) -> String {
        let answer = self.ok(&format!("show Vm name={vm}"));
        let lines = answer.lines().filter_map(|l| l.trim().strip_prefix("VmDiskMapping ")?.split_once(" = "));
        let ids: Vec<_> = lines.map(|(_, v)| v.split("  [").next().unwrap().to_owned()).collect();
        let at = |id: &&String| self.value(&format!("VmDiskMapping id={id}"), "Slot") == slot.to_string();
        ids.iter().find(at).unwrap_or_else(|| panic!("{answer}")).clone()
    }

    /// Runs SQL as SYSDBA in a database VM.
    pub fn sql(&self, host: &str, text: &str) -> String {
        let line = ". ./.profile; sqlplus -S / as sysdba";
        let output = self.feed(host, line, format!("{text}\nexit\n").as_bytes());
        String::from_utf8(output.stdout).unwrap()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log/supervisor.log")).unwrap_or_default()
    }

    pub fn command(&self) -> Command {
        let Some(user) = self.user else { return spawn::command(&self.program) };
        let mut command = spawn::command("setpriv");
        command
            .args([format!("--reuid={user}"), format!("--regid={user}"), "--clear-groups".into()])
            .arg(&self.program);
        command
    }

    /// `ovmirror-lab ARGS --dir …`
    pub fn lab(&self, args: &[&str]) -> Output {
        self.command().args(args).arg("--dir").arg(&self.dir).output().unwrap()
    }

    /// The same, which must succeed.
    pub fn must(&self, args: &[&str]) -> String {
        let output = self.lab(args);
        assert!(output.status.success(), "{args:?}: {}{}", text(&output.stderr), self.log());
        text(&output.stdout)
    }

    pub fn site(&self) -> serde_json::Value {
        serde_json::from_slice(&fs::read(self.dir.join("site.json")).unwrap()).unwrap()
    }

    pub fn machine(&self, name: &str) -> serde_json::Value {
        let site = self.site();
        site["machines"].as_array().unwrap().iter().find(|m| m["name"] == name).unwrap().clone()
    }

    /// The disk id at a slot of a machine's first boot.
    pub fn disk(&self, name: &str, slot: usize) -> String {
        self.machine(name)["disks"][slot]["id"].as_str().unwrap().to_owned()
    }

    /// `ssh` to a host, without a command yet.
    pub fn client(&self, host: &str) -> Command {
        let user = if host == "ovs1" { "root" } else { "oracle" };
        let mut command = spawn::command("ssh");
        command.args(["-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o"]);
        command.arg(format!("UserKnownHostsFile={}", self.dir.join("known_hosts").display()));
        command.arg("-i").arg(self.dir.join("id")).args(["-p", &self.machine(host)["port"].to_string()]);
        command.arg(format!("{user}@127.0.0.1"));
        command
    }

    /// One command, with this input.
    pub fn feed(&self, host: &str, line: &str, input: &[u8]) -> Output {
        let mut child = self
            .client(host)
            .arg(line)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(move || stdin.write_all(input).ok());
            child.wait_with_output().unwrap()
        })
    }

    pub fn ssh(&self, host: &str, line: &str) -> Output {
        self.feed(host, line, b"")
    }

    /// One command that must succeed; what it wrote, without the last line end.
    pub fn says(&self, host: &str, line: &str) -> String {
        let output = self.ssh(host, line);
        assert!(output.status.success(), "{line}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout).trim_end().to_owned()
    }

    /// The supervisor's process numbers.
    pub fn supervisor(&self) -> Vec<i32> {
        processes(&self.dir).into_iter().filter(|(_, line)| line.contains("supervise")).map(|(pid, _)| pid).collect()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let output = self.lab(&["down"]);
        if !output.status.success() {
            eprintln!("{}", text(&output.stderr));
        }
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Whether the machine allows a mode; if not, the reason is printed. `life::probing_is_consistent` tests that this is true.
pub fn allowed(mode: Mode) -> bool {
    let dir = tempfile::tempdir().unwrap();
    match probe::attempt_with(&Paths::of(dir.path()).unwrap(), mode, Path::new(env!("CARGO_BIN_EXE_ovmirror-lab"))) {
        Ok(()) => true,
        Err(why) => {
            eprintln!("not tested: {} mode is not possible on this machine: {why}", probe::name(mode));
            false
        }
    }
}

/// Modes to test here.
pub fn modes() -> Vec<&'static str> {
    [Mode::Real, Mode::Portable].into_iter().filter(|m| allowed(*m)).map(probe::name).collect()
}

/// Processes with a path in their command line.
pub fn processes(path: &Path) -> Vec<(i32, String)> {
    let needle = path.to_string_lossy().into_owned();
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let line =
        |pid: i32| fs::read(format!("/proc/{pid}/cmdline")).map(|b| text(&b).replace('\0', " ")).unwrap_or_default();
    let pids = entries.filter_map(|e| e.file_name().to_str()?.parse().ok());
    pids.map(|pid| (pid, line(pid))).filter(|(_, l)| l.contains(&needle)).collect()
}

/// Loop devices on files below a path.
pub fn loops(path: &Path) -> Vec<String> {
    let needle = path.to_string_lossy().into_owned();
    let devices = fs::read_dir("/sys/block").unwrap().filter_map(Result::ok);
    devices
        .filter_map(|d| fs::read_to_string(d.path().join("loop/backing_file")).ok())
        .filter(|f| f.contains(&needle))
        .collect()
}

/// Waits for a condition.
pub fn until(what: &str, done: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(15);
    while !done() {
        assert!(Instant::now() < end, "{what} did not come true");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
