//! A started process and its three pipes, moved by one thread without blocking.

use crate::transport::{
    catch::{Caught, keep_end},
    limit::{Limit, Stopped},
};
use rustix::{
    event::PollFlags,
    fs::{OFlags, fcntl_getfl, fcntl_setfl},
    process::{Pid, Signal, kill_process_group},
};
use std::{
    io::{self, Read, Write},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::process::ExitStatusExt,
    },
    process::{Child, ChildStderr, ChildStdin, ChildStdout, ExitStatus},
    time::Duration,
};

const PIECE: usize = 64 << 10;
/// Between "please end" and "end now".
const GRACE: Duration = Duration::from_millis(500);

/// Why there is no answer, and what was printed by then.
pub(super) struct Trouble {
    pub(super) why: String,
    pub(super) output: String,
}

/// A running process group. Dropping it ends the group, unless the process has ended.
pub(super) struct Running {
    child: Child,
    ended: Option<ExitStatus>,
    pub(super) stdin: Option<ChildStdin>,
    pub(super) stdout: Option<ChildStdout>,
    pub(super) stderr: Option<ChildStderr>,
    piece: Vec<u8>,
}

impl Running {
    pub(super) fn new(mut child: Child) -> io::Result<Self> {
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let running = Self { child, ended: None, stdin, stdout, stderr, piece: vec![0; PIECE] };
        let pipes = [
            running.stdin.as_ref().map(AsFd::as_fd),
            running.stdout.as_ref().map(AsFd::as_fd),
            running.stderr.as_ref().map(AsFd::as_fd),
        ];
        for pipe in pipes.into_iter().flatten() {
            fcntl_setfl(pipe, fcntl_getfl(pipe)? | OFlags::NONBLOCK)?;
        }
        Ok(running)
    }

    /// Feeds it, reads it to the end and waits for its end.
    pub(super) fn complete(
        &mut self,
        source: &mut dyn Read,
        caught: &mut Caught<'_>,
        limit: &Limit<'_>,
    ) -> Result<Option<i32>, Trouble> {
        let ended = self.pump(source, caught, limit).and_then(|()| self.wait(limit));
        let status = ended.map_err(|why| Trouble { why, output: caught.shown() })?;
        note_signal(status, &mut caught.stderr);
        Ok(status.code())
    }

    fn pump(&mut self, source: &mut dyn Read, caught: &mut Caught<'_>, limit: &Limit<'_>) -> Result<(), String> {
        let mut pending: Vec<u8> = Vec::new();
        let mut buffer = vec![0; PIECE];
        while self.stdout.is_some() || self.stderr.is_some() {
            limit.check().map_err(|stopped| stopped.to_string())?;
            let fed = self.feed(source, &mut pending)?;
            let out = read(&mut self.stdout, &mut buffer)?;
            caught.stdout.take(&buffer[..out])?;
            let err = read(&mut self.stderr, &mut buffer)?;
            keep_end(&mut caught.stderr, &buffer[..err]);
            let open = self.stdout.is_some() || self.stderr.is_some();
            if open && !fed && out + err == 0 {
                self.pause(!pending.is_empty(), limit).map_err(|stopped| stopped.to_string())?;
            }
        }
        caught.stdout.end()
    }

    /// Gives the next piece; true when something moved.
    fn feed(&mut self, source: &mut dyn Read, pending: &mut Vec<u8>) -> Result<bool, String> {
        let Some(stdin) = &mut self.stdin else { return Ok(false) };
        if pending.is_empty() {
            let count = source.read(&mut self.piece).map_err(|e| format!("its input cannot be read here: {e}"))?;
            pending.extend_from_slice(&self.piece[..count]);
            if count == 0 {
                self.stdin = None;
                return Ok(true);
            }
        }
        match stdin.write(pending) {
            Ok(count) => {
                pending.drain(..count);
                Ok(count > 0)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            // It does not want the rest (`head`); its status tells whether that was right.
            Err(_) => {
                self.stdin = None;
                pending.clear();
                Ok(true)
            }
        }
    }

    /// Waits for one of the pipes.
    pub(super) fn pause(&self, writing: bool, limit: &Limit<'_>) -> Result<(), Stopped> {
        let mut files: Vec<(BorrowedFd<'_>, PollFlags)> = Vec::new();
        files.extend(self.stdout.as_ref().map(|pipe| (pipe.as_fd(), PollFlags::IN)));
        files.extend(self.stderr.as_ref().map(|pipe| (pipe.as_fd(), PollFlags::IN)));
        files.extend(self.stdin.as_ref().filter(|_| writing).map(|pipe| (pipe.as_fd(), PollFlags::OUT)));
        limit.wait(&files, Duration::MAX)
    }

    /// Waits for the end of a process that has closed its output. It is there at once as a rule; for the rest there is
    /// no file to poll for on old kernels, so it is looked for in growing intervals.
    fn wait(&mut self, limit: &Limit<'_>) -> Result<ExitStatus, String> {
        self.stdin = None;
        let mut nap = Duration::from_millis(1);
        loop {
            if let Some(status) = self.child.try_wait().map_err(|e| e.to_string())? {
                self.ended = Some(status);
                return Ok(status);
            }
            limit.wait(&[], nap).map_err(|stopped| stopped.to_string())?;
            nap = (nap * 2).min(Duration::from_millis(50));
        }
    }

    fn group(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }

    /// Ends the group: first asked, then forced.
    fn end(&mut self) {
        let Some(group) = self.group() else { return };
        let _ = kill_process_group(group, Signal::TERM);
        if let Ok(never) = crate::transport::CancelToken::new()
            && self.wait(&Limit::new(GRACE, &never)).is_ok()
        {
            // The leader is gone; what it had started may not have listened.
            let _ = kill_process_group(group, Signal::KILL);
            return;
        }
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.ended.is_none() {
            self.end();
        }
    }
}

/// What is there now; 0 when nothing is. The end of the pipe closes it.
pub(super) fn read(pipe: &mut Option<impl Read>, buffer: &mut [u8]) -> Result<usize, String> {
    let Some(open) = pipe else { return Ok(0) };
    match open.read(buffer) {
        Ok(0) => {
            *pipe = None;
            Ok(0)
        }
        Ok(count) => Ok(count),
        Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(0),
        Err(error) => Err(format!("its output cannot be read: {error}")),
    }
}

fn note_signal(status: ExitStatus, stderr: &mut Vec<u8>) {
    if let Some(signal) = status.signal() {
        stderr.extend_from_slice(format!("[ended by signal {signal}]\n").as_bytes());
    }
}
