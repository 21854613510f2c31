//! One SSH session on one TCP connection, driven without blocking.
//!
//! libssh2 has no deadline of its own for blocking calls, so the session is non-blocking: whatever it cannot do yet
//! it says with EAGAIN, and we wait in `poll(2)` for socket, deadline and cancel together. A link belongs to one
//! thread at a time; after any failure it is dropped, which shuts the connection down.

use crate::transport::limit::{Limit, Stopped};
use rustix::event::PollFlags;
use ssh2::{BlockDirections, ErrorCode, Session};
use std::{
    fmt, io,
    net::{Shutdown, TcpStream},
    os::fd::AsFd,
    time::Duration,
};

/// `LIBSSH2_ERROR_EAGAIN` of libssh2.h.
const EAGAIN: i32 = -37;

/// A session and its connection.
pub(super) struct Link {
    pub(super) session: Session,
    stream: TcpStream,
    keepalive: Duration,
}

/// Why a call on the session did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Broken {
    /// Deadline or cancel.
    Stopped(Stopped),
    /// libssh2's error number and text.
    Ssh(i32, String),
    /// Input or output on our side.
    Here(String),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped(stopped) => stopped.fmt(f),
            Self::Ssh(code, text) => write!(f, "{text} (libssh2 error {code})"),
            Self::Here(text) => f.write_str(text),
        }
    }
}

impl From<Stopped> for Broken {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(stopped)
    }
}

impl From<ssh2::Error> for Broken {
    fn from(error: ssh2::Error) -> Self {
        let (ErrorCode::Session(code) | ErrorCode::SFTP(code)) = error.code();
        Self::Ssh(code, error.message().to_owned())
    }
}

impl Link {
    /// Takes a connected socket. The handshake is still to come.
    pub(super) fn new(stream: TcpStream, keepalive: Duration) -> Result<Self, Broken> {
        let mut session = new_session()?;
        session.set_blocking(false);
        let copy = stream.try_clone().map_err(|e| Broken::Here(e.to_string()))?;
        session.set_tcp_stream(copy);
        // No answer is asked for: libssh2 would keep each one in memory for the life of the session.
        session.set_keepalive(false, u32::try_from(keepalive.as_secs().max(2)).unwrap_or(u32::MAX));
        Ok(Self { session, stream, keepalive: keepalive.max(Duration::from_secs(2)) })
    }

    /// Repeats `call` until libssh2 no longer says EAGAIN.
    pub(super) fn drive<T>(
        &self,
        limit: &Limit<'_>,
        mut call: impl FnMut(&Session) -> Result<T, ssh2::Error>,
    ) -> Result<T, Broken> {
        loop {
            match call(&self.session) {
                Err(error) if error.code() == ErrorCode::Session(EAGAIN) => self.pause(limit, self.blocked())?,
                Err(error) => return Err(error.into()),
                Ok(value) => return Ok(value),
            }
        }
    }

    /// What libssh2 waits for since its last EAGAIN.
    pub(super) fn blocked(&self) -> PollFlags {
        match self.session.block_directions() {
            BlockDirections::None | BlockDirections::Inbound => PollFlags::IN,
            BlockDirections::Outbound => PollFlags::OUT,
            BlockDirections::Both => PollFlags::IN | PollFlags::OUT,
        }
    }

    /// Waits for the socket; sends a keep-alive when it was silent for long.
    pub(super) fn pause(&self, limit: &Limit<'_>, flags: PollFlags) -> Result<(), Broken> {
        limit.wait(&[(self.stream.as_fd(), flags)], self.keepalive)?;
        // A keep-alive is never begun while another packet is half sent: it could not be finished then.
        if self.session.authenticated() && !flags.contains(PollFlags::OUT) {
            self.session.keepalive_send()?;
        }
        Ok(())
    }

    /// Says goodbye; nothing depends on whether the other side hears it.
    pub(super) fn goodbye(&self) {
        let _ = self.session.disconnect(None, "done", None);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // First the socket, so that freeing channels and session fails at once instead of asking to be repeated.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the transport that checks host keys and sets deadlines")]
fn new_session() -> Result<Session, ssh2::Error> {
    Session::new()
}

/// `Ok(None)`: it would block.
pub(super) fn unless_blocked(result: io::Result<usize>) -> Result<Option<usize>, Broken> {
    match result {
        Ok(count) => Ok(Some(count)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(Broken::Ssh(0, error.to_string())),
    }
}
