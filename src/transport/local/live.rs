//! A process of this machine that stays for several questions.

use super::process::{Running, read};
use crate::{
    model::HostName,
    port::{Answer, Living, RemoteError},
    transport::{
        CancelToken,
        catch::{Catch, Caught, MOST_KEPT, keep_end, shown},
        limit::Limit,
        marker::MarkerBuffer,
    },
};
use std::{
    io::{self, Write},
    time::Duration,
};

/// The living process. Dropping it ends it.
pub(super) struct LocalLiving {
    running: Running,
    host: HostName,
    cancel: CancelToken,
    patience: Duration,
    stdout: MarkerBuffer,
    stderr: Vec<u8>,
    piece: Vec<u8>,
}

impl LocalLiving {
    pub(super) fn new(host: &HostName, running: Running, cancel: &CancelToken, patience: Duration) -> Self {
        Self {
            running,
            host: host.clone(),
            cancel: cancel.clone(),
            patience,
            stdout: MarkerBuffer::default(),
            stderr: Vec::new(),
            piece: vec![0; 32 << 10],
        }
    }

    /// Reads what is there; false when nothing is.
    fn receive(&mut self) -> Result<bool, String> {
        let out = read(&mut self.running.stdout, &mut self.piece)?;
        self.stdout.push(&self.piece[..out]);
        let err = read(&mut self.running.stderr, &mut self.piece)?;
        keep_end(&mut self.stderr, &self.piece[..err]);
        if self.stdout.len() > MOST_KEPT {
            return Err(format!("it printed more than {} MiB without the marker", MOST_KEPT >> 20));
        }
        Ok(out + err > 0)
    }

    fn until(&mut self, marker: &str, limit: &Limit<'_>) -> Result<String, String> {
        self.stdout.rewind();
        loop {
            if let Some(text) = self.stdout.take_before(marker) {
                return Ok(text);
            }
            limit.check().map_err(|stopped| stopped.to_string())?;
            if self.receive()? {
                continue;
            }
            if self.running.stdout.is_none() {
                return Err("the process ended before it had answered".to_owned());
            }
            self.running.pause(false, limit).map_err(|stopped| stopped.to_string())?;
        }
    }

    fn write(&mut self, mut text: &[u8], limit: &Limit<'_>) -> Result<(), String> {
        while !text.is_empty() {
            limit.check().map_err(|stopped| stopped.to_string())?;
            let Some(stdin) = &mut self.running.stdin else { return Err("the process has ended".to_owned()) };
            match stdin.write(text) {
                Ok(count) => text = &text[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if !self.receive()? {
                        self.running.pause(true, limit).map_err(|stopped| stopped.to_string())?;
                    }
                }
                Err(_) => return Err("the process has ended".to_owned()),
            }
        }
        Ok(())
    }

    fn lost(&self, why: String) -> RemoteError {
        let output = shown(self.stdout.peek(), &self.stderr);
        RemoteError::NoAnswer { host: self.host.clone(), why, output }
    }
}

impl Living for LocalLiving {
    fn send(&mut self, text: &str) -> Result<(), RemoteError> {
        let cancel = self.cancel.clone();
        self.write(text.as_bytes(), &Limit::new(self.patience, &cancel)).map_err(|why| self.lost(why))
    }

    fn read_until(&mut self, marker: &str, deadline: Duration) -> Result<String, RemoteError> {
        let cancel = self.cancel.clone();
        self.until(marker, &Limit::new(deadline, &cancel)).map_err(|why| self.lost(why))
    }

    fn finish(mut self: Box<Self>, deadline: Duration) -> Result<Answer, RemoteError> {
        let cancel = self.cancel.clone();
        let limit = Limit::new(deadline, &cancel);
        let stdout = Catch::Keep(self.stdout.rest(), MOST_KEPT);
        let mut caught = Caught { stdout, stderr: std::mem::take(&mut self.stderr) };
        let ended = self.running.complete(&mut io::empty(), &mut caught, &limit);
        let status = ended.map_err(|trouble| RemoteError::NoAnswer {
            host: self.host.clone(),
            why: trouble.why,
            output: trouble.output,
        })?;
        Ok(Answer { status, stdout: caught.stdout.into_bytes(), stderr: caught.stderr, took: limit.took() })
    }
}
