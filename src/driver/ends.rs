//! A program at the far end outlives a session that was cut. One that told its pid (`sh/tell_pid.tera`) is ended by it when
//! our deadline for it has passed: only that process, never one by name.

use crate::{
    model::HostName,
    port::{Answer, Clock, Line, Living, Remote, RemoteCommand, RemoteError},
    text::{self, sh::EndFar},
};
use std::{
    io::{Read, Write},
    sync::Arc,
    time::Duration,
};

/// What a telling program's line begins with.
const TOLD: &str = "ovm-pid ";
/// How long the ending may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// A way to hosts on which nothing of ours is left hanging.
pub struct Ends {
    inner: Arc<dyn Remote>,
    clock: Arc<dyn Clock>,
}

/// A process by its number and its start (ticks since boot).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Program {
    pid: u32,
    start: u64,
}

impl Ends {
    /// The same way, with an ending of what hangs.
    #[must_use]
    pub fn new(inner: Arc<dyn Remote>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock }
    }

    fn far(&self, host: &HostName) -> Far {
        Far { inner: self.inner.clone(), clock: self.clock.clone(), host: host.clone() }
    }

    /// One call of a command that may tell who it is.
    fn call(
        &self,
        host: &HostName,
        command: &RemoteCommand,
        call: impl FnOnce() -> Result<Answer, RemoteError>,
    ) -> Result<Answer, RemoteError> {
        if tells(command) { self.far(host).bounded(command.deadline, call).map(without_line) } else { call() }
    }
}

/// Only a command that holds the line is asked for it: what others print is theirs.
fn tells(command: &RemoteCommand) -> bool {
    matches!(&command.line, Line::Words(words) if words.iter().any(|word| word.contains(TOLD)))
}

fn program(line: &str) -> Option<Program> {
    let (pid, start) = line.trim_end().strip_prefix(TOLD)?.split_once(' ')?;
    Some(Program { pid: pid.parse().ok().filter(|pid| *pid > 1)?, start: start.parse().ok()? })
}

/// The last program that is told (standard error stands behind standard output), and the text without such lines.
fn apart(text: &str) -> (Option<Program>, String) {
    let (mut last, mut rest) = (None, String::new());
    for line in text.split_inclusive('\n') {
        match program(line) {
            Some(found) => last = Some(found),
            None => rest.push_str(line),
        }
    }
    (last, rest)
}

fn without_line(mut answer: Answer) -> Answer {
    if let Ok(text) = std::str::from_utf8(&answer.stderr) {
        answer.stderr = apart(text).1.into_bytes();
    }
    answer
}

/// One host.
struct Far {
    inner: Arc<dyn Remote>,
    clock: Arc<dyn Clock>,
    host: HostName,
}

impl Far {
    /// A call whose program is ended when `deadline` passes. A connection that is lost is another matter: the host may be
    /// gone, and whoever asks again looks for himself.
    fn bounded<T>(&self, deadline: Duration, call: impl FnOnce() -> Result<T, RemoteError>) -> Result<T, RemoteError> {
        let began = self.clock.elapsed();
        call().map_err(|error| match error {
            RemoteError::NoAnswer { host, why, output } => {
                let late = self.clock.elapsed().saturating_sub(began) >= deadline;
                let (told, output) = apart(&output);
                let how = told.filter(|_| late).map(|program| self.end(program)).unwrap_or_default();
                RemoteError::NoAnswer { host, why: why + &how, output }
            }
            other => other,
        })
    }

    fn end(&self, program: Program) -> String {
        let Program { pid, start } = program;
        let ended = text::render(&EndFar { pid, start })
            .map_err(|fault| fault.to_string())
            .and_then(|script| {
                self.inner.run(&self.host, &RemoteCommand::script(script, PATIENCE)).map_err(|error| error.to_string())
            })
            .map(|answer| answer.text());
        match ended.as_deref().map(str::trim) {
            Ok("ended") => format!("; its program there (process {pid}) was ended"),
            Ok("gone") => String::new(),
            Ok(_) => format!("; its program there (process {pid}) could not be ended"),
            Err(why) => format!("; whether its program there (process {pid}) has ended is not known: {why}"),
        }
    }
}

/// A living program that is ended where it does not answer in time.
struct EndedLiving {
    inner: Box<dyn Living>,
    far: Far,
    patience: Duration,
}

impl Living for EndedLiving {
    fn send(&mut self, text: &str) -> Result<(), RemoteError> {
        let inner = &mut self.inner;
        self.far.bounded(self.patience, || inner.send(text))
    }

    fn read_until(&mut self, marker: &str, deadline: Duration) -> Result<String, RemoteError> {
        let inner = &mut self.inner;
        self.far.bounded(deadline, || inner.read_until(marker, deadline))
    }

    fn finish(self: Box<Self>, deadline: Duration) -> Result<Answer, RemoteError> {
        let Self { inner, far, .. } = *self;
        far.bounded(deadline, || inner.finish(deadline)).map(without_line)
    }
}

impl Remote for Ends {
    fn run(&self, host: &HostName, command: &RemoteCommand) -> Result<Answer, RemoteError> {
        self.call(host, command, || self.inner.run(host, command))
    }

    fn warm(&self, host: &HostName) -> Result<(), RemoteError> {
        self.inner.warm(host)
    }

    fn prime(&self, host: &HostName) -> Result<(), RemoteError> {
        self.inner.prime(host)
    }

    fn live(&self, host: &HostName, command: &RemoteCommand) -> Result<Box<dyn Living>, RemoteError> {
        let inner = self.inner.live(host, command)?;
        match tells(command) {
            true => Ok(Box::new(EndedLiving { inner, far: self.far(host), patience: command.deadline })),
            false => Ok(inner),
        }
    }

    fn fetch(&self, host: &HostName, command: &RemoteCommand, sink: &mut dyn Write) -> Result<Answer, RemoteError> {
        self.call(host, command, || self.inner.fetch(host, command, sink))
    }

    fn feed(&self, host: &HostName, command: &RemoteCommand, source: &mut dyn Read) -> Result<Answer, RemoteError> {
        self.call(host, command, || self.inner.feed(host, command, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn the_last_line_counts_and_none_is_shown() {
        let text = "ovm-pid 7 8\nORA-01034: no\novm-pid 4711 123456\nwarning\n";
        let (told, rest) = apart(text);
        assert_eq!(told, Some(Program { pid: 4711, start: 123_456 }));
        assert_eq!(rest, "ORA-01034: no\nwarning\n");
    }

    #[rstest]
    #[case("ovm-pid 1 5")]
    #[case("ovm-pid 0 5")]
    #[case("ovm-pid -9 5")]
    #[case("ovm-pid 4711")]
    #[case("ovm-pid 4711 x")]
    #[case(" ovm-pid 4711 5")]
    fn what_is_no_program_is_not_ended(#[case] line: &str) {
        assert_eq!(apart(line), (None, line.to_owned()));
    }

    #[test]
    fn only_a_command_that_tells_is_asked() {
        let short = Duration::from_secs(1);
        assert!(!tells(&RemoteCommand::words(["cat", "/etc/fstab"], short)));
        assert!(tells(&RemoteCommand::words(["/bin/sh", "-c", "echo \"ovm-pid $$ 1\" >&2"], short)));
    }
}
