//! One channel: prompt, echo, commands and their answers, and what a fault makes of them.

use super::block;
use super::core::Core;
use super::grammar;
use super::session::{Answer, Session};
use super::ssh::cut;
use crate::fault::{self, Action};
use russh::server::Msg;
use russh::{Channel, ChannelMsg};
use std::sync::Arc;
use std::{io, net};
use tokio::time::{Duration, sleep};

/// One blank after it.
const PROMPT: &str = "OVM> ";

/// What a channel runs on.
pub struct Line {
    /// The manager.
    pub core: Arc<Core>,
    /// The connection, to cut it.
    pub wire: Arc<net::TcpStream>,
    /// A pty was asked for.
    pub terminal: bool,
    /// The login was none.
    pub turned_away: bool,
}

/// What follows a command.
enum Next {
    Go,
    /// Ctrl-D.
    Ended,
    /// `exit`
    Leave,
    /// The connection hangs or is cut: not another byte.
    Silence,
}

struct Shell {
    channel: Channel<Msg>,
    line: Line,
    session: Session,
}

/// Serves a channel to its end: one exec string, or lines until EOF or `exit`.
pub async fn serve(channel: Channel<Msg>, line: Line, command: Option<String>) {
    let mut shell = Shell { channel, line, session: Session::default() };
    // A client that is gone ends the channel; its jobs go on.
    let next = match command {
        _ if shell.line.turned_away => Ok(Next::Go),
        Some(command) => shell.exec(&command).await,
        None => shell.interactive().await,
    };
    drop(shell.farewell(next).await);
}

impl Shell {
    async fn exec(&mut self, text: &str) -> io::Result<Next> {
        for command in grammar::split(text) {
            self.echo(&command).await?;
            match self.command(&command).await? {
                Next::Go => {}
                next => return Ok(next),
            }
        }
        self.send(PROMPT).await?;
        Ok(Next::Go)
    }

    async fn interactive(&mut self) -> io::Result<Next> {
        let mut editor = Editor::default();
        self.send(PROMPT).await?;
        while let Some(input) = self.input().await {
            for byte in input {
                match self.key(&mut editor, byte).await? {
                    Next::Go => {}
                    next => return Ok(next),
                }
            }
        }
        Ok(Next::Go)
    }

    /// One typed byte. Keys typed ahead are shown when their turn comes, as the CLI itself echoes.
    async fn key(&mut self, editor: &mut Editor, byte: u8) -> io::Result<Next> {
        let key = editor.take(byte);
        let next = match key {
            Key::Nothing => return Ok(Next::Go),
            Key::End => return Ok(Next::Ended),
            Key::Shown(text) if self.line.terminal => return self.send(&text).await.map(|()| Next::Go),
            Key::Shown(_) => return Ok(Next::Go),
            Key::Line(text) => {
                let shown = if self.line.terminal { "" } else { text.as_str() };
                self.send(&format!("{shown}{}", self.session.end().text())).await?;
                self.typed(&text).await?
            }
        };
        if matches!(next, Next::Go) {
            self.send(PROMPT).await?;
        }
        Ok(next)
    }

    /// A typed line may hold several commands, as an exec string may.
    async fn typed(&mut self, text: &str) -> io::Result<Next> {
        let mut next = Next::Go;
        for (number, command) in grammar::split(text).into_iter().enumerate() {
            if number > 0 {
                self.echo(&command).await?;
            }
            next = self.command(&command).await?;
            if !matches!(next, Next::Go) {
                break;
            }
        }
        Ok(next)
    }

    async fn echo(&mut self, command: &str) -> io::Result<()> {
        let text = format!("{PROMPT}{command}");
        let wraps = self.line.core.options.quirks.is("echo-wraps", "yes");
        let lines = if wraps { block::wrapped(&text) } else { vec![text] };
        self.lines(&lines).await
    }

    async fn command(&mut self, command: &str) -> io::Result<Next> {
        let fault = fault::check(&self.line.core.options.faults, "manager", command);
        match &fault {
            Some(Action::Hang) => return self.hang().await,
            Some(Action::CutBefore) => return Ok(self.cut()),
            Some(Action::Fail(text)) => {
                let answer = self.session.failure(&self.line.core, command, text);
                return self.answer(answer, None).await;
            }
            _ => {}
        }
        let answer = self.execute(command).await?;
        match fault {
            Some(Action::CutAfter) => return Ok(self.cut()),
            Some(Action::Slow(late)) => sleep(Duration::from_millis(late)).await,
            _ => {}
        }
        self.answer(answer, fault).await
    }

    /// The work blocks a thread of its own, so that it ends also when the client leaves.
    async fn execute(&mut self, command: &str) -> io::Result<Answer> {
        let (core, command, mut session) = (self.line.core.clone(), command.to_owned(), self.session);
        let work = move || (session.execute(&core, &command), session);
        let (answer, session) = tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?;
        self.session = session;
        Ok(answer)
    }

    async fn answer(&mut self, answer: Answer, fault: Option<Action>) -> io::Result<Next> {
        let Answer::Lines(lines) = answer else { return Ok(Next::Leave) };
        let end = self.session.end().text();
        let text: String = lines.iter().flat_map(|line| [line.as_str(), end]).collect();
        let garbled = fault == Some(Action::Garble);
        self.send(&if garbled { block::garbled(&text) } else { text }).await?;
        Ok(Next::Go)
    }

    /// Neither effect nor answer; the connection stays until the client gives up.
    async fn hang(&mut self) -> io::Result<Next> {
        while let Some(message) = self.channel.wait().await {
            if matches!(message, ChannelMsg::Close) {
                break;
            }
        }
        Ok(Next::Silence)
    }

    fn cut(&self) -> Next {
        cut(&self.line.wire);
        Next::Silence
    }

    async fn input(&mut self) -> Option<Vec<u8>> {
        loop {
            match self.channel.wait().await? {
                ChannelMsg::Data { data } => return Some(data.to_vec()),
                ChannelMsg::Eof | ChannelMsg::Close => return None,
                _ => {}
            }
        }
    }

    async fn lines(&mut self, lines: &[String]) -> io::Result<()> {
        let end = self.session.end().text();
        let text: String = lines.iter().flat_map(|line| [line.as_str(), end]).collect();
        self.send(&text).await
    }

    async fn send(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.channel.data_bytes(text.as_bytes().to_vec()).await.map_err(io::Error::other)
    }

    /// The last line, exit status 0 (also after a failed command: clients never looked at it), and the end.
    async fn farewell(&mut self, next: io::Result<Next>) -> Result<(), russh::Error> {
        match next {
            Ok(Next::Silence) | Err(_) => return Ok(()),
            Ok(Next::Go | Next::Ended) => drop(self.lines(&["Connection closed.".to_owned()]).await),
            Ok(Next::Leave) => {}
        }
        self.channel.exit_status(0).await?;
        self.channel.eof().await?;
        self.channel.close().await
    }
}

/// What a typed byte came to.
#[derive(Debug, PartialEq, Eq)]
enum Key {
    Nothing,
    /// A terminal shows this.
    Shown(String),
    /// A line is complete.
    Line(String),
    End,
}

/// Gathers typed bytes to lines.
#[derive(Debug, Default)]
struct Editor {
    line: Vec<u8>,
    after_return: bool,
}

impl Editor {
    fn take(&mut self, byte: u8) -> Key {
        let follows_return = std::mem::replace(&mut self.after_return, byte == b'\r');
        match byte {
            b'\n' if follows_return => Key::Nothing,
            b'\r' | b'\n' => Key::Line(String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned()),
            8 | 127 if self.line.pop().is_some() => Key::Shown("\u{8} \u{8}".to_owned()),
            4 if self.line.is_empty() => Key::End,
            3 => {
                self.line.clear();
                Key::Line(String::new())
            }
            byte if (b' '..127).contains(&byte) || byte >= 128 || byte == b'\t' => {
                self.line.push(byte);
                Key::Shown(if byte.is_ascii() { char::from(byte).to_string() } else { "?".to_owned() })
            }
            _ => Key::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: &[u8]) -> Vec<Key> {
        let mut editor = Editor::default();
        let keys = input.iter().map(|b| editor.take(*b));
        keys.filter(|k| matches!(k, Key::Line(_) | Key::End)).collect()
    }

    #[test]
    fn lines_end_with_any_of_the_three() {
        assert_eq!(lines(b"a\rb\nc\r\nd"), ["a", "b", "c"].map(|l| Key::Line(l.to_owned())));
    }

    #[test]
    fn a_terminal_deletes_and_ends() {
        assert_eq!(lines(b"ab\x7fc\r\x04"), [Key::Line("ac".to_owned()), Key::End]);
    }
}
