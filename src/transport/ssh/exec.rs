//! One command on one channel: sending it, moving its three streams at once, and its end.

use super::{
    link::{Broken, Link, unless_blocked},
    settings::SshHost,
};
use crate::{
    port::{Answer, Input, Line, RemoteCommand, RemoteError, sh_quote},
    transport::{
        catch::{Caught, keep_end},
        limit::Limit,
    },
};
use rustix::event::PollFlags;
use ssh2::Channel;
use std::io::{self, Cursor, Read, Write};

/// libssh2.h: the server will not run it (`CHANNEL_FAILURE` on opening, `CHANNEL_REQUEST_DENIED` on exec).
const DENIED: [i32; 2] = [-21, -22];
/// libssh2 sends the request in one packet of at most 35,000 bytes (`LIBSSH2_PACKET_MAXPAYLOAD`), overhead included.
const LONGEST: usize = 32_000;
const PIECE: usize = 64 << 10;

/// The text of the exec request; the message says why it cannot be sent.
pub(super) fn command_line(host: &SshHost, command: &RemoteCommand) -> Result<String, String> {
    let text = match &command.line {
        Line::Verbatim(text) => text.clone(),
        Line::Words(words) => {
            let prefix = host.become_prefix.iter().flatten().filter(|_| command.privileged);
            prefix.chain(words).map(|w| sh_quote(w)).collect::<Vec<_>>().join(" ")
        }
    };
    if text.contains('\0') {
        return Err("the command contains a NUL byte".to_owned());
    }
    if text.len() > LONGEST {
        return Err(format!("the command has {} bytes, more than {LONGEST}; send it as a script", text.len()));
    }
    Ok(text)
}

/// The input of a command as a stream.
pub(super) fn source(input: &Input) -> Box<dyn Read + '_> {
    match input {
        Input::Nothing => Box::new(io::empty()),
        Input::Text(text) => Box::new(Cursor::new(text.as_bytes())),
        Input::Secret(secret) => Box::new(Cursor::new(secret.reveal().as_bytes())),
    }
}

/// Sends the exec request. Once it may have left, a failure is "no answer".
pub(super) fn start(
    host: &SshHost,
    link: &Link,
    channel: &mut Channel,
    text: &str,
    limit: &Limit<'_>,
) -> Result<(), RemoteError> {
    link.drive(limit, |_| channel.exec(text)).map_err(|broken| match broken {
        Broken::Ssh(code, _) if DENIED.contains(&code) => {
            RemoteError::NeverSent { host: host.name.clone(), why: "it refuses to run commands".to_owned() }
        }
        other => no_answer(host, &other, String::new()),
    })
}

pub(super) fn no_answer(host: &SshHost, broken: &Broken, output: String) -> RemoteError {
    RemoteError::NoAnswer { host: host.name.clone(), why: broken.to_string(), output }
}

/// The streams of a running command.
struct Streams<'a, 'c> {
    link: &'a Link,
    channel: &'a mut Channel,
    source: &'a mut dyn Read,
    piece: Vec<u8>,
    sent: usize,
    state: Sending,
    caught: &'a mut Caught<'c>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sending {
    Data,
    Eof,
    Done,
}

impl Streams<'_, '_> {
    /// Moves data until the far end has closed its output and has all its input, or has closed the channel.
    fn pump(&mut self, limit: &Limit<'_>) -> Result<(), Broken> {
        let mut buffer = vec![0; PIECE];
        loop {
            limit.check()?;
            let mut waits = PollFlags::empty();
            let moved = self.send(&mut waits)? | self.receive(&mut buffer, &mut waits)?;
            if self.over()? {
                return self.caught.stdout.end().map_err(Broken::Here);
            }
            if !moved && !unannounced(self.channel, self.state != Sending::Done, waits) {
                self.link.pause(limit, waits | PollFlags::IN)?;
            }
        }
    }

    /// Whether nothing more can come, and nothing more can be given.
    fn over(&mut self) -> Result<bool, Broken> {
        if !self.channel.eof() {
            return Ok(false);
        }
        // Closed output with open input happens (`exec >&-; cat > file`): then feeding goes on until the close.
        Ok(self.state == Sending::Done || closed(self.channel)?)
    }

    /// Gives the next piece of input; true when something moved.
    fn send(&mut self, waits: &mut PollFlags) -> Result<bool, Broken> {
        match self.state {
            Sending::Done => Ok(false),
            Sending::Eof => {
                let ended = self.channel.send_eof().map(|()| 0).map_err(io::Error::from);
                let ended = self.noted(ended, waits)?.is_some();
                if ended {
                    self.state = Sending::Done;
                }
                Ok(ended)
            }
            Sending::Data => self.send_data(waits),
        }
    }

    fn send_data(&mut self, waits: &mut PollFlags) -> Result<bool, Broken> {
        if self.sent == self.piece.len() && !self.fill()? {
            self.state = Sending::Eof;
            return Ok(true);
        }
        let result = self.channel.write(&self.piece[self.sent..]);
        // A full window shows as "would block" or as no bytes taken.
        let count = self.noted(result, waits)?.unwrap_or(0);
        self.sent += count;
        Ok(count > 0)
    }

    fn fill(&mut self) -> Result<bool, Broken> {
        self.piece.resize(PIECE, 0);
        let count = self.source.read(&mut self.piece);
        let count = count.map_err(|e| Broken::Here(format!("its input cannot be read here: {e}")))?;
        self.piece.truncate(count);
        self.sent = 0;
        Ok(count > 0)
    }

    fn receive(&mut self, buffer: &mut [u8], waits: &mut PollFlags) -> Result<bool, Broken> {
        let result = self.channel.read(buffer);
        let out = self.noted(result, waits)?.unwrap_or(0);
        self.caught.stdout.take(&buffer[..out]).map_err(Broken::Here)?;
        let result = self.channel.stderr().read(buffer);
        let err = self.noted(result, waits)?.unwrap_or(0);
        keep_end(&mut self.caught.stderr, &buffer[..err]);
        Ok(out + err > 0)
    }

    /// Notes what a blocked call waits for.
    fn noted(&self, result: io::Result<usize>, waits: &mut PollFlags) -> Result<Option<usize>, Broken> {
        let count = unless_blocked(result)?;
        if count.is_none() {
            *waits |= self.link.blocked();
        }
        Ok(count)
    }
}

/// Whether something came that the socket will not announce again: each call of libssh2 reads all that is there, also
/// what another call has just not found, be it data or, for one that wants to send, room in the far end's window. Waiting
/// then would last until the next keep-alive.
pub(super) fn unannounced(channel: &Channel, sending: bool, waits: PollFlags) -> bool {
    let room = sending && !waits.contains(PollFlags::OUT) && channel.write_window().remaining > 0;
    room || channel.read_window().available > 0
}

/// Whether the far end has closed the channel; only asked after its EOF.
fn closed(channel: &mut Channel) -> Result<bool, Broken> {
    unless_blocked(channel.wait_close().map(|()| 0).map_err(io::Error::from)).map(|done| done.is_some())
}

/// Moves the streams of a running command to their end and reads how it ended.
pub(super) fn complete(
    host: &SshHost,
    link: &Link,
    channel: &mut Channel,
    source: &mut dyn Read,
    caught: &mut Caught<'_>,
    limit: &Limit<'_>,
) -> Result<End, RemoteError> {
    let mut streams =
        Streams { link, channel: &mut *channel, source, piece: Vec::new(), sent: 0, state: Sending::Data, caught };
    let pumped = streams.pump(limit);
    let ended = pumped.and_then(|()| finish(host, link, channel, limit));
    ended.map_err(|broken| no_answer(host, &broken, caught.shown()))
}

/// How a command ended.
pub(super) struct End {
    pub(super) status: Option<i32>,
    /// The signal it died of.
    pub(super) signal: Option<String>,
    /// Whether the session can carry another command.
    pub(super) clean: bool,
}

/// Waits for the close that follows the end of output, then reads the status.
///
/// The binding cannot tell "status 0" from "no status", so a status is believed only of a channel that was closed in
/// order, and 0 never of the OVM CLI, of which no status is known (reference: "do not rely on it").
fn finish(host: &SshHost, link: &Link, channel: &mut Channel, limit: &Limit<'_>) -> Result<End, Broken> {
    match link.drive(limit, |_| channel.wait_close()) {
        Ok(()) => {}
        Err(Broken::Stopped(stopped)) => return Err(stopped.into()),
        // All output had come; the connection went before the status.
        Err(_) => return Ok(End { status: None, signal: None, clean: false }),
    }
    let signal = channel.exit_signal()?.exit_signal;
    let status = channel.exit_status()?;
    let clean = link.drive(limit, |_| channel.close()).is_ok();
    let unknown = signal.is_some() || (host.manager && status == 0);
    Ok(End { status: (!unknown).then_some(status), signal, clean })
}

/// The answer; a signal is told in standard error, since there is no status then.
pub(super) fn answer(end: &End, caught: Caught<'_>, limit: &Limit<'_>) -> Answer {
    let (stdout, mut stderr) = (caught.stdout.into_bytes(), caught.stderr);
    if let Some(signal) = &end.signal {
        stderr.extend_from_slice(format!("[ended by signal {signal}]\n").as_bytes());
    }
    Answer { status: end.status, stdout, stderr, took: limit.took() }
}
