//! Moving files by `cat` over exec, checked by `cksum` at the far end and here by the same CRC (POSIX, cksum).

use super::{World, shell};
use crate::{
    fault::{Fault, Kind, Remedy},
    model::HostName,
    port::RemoteCommand,
};
use rustix::fs::Mode;
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

/// What was moved.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Moved {
    /// Bytes.
    pub bytes: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// Copies a file of a host into a new local file of mode 0600. Every copy is checked against the far `cksum`.
pub fn fetch(world: &World, host: &HostName, from: &str, to: &Path) -> Result<Moved, Fault> {
    let mut sink = Summing::new(create(to)?);
    let command = RemoteCommand::words(["cat", "--", from], world.limits.clone);
    let answer = world.remote.fetch(host, &command, &mut sink).map_err(|e| e.fault().on(host).during(&command))?;
    if !answer.ok() {
        return Err(shell::failed(&answer, host, &format!("cat {from}")));
    }
    sink.inner.sync_all().map_err(|error| local("written", to, &error))?;
    agree(world, host, from, &sink.sums)?;
    Ok(sink.sums.moved())
}

/// Copies a local file to a new file of a host, checked the same way. The far umask of the run folder holds.
pub fn send(world: &World, host: &HostName, from: &Path, to: &str) -> Result<Moved, Fault> {
    let file = File::open(from).map_err(|error| local("read", from, &error))?;
    send_from(world, host, file, to)
}

/// Writes a text into a new file of a host.
pub fn send_text(world: &World, host: &HostName, text: &str, to: &str) -> Result<Moved, Fault> {
    send_from(world, host, text.as_bytes(), to)
}

fn send_from(world: &World, host: &HostName, source: impl Read, to: &str) -> Result<Moved, Fault> {
    let mut source = Summing::new(source);
    // dd writes the file itself, so no shell needs to see a redirection; `excl` is not known on OL5, so law 4 is kept
    // by sending into folders that this run has made.
    let command =
        RemoteCommand::words(["dd".to_owned(), format!("of={to}"), "bs=65536".to_owned()], world.limits.clone);
    let answer = world.remote.feed(host, &command, &mut source).map_err(|e| e.fault().on(host).during(&command))?;
    if !answer.ok() {
        return Err(shell::failed(&answer, host, &format!("dd of={to}")));
    }
    shell::words(world, host, &["chmod", "600", to])?;
    agree(world, host, to, &source.sums)?;
    Ok(source.sums.moved())
}

fn agree(world: &World, host: &HostName, path: &str, sums: &Sums) -> Result<(), Fault> {
    let printed = shell::words(world, host, &["cksum", path])?;
    let mut fields = printed.split_ascii_whitespace();
    let far = (fields.next().and_then(|f| f.parse().ok()), fields.next().and_then(|f| f.parse().ok()));
    if far == (Some(sums.cksum()), Some(sums.bytes)) {
        return Ok(());
    }
    let text = format!("{path} of {host} did not arrive whole: cksum there says `{}`", printed.trim());
    Err(Fault::new(Kind::External, "CMD-003", text).on(host).hint("try again; the link may be broken"))
}

fn create(path: &Path) -> Result<File, Fault> {
    let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    made.map_err(|error| local("made", path, &error))
}

/// Makes a folder of mode 0700 and those above it.
pub fn make_folder(path: &Path) -> Result<(), Fault> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| local("made", path, &error))?;
    rustix::fs::chmod(path, Mode::RWXU).map_err(|error| local("made", path, &error.into()))
}

/// Writes a small local file of mode 0600.
pub fn write(path: &Path, text: &str) -> Result<(), Fault> {
    let mut file = create(path)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| local("written", path, &error))
}

/// Size and digest of a local file.
pub fn digest(path: &Path) -> Result<Moved, Fault> {
    let file = File::open(path).map_err(|error| local("read", path, &error))?;
    let mut source = Summing::new(file);
    io::copy(&mut source, &mut io::sink()).map_err(|error| local("read", path, &error))?;
    Ok(source.sums.moved())
}

/// Removes a folder with all in it; one that is not there is no fault.
pub fn remove_folder(path: &Path) -> Result<(), Fault> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(local("removed", path, &error)),
        _ => Ok(()),
    }
}

/// The fault of a local file.
#[must_use]
pub fn local(what: &str, path: &Path, error: &io::Error) -> Fault {
    let remedy = match error.kind() {
        io::ErrorKind::NotFound => "it is gone: bring it back from a copy of the artifacts folder",
        _ => "see to space and permissions of the artifacts folder",
    };
    Fault::new(Kind::User, "FIL-001", format!("{} cannot be {what}", path.display()))
        .cause(error.to_string())
        .hint(remedy)
}

/// A reader or writer that sums what passes.
struct Summing<T> {
    inner: T,
    sums: Sums,
}

impl<T> Summing<T> {
    fn new(inner: T) -> Self {
        Self { inner, sums: Sums::default() }
    }
}

impl<T: Write> Write for Summing<T> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(data)?;
        self.sums.add(&data[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Summing<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.sums.add(&buffer[..read]);
        Ok(read)
    }
}

#[derive(Default)]
struct Sums {
    bytes: u64,
    crc: u32,
    sha: Sha256,
}

impl Sums {
    fn add(&mut self, data: &[u8]) {
        self.bytes += data.len() as u64;
        self.sha.update(data);
        for byte in data {
            self.crc = step(self.crc, *byte);
        }
    }

    /// POSIX cksum: the CRC goes on over the length, lowest byte first, and is inverted.
    fn cksum(&self) -> u32 {
        let mut crc = self.crc;
        let mut length = self.bytes;
        while length > 0 {
            crc = step(crc, (length & 0xff) as u8);
            length >>= 8;
        }
        !crc
    }

    fn moved(self) -> Moved {
        let sha256 = self.sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Moved { bytes: self.bytes, sha256 }
    }
}

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut crc = (index as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000_0000 == 0 { crc << 1 } else { (crc << 1) ^ 0x04c1_1db7 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
}

const fn step(crc: u32, byte: u8) -> u32 {
    (crc << 8) ^ TABLE[((crc >> 24) ^ byte as u32) as usize & 0xff]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    // As `printf '%s' TEXT | cksum` prints them.
    #[rstest]
    #[case("", 4_294_967_295)]
    #[case("123456789", 930_766_865)]
    fn cksum_is_that_of_posix(#[case] text: &str, #[case] sum: u32) {
        let mut sums = Sums::default();
        sums.add(text.as_bytes());
        assert_eq!(sums.cksum(), sum);
    }
}
