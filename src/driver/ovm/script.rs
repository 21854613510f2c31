//! A scripted `Remote`: expected command, then its answer. Complains when something else is asked or something is
//! left over. And a clock that tests own.

use crate::{
    model::HostName,
    port::{Answer, Clock, Living, Remote, RemoteCommand, RemoteError},
};
use chrono::{DateTime, Utc};
use std::{
    collections::VecDeque,
    io::{Read, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

/// Stands in the script for a login that asks nothing.
const PRIME: &str = "(one login by password)";

/// One exchange.
enum Reply {
    Says(Answer),
    Lost,
    Unreachable,
}

/// The script of one test.
#[derive(Default)]
pub(crate) struct Script(Mutex<VecDeque<(String, Reply)>>);

impl Script {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn add(self, command: &str, reply: Reply) -> Self {
        self.0.lock().unwrap().push_back((command.to_owned(), reply));
        self
    }

    /// An answer as it stands, with status 0.
    pub(crate) fn says(self, command: &str, text: &str) -> Self {
        self.exits(command, 0, text)
    }

    /// An answer with an exit status.
    pub(crate) fn exits(self, command: &str, status: i32, text: &str) -> Self {
        let took = Duration::from_millis(900);
        let stdout = text.as_bytes().to_vec();
        self.add(command, Reply::Says(Answer { status: Some(status), stdout, stderr: Vec::new(), took }))
    }

    /// The version, as a manager prints it.
    pub(crate) fn version(self, version: &str) -> Self {
        self.says("showversion", &format!("OVM> showversion\n\r{version}\n\rOVM> Connection closed.\n\r"))
    }

    /// A success block with these data lines, LF CR and prompt as the manager sends them.
    pub(crate) fn ok(self, command: &str, data: &str) -> Self {
        let text = block(command, "Success", &format!("\n\rData: \n\r{}", data.replace('\n', "\n\r")));
        self.says(command, &text)
    }

    /// A success block with a job.
    pub(crate) fn job(self, command: &str, data: &str) -> Self {
        let tail = format!("\n\rJobId: 1582725527174\n\rData: \n\r{}", data.replace('\n', "\n\r"));
        self.says(command, &block(command, "Success", &tail))
    }

    /// A failure block.
    pub(crate) fn fails(self, command: &str, error: &str) -> Self {
        self.says(command, &block(command, "Failure", &format!("\n\rError Msg: {error}")))
    }

    /// The answer is lost.
    pub(crate) fn lost(self, command: &str) -> Self {
        self.add(command, Reply::Lost)
    }

    /// One login by password.
    pub(crate) fn primed(self) -> Self {
        self.says(PRIME, "")
    }

    /// No session.
    pub(crate) fn unreachable(self, command: &str) -> Self {
        self.add(command, Reply::Unreachable)
    }
}

fn block(command: &str, status: &str, tail: &str) -> String {
    format!(
        "OVM> {command}\n\rCommand: {command}\n\rStatus: {status}\n\rTime: 2020-02-26 08:58:47,940 EST{tail}\n\rOVM> Connection closed.\n\r"
    )
}

impl Drop for Script {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let left: Vec<_> = self.0.lock().unwrap().iter().map(|(command, _)| command.clone()).collect();
            assert!(left.is_empty(), "never asked: {left:#?}");
        }
    }
}

impl Remote for Script {
    fn run(&self, host: &HostName, command: &RemoteCommand) -> Result<Answer, RemoteError> {
        let next = self.0.lock().unwrap().pop_front();
        let (expected, reply) = next.unwrap_or_else(|| panic!("unexpected: {command}"));
        assert_eq!(expected, command.to_string());
        let host = host.clone();
        match reply {
            Reply::Says(answer) => Ok(answer),
            Reply::Lost => Err(RemoteError::NoAnswer { host, why: "deadline".into(), output: String::new() }),
            Reply::Unreachable => {
                Err(RemoteError::CannotConnect { host, why: "refused".into(), hints: Vec::new(), code: "SSH-001" })
            }
        }
    }

    fn prime(&self, host: &HostName) -> Result<(), RemoteError> {
        self.run(host, &RemoteCommand::verbatim(PRIME, Duration::ZERO)).map(drop)
    }

    fn live(&self, _: &HostName, command: &RemoteCommand) -> Result<Box<dyn Living>, RemoteError> {
        panic!("not scripted: {command}")
    }

    fn fetch(&self, host: &HostName, command: &RemoteCommand, sink: &mut dyn Write) -> Result<Answer, RemoteError> {
        let mut answer = self.run(host, command)?;
        sink.write_all(&std::mem::take(&mut answer.stdout)).unwrap();
        Ok(answer)
    }

    fn feed(&self, _: &HostName, command: &RemoteCommand, _: &mut dyn Read) -> Result<Answer, RemoteError> {
        panic!("not scripted: {command}")
    }
}

/// A clock that moves only when something sleeps.
#[derive(Default)]
pub(crate) struct TestClock(Mutex<Duration>);

impl TestClock {
    pub(crate) fn shared() -> Arc<Self> {
        Arc::default()
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}
