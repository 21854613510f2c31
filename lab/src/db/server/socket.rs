//! Where an instance listens. Unix socket names hold 108 bytes only, so a deep folder is reached through its descriptor.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// `<hash of ORACLE_HOME>_<SID>`. The hash is of the text, not of the folder: as with the real shared memory key, a
/// home written in another way is another instance.
#[must_use]
pub fn stem(home: &str, sid: &str) -> String {
    format!("{:08x}_{sid}", crc32fast::hash(home.as_bytes()))
}

/// The folder of sockets.
#[must_use]
pub fn folder(private: &Path) -> PathBuf {
    private.join("db")
}

/// A name that fits, with the descriptor that keeps it valid.
fn short(private: &Path, home: &str, sid: &str) -> io::Result<(PathBuf, Option<File>)> {
    let path = folder(private).join(format!("{}.sock", stem(home, sid)));
    if path.as_os_str().len() < 100 {
        return Ok((path, None));
    }
    let dir = File::open(folder(private))?;
    let name = format!("{}.sock", stem(home, sid));
    Ok((PathBuf::from(format!("/proc/self/fd/{}/{name}", dir.as_raw_fd())), Some(dir)))
}

/// Connects; a missing or dead socket is an instance that is down.
pub fn connect(private: &Path, home: &str, sid: &str) -> io::Result<UnixStream> {
    let (path, _dir) = short(private, home, sid)?;
    UnixStream::connect(path)
}

/// Listens, in place of a dead socket.
pub fn listen(private: &Path, home: &str, sid: &str) -> io::Result<UnixListener> {
    std::fs::create_dir_all(folder(private))?;
    let (path, _dir) = short(private, home, sid)?;
    let _ = std::fs::remove_file(&path);
    UnixListener::bind(path)
}

/// Takes the name away.
pub fn remove(private: &Path, home: &str, sid: &str) {
    let _ = std::fs::remove_file(folder(private).join(format!("{}.sock", stem(home, sid))));
}
