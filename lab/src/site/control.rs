//! How `down` and `status` reach the supervisor.

use super::{
    error::{During, SiteError},
    paths::Paths,
};
use std::{
    fs::{self, File},
    io,
    os::fd::AsRawFd,
    path::PathBuf,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
};

/// The word that restarts the manager.
pub const RESTART: &str = "restart manager";

/// The socket through a descriptor of its folder: a socket's path has at most 107 bytes, and a site's folder may have
/// more.
struct Socket {
    _dir: File,
    path: PathBuf,
}

impl Socket {
    fn of(paths: &Paths) -> Result<Self, SiteError> {
        let dir = File::open(&paths.dir).at(&paths.dir)?;
        let path = format!("/proc/self/fd/{}", dir.as_raw_fd());
        let name = paths.socket();
        Ok(Self { _dir: dir, path: PathBuf::from(path).join(name.file_name().unwrap_or_default()) })
    }
}

/// Listens; a socket that an earlier supervisor left is replaced (the caller holds the lock).
pub fn bind(paths: &Paths) -> Result<UnixListener, SiteError> {
    let socket = Socket::of(paths)?;
    match fs::remove_file(paths.socket()) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e).at(&paths.socket()),
        _ => {}
    }
    UnixListener::bind(&socket.path).at(&paths.socket())
}

/// The supervisor, if there is one.
pub async fn connect(paths: &Paths) -> Option<UnixStream> {
    let socket = Socket::of(paths).ok()?;
    UnixStream::connect(&socket.path).await.ok()
}

/// Sends a word and reads one line of answer; an empty one when the other side ended.
pub async fn ask(stream: &mut UnixStream, word: &str) -> io::Result<String> {
    stream.write_all(format!("{word}\n").as_bytes()).await?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).await?;
    Ok(line)
}

/// Answers until somebody asks for the end; the stream that did is given back, and closes when all is done.
pub async fn answer(listener: &UnixListener, reply: impl Fn(&str) -> String) -> UnixStream {
    loop {
        let Ok((mut stream, _)) = listener.accept().await else { continue };
        let mut line = String::new();
        // A client that says nothing is no client.
        BufReader::new(&mut stream).read_line(&mut line).await.ok();
        match line.trim() {
            "" => {}
            "down" => return stream,
            word => {
                let text = tokio::task::block_in_place(|| reply(word)) + "\n";
                // Whoever asked may be gone.
                stream.write_all(text.as_bytes()).await.ok();
            }
        }
    }
}

/// A runtime for one question.
pub fn runtime() -> Result<tokio::runtime::Runtime, SiteError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().during("starting the runtime")
}
