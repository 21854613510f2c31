//! A far end that answers with the input, piece by piece, and remembers what it was sent.

use ovmirror::{
    model::HostName,
    port::{Answer, Clock, Input, Line, Living, Remote, RemoteCommand, RemoteError},
};
use std::{
    io::{Read, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

/// Between two answers of one input.
pub const NEXT: &str = "\n----\n";

#[derive(Default)]
struct State {
    answers: Vec<String>,
    asked: Vec<RemoteCommand>,
    slept: Duration,
}

/// Host, living process and clock in one. After its last answer it begins again.
#[derive(Clone, Default)]
pub struct Far(Arc<Mutex<State>>);

impl Far {
    /// Answers with these pieces in order.
    pub fn new(text: &str) -> Arc<Self> {
        let answers = text.split(NEXT).map(str::to_owned).collect();
        Arc::new(Self(Arc::new(Mutex::new(State { answers, ..State::default() }))))
    }

    /// The command lines it was sent.
    pub fn lines(&self) -> Vec<String> {
        let state = self.0.lock().unwrap();
        state
            .asked
            .iter()
            .map(|command| match &command.line {
                Line::Verbatim(text) => text.clone(),
                Line::Words(_) => command.to_string(),
            })
            .collect()
    }

    fn answer(&self, command: &RemoteCommand) -> String {
        let mut state = self.0.lock().unwrap();
        let turn = state.asked.len() % state.answers.len();
        state.asked.push(command.clone());
        let marker = match &command.input {
            Input::Text(text) => marker(text),
            _ => String::new(),
        };
        state.answers[turn].replace("MARKER", &marker)
    }
}

/// The word behind the last PROMPT that was sent.
fn marker(sent: &str) -> String {
    sent.lines().rev().find_map(|line| line.strip_prefix("PROMPT ")).unwrap_or_default().to_owned()
}

impl Remote for Far {
    fn run(&self, _: &HostName, command: &RemoteCommand) -> Result<Answer, RemoteError> {
        let stdout = self.answer(command).into_bytes();
        Ok(Answer { status: Some(0), stdout, stderr: Vec::new(), took: Duration::from_millis(1) })
    }

    fn live(&self, _: &HostName, _: &RemoteCommand) -> Result<Box<dyn Living>, RemoteError> {
        Ok(Box::new(self.clone()))
    }

    fn fetch(&self, host: &HostName, command: &RemoteCommand, _: &mut dyn Write) -> Result<Answer, RemoteError> {
        self.run(host, command)
    }

    fn feed(&self, host: &HostName, command: &RemoteCommand, _: &mut dyn Read) -> Result<Answer, RemoteError> {
        self.run(host, command)
    }
}

impl Living for Far {
    fn send(&mut self, text: &str) -> Result<(), RemoteError> {
        self.0.lock().unwrap().asked.push(RemoteCommand::script(text, Duration::ZERO));
        Ok(())
    }

    /// `MARKER` in the sample stands for what end markers of this batch begin with; `MARKER-open` for those of the login.
    fn read_until(&mut self, marker: &str, _: Duration) -> Result<String, RemoteError> {
        let state = self.0.lock().unwrap();
        let turn = state.asked.len().saturating_sub(1) % state.answers.len();
        let nonce = marker.rsplit_once('-').map_or(marker, |(nonce, _)| nonce);
        Ok(state.answers[turn].replace("MARKER", nonce))
    }

    fn finish(self: Box<Self>, _: Duration) -> Result<Answer, RemoteError> {
        Ok(Answer::default())
    }
}

impl Clock for Far {
    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        chrono::DateTime::UNIX_EPOCH
    }

    fn elapsed(&self) -> Duration {
        self.0.lock().unwrap().slept
    }

    fn sleep(&self, time: Duration) {
        self.0.lock().unwrap().slept += time;
    }
}
