//! Commands on this machine itself, for hosts with `local = true`. The only place that starts processes.

mod live;
mod process;

use super::{
    CancelToken,
    catch::{Catch, Caught},
    limit::Limit,
    router::unknown_host,
};
use crate::{
    fault::hint,
    model::HostName,
    port::{Answer, Input, Line, Living, Remote, RemoteCommand, RemoteError},
};
use live::LocalLiving;
use process::{Running, Trouble};
use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    io::{self, Cursor, Read, Write},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// Hosts that are this machine.
#[derive(Debug, Clone)]
pub struct LocalRemote {
    hosts: BTreeMap<HostName, Option<Vec<String>>>,
    path: OsString,
    cancel: CancelToken,
}

impl LocalRemote {
    /// Hosts with their `become` prefix. Programs are looked for in this process's PATH.
    #[must_use]
    pub fn new(hosts: impl IntoIterator<Item = (HostName, Option<Vec<String>>)>, cancel: &CancelToken) -> Self {
        let path = env::var_os("PATH").unwrap_or_default();
        Self { hosts: hosts.into_iter().collect(), path, cancel: cancel.clone() }
    }

    /// Whether it has that host.
    #[must_use]
    pub fn knows(&self, host: &HostName) -> bool {
        self.hosts.contains_key(host)
    }

    /// Its hosts.
    pub fn names(&self) -> impl Iterator<Item = &HostName> {
        self.hosts.keys()
    }

    /// The words to run, with the program as a full path.
    fn words(&self, host: &HostName, command: &RemoteCommand) -> Result<Vec<String>, RemoteError> {
        let names = || self.names().map(ToString::to_string).collect::<Vec<_>>();
        let prefix = self.hosts.get(host).ok_or_else(|| unknown_host(host, &names()))?;
        let mut words: Vec<String> = prefix.iter().flatten().filter(|_| command.privileged).cloned().collect();
        match &command.line {
            // What sshd would do with it: the user's text goes to a shell.
            Line::Verbatim(text) => words.extend(["/bin/sh".to_owned(), "-c".to_owned(), text.clone()]),
            Line::Words(given) => words.extend(given.iter().cloned()),
        }
        match words.first_mut() {
            Some(program) => *program = self.find(program)?.to_string_lossy().into_owned(),
            None => return Err(never(host, "the command is empty")),
        }
        Ok(words)
    }

    fn find(&self, program: &str) -> Result<PathBuf, RemoteError> {
        which::which_in(program, Some(&self.path), "/").map_err(|_| RemoteError::Setup {
            why: format!("the program {program} was not found; PATH is {}", self.path.to_string_lossy()),
            hints: vec![hint(format!("install {program}, or add its folder to PATH"))],
            code: "SSH-030",
        })
    }

    fn execute(
        &self,
        host: &HostName,
        command: &RemoteCommand,
        source: &mut dyn Read,
        stdout: Catch<'_>,
    ) -> Result<Answer, RemoteError> {
        let words = self.words(host, command)?;
        let limit = Limit::new(command.deadline, &self.cancel);
        let running = begin(&words, &limit).map_err(|why| never(host, &why))?;
        complete(running, source, stdout, &limit).map_err(|trouble| lost(host, trouble))
    }
}

impl Remote for LocalRemote {
    fn run(&self, host: &HostName, command: &RemoteCommand) -> Result<Answer, RemoteError> {
        self.execute(host, command, &mut source(&command.input), Catch::kept())
    }

    fn live(&self, host: &HostName, command: &RemoteCommand) -> Result<Box<dyn Living>, RemoteError> {
        let words = self.words(host, command)?;
        let limit = Limit::new(command.deadline, &self.cancel);
        let running = begin(&words, &limit).map_err(|why| never(host, &why))?;
        let mut living = LocalLiving::new(host, running, &self.cancel, command.deadline);
        match &command.input {
            Input::Nothing => {}
            Input::Text(text) => living.send(text)?,
            Input::Secret(secret) => living.send(secret.reveal())?,
        }
        Ok(Box::new(living))
    }

    fn fetch(&self, host: &HostName, command: &RemoteCommand, sink: &mut dyn Write) -> Result<Answer, RemoteError> {
        self.execute(host, command, &mut source(&command.input), Catch::Stream(sink))
    }

    fn feed(&self, host: &HostName, command: &RemoteCommand, source: &mut dyn Read) -> Result<Answer, RemoteError> {
        self.execute(host, command, source, Catch::kept())
    }
}

/// Runs a command of the transport's own (the password command). The text of an error holds nothing that it printed.
pub(super) fn run_words(words: &[String], input: &Input, limit: &Limit<'_>) -> Result<Answer, String> {
    let running = begin(words, limit)?;
    complete(running, &mut source(input), Catch::kept(), limit).map_err(|trouble| trouble.why)
}

fn begin(words: &[String], limit: &Limit<'_>) -> Result<Running, String> {
    limit.check().map_err(|stopped| stopped.to_string())?;
    let child = spawn(words).map_err(|error| error.to_string())?;
    Running::new(child).map_err(|error| error.to_string())
}

fn complete(
    mut running: Running,
    source: &mut dyn Read,
    stdout: Catch<'_>,
    limit: &Limit<'_>,
) -> Result<Answer, Trouble> {
    let mut caught = Caught::new(stdout);
    let status = running.complete(source, &mut caught, limit)?;
    Ok(Answer { status, stdout: caught.stdout.into_bytes(), stderr: caught.stderr, took: limit.took() })
}

/// In a process group of its own, so that a deadline can end it with all it started.
#[expect(clippy::disallowed_methods, reason = "this is the one place that starts processes")]
fn spawn(words: &[String]) -> io::Result<Child> {
    let (program, rest) = words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    command.args(rest).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).spawn()
}

fn source(input: &Input) -> Box<dyn Read + '_> {
    match input {
        Input::Nothing => Box::new(io::empty()),
        Input::Text(text) => Box::new(Cursor::new(text.as_bytes())),
        Input::Secret(secret) => Box::new(Cursor::new(secret.reveal().as_bytes())),
    }
}

fn never(host: &HostName, why: &str) -> RemoteError {
    RemoteError::NeverSent { host: host.clone(), why: why.to_owned() }
}

fn lost(host: &HostName, trouble: Trouble) -> RemoteError {
    RemoteError::NoAnswer { host: host.clone(), why: trouble.why, output: trouble.output }
}
