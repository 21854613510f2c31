//! One SSH channel: a command in a real `sh`, with its three streams, its signals and its end.

use super::{ssh::Served, wire::Cut};
use crate::fault::{self, Action};
use russh::{
    Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Sig,
    server::{Handle, Msg},
};
use rustix::process::{Pid, Signal, kill_process_group};
use std::{os::unix::process::ExitStatusExt, process::ExitStatus, process::Stdio, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStdin},
    sync::mpsc,
};

type Writer = Arc<ChannelWriteHalf<Msg>>;

/// What was asked of a channel.
enum Request {
    Shell,
    Exec(String),
}

/// A channel from its opening to its end.
pub struct Session {
    host: Arc<Served>,
    handle: Handle,
    cut: Cut,
    reader: ChannelReadHalf,
    writer: Writer,
    pty: bool,
}

impl Session {
    /// Takes a fresh channel.
    pub fn new(channel: Channel<Msg>, handle: Handle, host: Arc<Served>, cut: Cut) -> Self {
        let (reader, writer) = channel.split();
        Self { host, handle, cut, reader, writer: Arc::new(writer), pty: false }
    }

    /// Serves it.
    pub async fn serve(mut self) {
        if let Some(request) = self.request().await {
            let delay = self.meet(&request).await;
            if let Some(tint) = delay {
                self.run(request, tint).await;
            }
        }
    }

    /// Reads until the channel is asked for something to run. The answers to requests are the handler's: only there
    /// is it sure which request one belongs to.
    async fn request(&mut self) -> Option<Request> {
        loop {
            match self.reader.wait().await? {
                ChannelMsg::RequestPty { .. } => self.pty = true,
                ChannelMsg::RequestShell { .. } => return Some(Request::Shell),
                ChannelMsg::Exec { command, .. } => {
                    return Some(Request::Exec(String::from_utf8_lossy(&command).into_owned()));
                }
                ChannelMsg::Close => return None,
                _ => {}
            }
        }
    }

    /// Faults that come before the command. `None`: there will be no command.
    async fn meet(&self, request: &Request) -> Option<Option<Action>> {
        let text = match request {
            Request::Shell => "",
            Request::Exec(command) => command,
        };
        let action = fault::check(&self.host.faults, &self.host.name, text);
        match action {
            Some(Action::Fail(text)) => self.refuse(&text).await,
            Some(Action::Hang) => std::future::pending().await,
            Some(Action::CutBefore) => self.cut.now(),
            Some(Action::Slow(ms)) => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                return Some(None);
            }
            other => return Some(other),
        }
        None
    }

    async fn refuse(&self, text: &str) {
        let text = if text.is_empty() { "sh: fork: Cannot allocate memory" } else { text };
        self.writer.extended_data_bytes(1, format!("{text}\n")).await.ok();
        self.finish(Some(ExitStatus::from_raw(1 << 8))).await;
    }

    /// Runs it with both streams out, stdin in, until it ends or the client goes away. What runs then goes on, as under
    /// sshd without a terminal: it only loses its pipes.
    async fn run(mut self, request: Request, tint: Option<Action>) {
        let command = match &request {
            Request::Shell => None,
            Request::Exec(command) => Some(command.as_str()),
        };
        let spawned = self
            .host
            .command(command, self.pty)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => return self.refuse(&format!("sh: {error}")).await,
        };
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let stdin = feed(child.stdin.take());
        let out = tokio::spawn(copy(child.stdout.take(), self.writer.clone(), None, tint.clone()));
        let err = tokio::spawn(copy(child.stderr.take(), self.writer.clone(), Some(1), tint.clone()));
        let (out_end, err_end) = (out.abort_handle(), err.abort_handle());
        let end = Ending { writer: self.writer.clone(), handle: self.handle.clone(), cut: self.cut.clone(), tint };
        tokio::select! {
            () = end.wait(child, out, err) => {}
            () = listen(&mut self.reader, stdin, group) => {
                out_end.abort();
                err_end.abort();
            }
        }
    }

    async fn finish(&self, status: Option<ExitStatus>) {
        tell(&self.writer, &self.handle, status).await;
        self.writer.eof().await.ok();
        self.writer.close().await.ok();
    }
}

/// What is needed at the end of a command.
struct Ending {
    writer: Writer,
    handle: Handle,
    cut: Cut,
    tint: Option<Action>,
}

impl Ending {
    /// The status goes out when the command ends; the channel closes when nobody holds its output any more.
    async fn wait(self, mut child: Child, out: tokio::task::JoinHandle<()>, err: tokio::task::JoinHandle<()>) {
        let status = child.wait().await.ok();
        if self.tint == Some(Action::CutAfter) {
            return self.cut.now();
        }
        tell(&self.writer, &self.handle, status).await;
        out.await.ok();
        err.await.ok();
        self.writer.eof().await.ok();
        self.writer.close().await.ok();
    }
}

async fn tell(writer: &Writer, handle: &Handle, status: Option<ExitStatus>) {
    match status.map(|s| (s.code(), s.signal())) {
        Some((Some(code), _)) => {
            writer.exit_status(u32::try_from(code).unwrap_or(255)).await.ok();
        }
        Some((None, Some(signal))) => {
            handle
                .exit_signal_request(writer.id(), signal_name(signal), false, String::new(), String::new())
                .await
                .ok();
        }
        _ => {}
    }
}

/// Hands stdin over without ever making the connection wait: other channels share it.
fn feed(stdin: Option<ChildStdin>) -> mpsc::UnboundedSender<Vec<u8>> {
    let (sender, mut receiver) = mpsc::unbounded_channel::<Vec<u8>>();
    tokio::spawn(async move {
        let Some(mut stdin) = stdin else { return };
        while let Some(bytes) = receiver.recv().await {
            if stdin.write_all(&bytes).await.is_err() {
                return;
            }
        }
    });
    sender
}

/// Input, end of input and signals; returns when the client closes the channel or is gone.
async fn listen(reader: &mut ChannelReadHalf, stdin: mpsc::UnboundedSender<Vec<u8>>, group: Option<Pid>) {
    let mut stdin = Some(stdin);
    while let Some(message) = reader.wait().await {
        match message {
            ChannelMsg::Data { data } => {
                stdin.as_ref().map(|s| s.send(data.to_vec()));
            }
            ChannelMsg::Eof => stdin = None,
            ChannelMsg::Signal { signal } => {
                if let (Some(group), Some(signal)) = (group, signal_of(&signal)) {
                    kill_process_group(group, signal).ok();
                }
            }
            ChannelMsg::Close => return,
            _ => {}
        }
    }
}

async fn copy(from: Option<impl AsyncRead + Unpin>, writer: Writer, ext: Option<u32>, tint: Option<Action>) {
    let Some(mut from) = from else { return };
    let mut buffer = vec![0; 32768];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let bytes = match tint {
            Some(Action::CutAfter) => continue,
            Some(Action::Garble) => garble(&buffer[..count]),
            _ => buffer[..count].to_vec(),
        };
        let sent = match ext {
            None => writer.data_bytes(bytes).await,
            Some(ext) => writer.extended_data_bytes(ext, bytes).await,
        };
        if sent.is_err() {
            return;
        }
    }
}

/// Every third letter or digit becomes another one: the shape stays, the meaning goes.
fn garble(bytes: &[u8]) -> Vec<u8> {
    let other = |(at, byte): (usize, &u8)| if at % 3 == 1 && byte.is_ascii_alphanumeric() { b'?' } else { *byte };
    bytes.iter().enumerate().map(other).collect()
}

const SIGNALS: [(Sig, Signal); 12] = [
    (Sig::ABRT, Signal::ABORT),
    (Sig::ALRM, Signal::ALARM),
    (Sig::FPE, Signal::FPE),
    (Sig::HUP, Signal::HUP),
    (Sig::ILL, Signal::ILL),
    (Sig::INT, Signal::INT),
    (Sig::KILL, Signal::KILL),
    (Sig::PIPE, Signal::PIPE),
    (Sig::QUIT, Signal::QUIT),
    (Sig::SEGV, Signal::SEGV),
    (Sig::TERM, Signal::TERM),
    (Sig::USR1, Signal::USR1),
];

/// `Sig` has no equality of its own; a name without a signal here is never one of the table.
fn same(one: &Sig, other: &Sig) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

fn signal_of(sig: &Sig) -> Option<Signal> {
    SIGNALS.iter().find(|(name, _)| same(name, sig)).map(|(_, signal)| *signal)
}

fn signal_name(raw: i32) -> Sig {
    let known = SIGNALS.iter().find(|(_, signal)| signal.as_raw() == raw);
    known.map_or_else(|| Sig::Custom(raw.to_string()), |(name, _)| name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbling_keeps_length_and_line_ends_and_changes_something() {
        let text = b"OPEN\nREAD WRITE\n";
        let garbled = garble(text);
        assert_eq!(garbled.len(), text.len());
        assert_ne!(garbled, text);
        assert_eq!(garbled.iter().filter(|b| **b == b'\n').count(), 2);
    }

    #[test]
    fn signals_go_both_ways() {
        assert_eq!(signal_of(&signal_name(15)), Some(Signal::TERM));
        assert!(matches!(signal_name(63), Sig::Custom(n) if n == "63"));
        assert_eq!(signal_of(&Sig::Custom("63".into())), None);
    }
}
