//! Where results and faults go: a person reads stdout and stderr, a program one JSON object on stdout.

use super::{
    args::Global,
    output::{error, json, progress},
    wire::SystemClock,
};
use crate::{
    fault::Fault,
    port::{Clock, Monitor},
};
use serde_json::Value;
use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
};

/// Prints.
pub struct Reporter {
    json: bool,
    verbose: bool,
    simulated: AtomicBool,
}

impl Reporter {
    pub fn new(global: &Global) -> Self {
        Self { json: global.json, verbose: global.verbose > 0, simulated: AtomicBool::new(false) }
    }

    /// Every object says whether it is of a lab, once that is known.
    pub fn learn(&self, simulated: bool) {
        self.simulated.store(simulated, Ordering::Relaxed);
    }

    pub fn simulated(&self) -> bool {
        self.simulated.load(Ordering::Relaxed)
    }

    /// Prints a result: the object with `--json`, else the text.
    pub fn result(&self, object: &Value, text: &str) {
        if self.json {
            self.line(&object.to_string());
        } else {
            self.raw(text);
        }
    }

    /// Prints text for a person as it stands.
    pub fn text(&self, text: &str) {
        self.raw(text);
    }

    /// A person reads the fault on stderr also when a program reads the object: a scheduler keeps both.
    pub fn fault(&self, fault: &Fault) -> ExitCode {
        if self.json {
            self.line(&json::error(fault, self.simulated()).to_string());
        }
        let colour = std::io::stderr().is_terminal() && progress::colour();
        let _ = std::io::stderr()
            .write_all(error::render(fault, error::Dress { colour, verbose: self.verbose }).as_bytes());
        ExitCode::from(fault.kind.exit_code())
    }

    /// Now, for ages.
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        SystemClock::new().now()
    }

    /// Where runs tell how far they are.
    pub fn monitor(&self) -> Box<dyn Monitor> {
        progress::stderr()
    }

    fn line(&self, text: &str) {
        self.raw(&format!("{text}\n"));
    }

    /// A reader that went away (`| head`) is no fault of ours.
    fn raw(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}
