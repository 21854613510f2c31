//! `oracle.disksbt`: Oracle's test library. A piece is a file in BACKUP_DIR, named by its handle.

use super::{Failure, Media, Parms, SimError, Sink, disk::system};
use crate::{
    context::Oracle,
    fault::{self, Action},
    quirk::Quirks,
    rman::{syntax::command::Device, words},
};
use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

// A simulated write error comes after so many writes, so that it strikes in the middle of a piece.
const WRITES_BEFORE_ERROR: u32 = 24;

/// The library, loaded for one channel.
#[derive(Debug, Clone)]
pub struct TestLibrary {
    folder: PathBuf,
    error: Option<SimError>,
    oracle: Oracle,
    faults: PathBuf,
    /// Half pieces keep out of sight until they are whole (quirk `half-piece-after-kill=removed`).
    hidden: bool,
}

/// sbtinit: loads what PARMS names. ORA-19554 with ORA-27211 for a library that is not there, with ORA-27023 and the
/// library's words where it refuses.
pub fn load(parms: &Parms, oracle: Oracle, quirks: &Quirks, faults: &Path) -> Result<TestLibrary, Failure> {
    let failed = || Failure::ora(19554, "error allocating device, device type: SBT_TAPE, device name: ");
    if parms.library.as_deref() != Some("oracle.disksbt") {
        let missing = parms.library.as_deref().is_none_or(|library| !Path::new(library).exists());
        let information = if missing { "Additional information: 2" } else { "Additional information: 25" };
        return Err(failed().and(27211, "Failed to load Media Management Library").text(information));
    }
    let refused =
        |text: &str| words::vendor(oracle, failed().and(27023, "skgfqsbi: media manager protocol error"), text);
    let error = match parms.environment.get("ORASBT_SIM_ERROR") {
        None => None,
        Some(text) => {
            Some(SimError::parse(text).ok_or_else(|| refused(&format!("ORASBT_SIM_ERROR: unknown call {text}")))?)
        }
    };
    if error == Some(SimError::Init) {
        return Err(refused("sbtinit: simulated error"));
    }
    let Some(folder) = parms.environment.get("BACKUP_DIR").map(PathBuf::from) else {
        return Err(refused("SBT error = 7002, errno = 2, BACKUP_DIR not set"));
    };
    if !folder.is_dir() {
        let text = format!("SBT error = 7002, errno = 2, sbtinit: {}: No such file or directory", folder.display());
        return Err(refused(&text));
    }
    let hidden = quirks.is("half-piece-after-kill", "removed");
    if hidden {
        sweep(&folder);
    }
    Ok(TestLibrary { folder, error, oracle, faults: faults.to_owned(), hidden })
}

/// Removes what a killed session left (its lock is gone).
fn sweep(folder: &Path) {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    for path in files.filter(|path| path.extension().is_some_and(|extension| extension == "sbtpart")) {
        let free = File::open(&path)
            .is_ok_and(|file| rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_ok());
        if free {
            let _ = fs::remove_file(path);
        }
    }
}

impl TestLibrary {
    fn path(&self, handle: &str) -> PathBuf {
        self.folder.join(handle.replace('/', "_"))
    }

    /// A fault on purpose at this call: the library's words.
    fn fault(&self, call: &str, handle: &str) -> Option<String> {
        match fault::check(&self.faults, "sbt", &format!("{call} {handle}"))? {
            Action::Fail(text) if text.is_empty() => Some(format!("{call}: simulated error")),
            Action::Fail(text) => Some(text),
            Action::Hang => loop {
                std::thread::park();
            },
            Action::Slow(ms) => {
                std::thread::park_timeout(Duration::from_millis(ms));
                None
            }
            Action::CutBefore | Action::CutAfter | Action::Garble => {
                Some(format!("{call}: connection to media manager lost"))
            }
        }
    }

    fn refuses(&self, call: &str, handle: &str, error: SimError) -> Option<String> {
        let simulated = (self.error == Some(error)).then(|| format!("{call}: simulated error"));
        simulated.or_else(|| self.fault(call, handle))
    }

    fn vendor(&self, failure: Failure, text: &str) -> Failure {
        words::vendor(self.oracle, failure, text).of_channel()
    }
}

impl Media for TestLibrary {
    fn device(&self) -> Device {
        Device::Sbt
    }

    fn greeting(&self) -> Option<&'static str> {
        Some("WARNING: Oracle Test Disk API")
    }

    fn comment(&self) -> Option<&'static str> {
        Some("API Version 2.0,MMS Version 8.1.3.0")
    }

    /// sbtbackup. ORA-19506 with ORA-27028; a handle that is on the tape already is refused.
    fn create(&self, handle: &str) -> Result<Box<dyn Sink>, Failure> {
        let failed = || {
            let failure =
                Failure::ora(19506, format!("failed to create sequential file, name=\"{handle}\", parms=\"\""));
            failure.and(27028, "skgfqcre: sbtbackup returned error")
        };
        if let Some(text) = self.refuses("sbtbackup", handle, SimError::Backup) {
            return Err(self.vendor(failed(), &text));
        }
        let path = self.path(handle);
        if path.exists() {
            let text = format!("SBT error = 7501, errno = 17, sbtbackup: backup file {handle} already exists");
            return Err(self.vendor(failed(), &text));
        }
        let writing = if self.hidden {
            self.folder.join(format!(".{}.sbtpart", path.file_name().unwrap_or_default().display()))
        } else {
            path.clone()
        };
        let file = fs::OpenOptions::new().write(true).create_new(true).open(&writing).map_err(|error| {
            let text = format!("SBT error = 7002, errno = {}, sbtbackup: {error}", error.raw_os_error().unwrap_or(0));
            self.vendor(failed(), &text)
        })?;
        // Only tells `sweep` that the writer lives.
        let _ = rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive);
        Ok(Box::new(Writing { library: self.clone(), handle: handle.into(), path, writing, file, bytes: 0, writes: 0 }))
    }

    /// sbtrestore. ORA-19507 with ORA-27029.
    fn open(&self, handle: &str) -> Result<Box<dyn Read + Send>, Failure> {
        let failed = || {
            let failure =
                Failure::ora(19507, format!("failed to retrieve sequential file, handle=\"{handle}\", parms=\"\""));
            failure.and(27029, "skgfrtrv: sbtrestore returned error")
        };
        if let Some(text) = self.refuses("sbtrestore", handle, SimError::Restore) {
            return Err(self.vendor(failed(), &text));
        }
        let file = File::open(self.path(handle)).map_err(|error| {
            let text = format!(
                "SBT error = 7500, errno = {}, sbtrestore: backup file {handle} not found",
                error.raw_os_error().unwrap_or(0)
            );
            self.vendor(failed(), &text)
        })?;
        if self.error == Some(SimError::Read) {
            return Ok(Box::new(file.take(4 * 8192).chain(FailingRead)));
        }
        Ok(Box::new(io::BufReader::with_capacity(1 << 18, file)))
    }

    fn exists(&self, handle: &str) -> bool {
        self.error != Some(SimError::Info) && self.path(handle).is_file()
    }
}

struct FailingRead;

impl Read for FailingRead {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("sbtread2: simulated error"))
    }
}

struct Writing {
    library: TestLibrary,
    handle: String,
    path: PathBuf,
    /// Where it is written until it is whole.
    writing: PathBuf,
    file: File,
    bytes: u64,
    writes: u32,
}

impl Writing {
    fn failed(&self) -> Failure {
        let block = self.bytes / 8192 + 1;
        let text = format!("write error on file \"{}\", block number {block} (block size=8192)", self.handle);
        Failure::ora(19502, text).and(27030, "skgfwrt: sbtwrite2 returned error")
    }

    fn refusal(&self) -> Option<String> {
        if self.writes == WRITES_BEFORE_ERROR {
            return self.library.refuses("sbtwrite2", &self.handle, SimError::Write);
        }
        None
    }
}

impl Sink for Writing {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.writes += 1;
        if let Some(text) = self.refusal() {
            return Err(self.library.vendor(self.failed(), &text));
        }
        self.file.write_all(bytes).map_err(|error| {
            let text = format!("SBT error = 7051, errno = {}, sbtwrite2: {error}", error.raw_os_error().unwrap_or(0));
            self.library.vendor(self.failed(), &text)
        })?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// sbtclose2. A refusal is ORA-19583 with the library's words.
    fn close(self: Box<Self>) -> Result<u64, Failure> {
        let failed = || Failure::ora(19583, "conversation terminated due to error");
        if let Some(text) = self.library.refuses("sbtclose2", &self.handle, SimError::Close) {
            let failure = self.library.vendor(failed(), &text);
            self.discard();
            return Err(failure);
        }
        let done = self
            .file
            .sync_all()
            .and_then(|()| if self.writing == self.path { Ok(()) } else { fs::rename(&self.writing, &self.path) });
        done.map(|()| self.bytes).map_err(|error| self.library.vendor(system(failed(), &error), "sbtclose2 failed"))
    }

    /// sbtclose2 with the abort flag.
    fn discard(self: Box<Self>) {
        let _ = fs::remove_file(&self.writing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// A sink that is dropped without `close` or `discard` is what a killed session leaves.
    #[rstest]
    #[case("left", 1)]
    #[case("removed", 0)]
    fn half_pieces_of_a_killed_session(#[case] value: &str, #[case] left: usize) {
        let folder = tempfile::tempdir().unwrap();
        let mut quirks = Quirks::default();
        quirks.set(&format!("half-piece-after-kill={value}")).unwrap();
        let parms = Parms::parse(&format!("SBT_LIBRARY=oracle.disksbt,ENV=(BACKUP_DIR={})", folder.path().display()));
        let load = || load(&parms, Oracle::V19, &quirks, &folder.path().join("none/faults")).unwrap();
        let library = load();
        let mut killed = library.create("half").unwrap();
        killed.write(b"bytes").unwrap();
        let mut living = library.create("whole").unwrap();
        drop(killed);
        let library = load();
        assert_eq!(usize::from(library.exists("half")), left);
        living.write(b"bytes").unwrap();
        assert_eq!(living.close().unwrap(), 5);
        assert!(library.exists("whole"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1 + left);
    }
}
