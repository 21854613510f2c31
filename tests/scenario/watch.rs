//! The product at work, watched by what it says, and killed at a step.
#![allow(dead_code, reason = "several test programs share this file, and none needs all of it")]

use super::site::{Said, Site};
use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

/// It works, and its standard error is read.
pub struct Watched {
    child: Child,
    lines: BufReader<std::process::ChildStderr>,
    said: String,
}

impl Watched {
    /// Starts it.
    pub fn start(site: &Site, args: &[&str]) -> Self {
        let mut child = site.command(args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap());
        Self { child, lines, said: String::new() }
    }

    /// Starts it and kills it as soon as a step begins; gives the run.
    pub fn killed_at(site: &Site, args: &[&str], step: &str) -> String {
        let mut watched = Self::start(site, args);
        watched.must_reach(&format!("] {step}: "));
        let run = watched.run();
        watched.kill();
        run
    }

    /// Reads until a line with this text; false when it ended before.
    pub fn reaches(&mut self, text: &str) -> bool {
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).unwrap() == 0 {
                return false;
            }
            self.said.push_str(&line);
            if line.contains(text) {
                return true;
            }
        }
    }

    /// The same, which must happen.
    pub fn must_reach(&mut self, text: &str) -> &mut Self {
        assert!(self.reaches(text), "`{text}` was never said:\n{}", self.said);
        self
    }

    /// Whether it still works.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// The id of the last run that was announced.
    pub fn run(&self) -> String {
        let mut announced =
            self.said.lines().filter_map(|line| line.strip_prefix("Run ")).filter(|line| line.contains(" steps"));
        announced.next_back().unwrap().split(':').next().unwrap().to_owned()
    }

    /// A signal by its name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end.
    pub fn end(mut self) -> Said {
        self.reaches("\u{0}");
        let status = self.child.wait().unwrap().code().unwrap_or(-1);
        Said { status, stdout: String::new(), stderr: std::mem::take(&mut self.said) }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
