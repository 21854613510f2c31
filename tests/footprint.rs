//! How much memory a backup takes here: the bound of bench/footprint/run, without its times.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may panic")]

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

/// Peak resident memory of a whole backup.
const LIMIT_KIB: u64 = 40 * 1024;

fn program(path: &Path) -> Command {
    #[allow(clippy::disallowed_methods, reason = "the programs under test")]
    Command::new(path)
}

/// A lab site that is taken down whatever happens.
struct Lab {
    program: PathBuf,
    folder: TempDir,
}

impl Lab {
    fn up() -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_ovmirror")).with_file_name("ovmirror-lab");
        let lab = Self { program, folder: tempfile::tempdir().unwrap() };
        let up = lab.call("up", &["--job-time", "0.1"]);
        assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stderr));
        lab
    }

    fn site(&self) -> PathBuf {
        self.folder.path().join("site")
    }

    fn call(&self, verb: &str, more: &[&str]) -> Output {
        program(&self.program).args([verb, "--dir"]).arg(self.site()).args(more).output().unwrap()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let down = self.call("down", &[]);
        if !down.status.success() && !std::thread::panicking() {
            panic!("down: {}", String::from_utf8_lossy(&down.stderr));
        }
    }
}

/// VmHWM only grows, so what stands there at the last line that the program prints is its peak.
fn peak(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

#[test]
fn a_backup_stays_small() {
    let lab = Lab::up();
    let mut backup = program(Path::new(env!("CARGO_BIN_EXE_ovmirror")));
    backup.arg("-c").arg(lab.site().join("ovmirror.toml")).args(["-v", "backup", "ORCL"]);
    let mut child = backup.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    let (mut kib, mut said) = (0, Vec::new());
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        kib = peak(pid).unwrap_or(0).max(kib);
        said.push(line.unwrap());
    }
    assert!(child.wait().unwrap().success(), "{}", said.join("\n"));
    assert!(kib > 1024, "its memory was never seen");
    assert!(kib < LIMIT_KIB, "{kib} KiB at its peak");
}
