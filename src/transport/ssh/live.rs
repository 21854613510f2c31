//! A process at the far end that stays: it owns its session, because a second channel would wait for the first.

use super::{
    exec::{answer, complete, no_answer, source, unannounced},
    link::{Broken, Link, unless_blocked},
    settings::SshHost,
};
use crate::{
    port::{Answer, Input, Living, RemoteError},
    transport::{
        CancelToken,
        catch::{Catch, Caught, MOST_KEPT, keep_end, shown},
        limit::Limit,
        marker::MarkerBuffer,
    },
};
use rustix::event::PollFlags;
use ssh2::Channel;
use std::{
    io::{Read, Write},
    time::Duration,
};

/// The living process. Dropping it ends its session; the process sees the end of its input.
pub(super) struct SshLiving {
    // Before the link: a channel is let go while its session is there.
    channel: Channel,
    link: Link,
    host: SshHost,
    cancel: CancelToken,
    /// Limit for handing over one text.
    patience: Duration,
    stdout: MarkerBuffer,
    stderr: Vec<u8>,
    piece: Vec<u8>,
}

impl SshLiving {
    /// Takes over a channel on which the command was started.
    pub(super) fn new(host: &SshHost, link: Link, channel: Channel, cancel: &CancelToken, patience: Duration) -> Self {
        Self {
            channel,
            link,
            host: host.clone(),
            cancel: cancel.clone(),
            patience,
            stdout: MarkerBuffer::default(),
            stderr: Vec::new(),
            piece: vec![0; 32 << 10],
        }
    }

    /// Sends what the command was given as input; more may follow.
    pub(super) fn begin(&mut self, input: &Input) -> Result<(), RemoteError> {
        match input {
            Input::Nothing => Ok(()),
            Input::Text(text) => self.send(text),
            Input::Secret(secret) => self.send(secret.reveal()),
        }
    }

    /// Reads what is there; false when nothing is.
    fn receive(&mut self, waits: &mut PollFlags) -> Result<bool, Broken> {
        let out = unless_blocked(self.channel.read(&mut self.piece))?;
        self.stdout.push(&self.piece[..out.unwrap_or(0)]);
        if out.is_none() {
            *waits |= self.link.blocked();
        }
        let err = unless_blocked(self.channel.stderr().read(&mut self.piece))?;
        keep_end(&mut self.stderr, &self.piece[..err.unwrap_or(0)]);
        if err.is_none() {
            *waits |= self.link.blocked();
        }
        if self.stdout.len() > MOST_KEPT {
            return Err(Broken::Here(format!("it printed more than {} MiB without the marker", MOST_KEPT >> 20)));
        }
        Ok(out.unwrap_or(0) + err.unwrap_or(0) > 0)
    }

    fn until(&mut self, marker: &str, limit: &Limit<'_>) -> Result<String, Broken> {
        self.stdout.rewind();
        loop {
            if let Some(text) = self.stdout.take_before(marker) {
                return Ok(text);
            }
            limit.check()?;
            let mut waits = PollFlags::IN;
            if self.receive(&mut waits)? {
                continue;
            }
            if self.channel.eof() {
                return Err(Broken::Here("the process ended before it had answered".to_owned()));
            }
            if !unannounced(&self.channel, false, waits) {
                self.link.pause(limit, waits)?;
            }
        }
    }

    fn write(&mut self, mut text: &[u8], limit: &Limit<'_>) -> Result<(), Broken> {
        while !text.is_empty() {
            limit.check()?;
            let mut waits = PollFlags::IN;
            let sent = unless_blocked(self.channel.write(text))?;
            text = &text[sent.unwrap_or(0)..];
            if sent.unwrap_or(0) > 0 {
                continue;
            }
            waits |= self.link.blocked();
            // Its answer may fill the pipes while it does not read on: take it, or both wait for ever.
            if !self.receive(&mut waits)? {
                if self.channel.eof() {
                    return Err(Broken::Here("the process has ended".to_owned()));
                }
                if !unannounced(&self.channel, true, waits) {
                    self.link.pause(limit, waits)?;
                }
            }
        }
        Ok(())
    }

    fn lost(&self, broken: &Broken) -> RemoteError {
        no_answer(&self.host, broken, shown(self.stdout.peek(), &self.stderr))
    }
}

impl Living for SshLiving {
    fn send(&mut self, text: &str) -> Result<(), RemoteError> {
        let cancel = self.cancel.clone();
        self.write(text.as_bytes(), &Limit::new(self.patience, &cancel)).map_err(|broken| self.lost(&broken))
    }

    fn read_until(&mut self, marker: &str, deadline: Duration) -> Result<String, RemoteError> {
        let cancel = self.cancel.clone();
        self.until(marker, &Limit::new(deadline, &cancel)).map_err(|broken| self.lost(&broken))
    }

    fn finish(mut self: Box<Self>, deadline: Duration) -> Result<Answer, RemoteError> {
        let cancel = self.cancel.clone();
        let limit = Limit::new(deadline, &cancel);
        let mut nothing = source(&Input::Nothing);
        let kept = Catch::Keep(self.stdout.rest(), MOST_KEPT);
        let mut caught = Caught { stdout: kept, stderr: std::mem::take(&mut self.stderr) };
        let end = complete(&self.host, &self.link, &mut self.channel, &mut nothing, &mut caught, &limit)?;
        self.link.goodbye();
        Ok(answer(&end, caught, &limit))
    }
}
