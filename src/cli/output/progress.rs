//! Progress on stderr: a line that moves on a terminal, else one plain line for each step's beginning and end.

use super::{
    error::clean,
    units::{bytes, duration},
};
use crate::port::{Amount, Event, Monitor};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::{IsTerminal, Write},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Writes one line per event; for logs, pipes and tests.
pub struct Lines {
    inner: Mutex<LinesState>,
}

struct LinesState {
    to: Box<dyn Write + Send>,
    place: Place,
    /// Percentage that was printed last, so that a long step prints at most ten lines.
    tenth: u64,
}

/// Where in the run we are.
#[derive(Default)]
struct Place {
    steps: usize,
    index: usize,
}

/// A spinner with the step, its time and, where the step tells, bytes and speed.
pub struct Moving {
    inner: Mutex<(ProgressBar, Place)>,
}

/// The monitor for stderr: moving on a terminal that can, else lines.
#[must_use]
pub fn stderr() -> Box<dyn Monitor> {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if std::io::stderr().is_terminal() && !dumb {
        Box::new(Moving::new())
    } else {
        Box::new(Lines::new(std::io::stderr()))
    }
}

/// Whether stderr takes colours: a terminal, and `NO_COLOR` is unset or empty (no-color.org).
#[must_use]
pub fn colour() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stderr().is_terminal() && !refused
}

impl Lines {
    /// A monitor that writes to `to`.
    pub fn new(to: impl Write + Send + 'static) -> Self {
        Self { inner: Mutex::new(LinesState { to: Box::new(to), place: Place::default(), tenth: 0 }) }
    }
}

impl Monitor for Lines {
    fn tell(&self, event: &Event) {
        let mut state = locked(&self.inner);
        state.place.follow(event);
        let line = match event {
            Event::Progress { done, total, of, text } => state.step_on((*done, *total), *of, text),
            other => {
                state.tenth = 0;
                line(other, &state.place)
            }
        };
        if let Some(line) = line {
            // Progress that cannot be written (a closed pipe) must not end a run.
            let _ = writeln!(state.to, "{line}");
        }
    }
}

impl LinesState {
    fn step_on(&mut self, (done, total): (u64, u64), of: Amount, text: &str) -> Option<String> {
        let tenth = u64::try_from(u128::from(done) * 10 / u128::from(total.max(1))).unwrap_or(10);
        if tenth <= self.tenth {
            return None;
        }
        self.tenth = tenth;
        let say = |n: u64| if of == Amount::Bytes { bytes(n) } else { n.to_string() };
        Some(format!("{} {text}: {} of {}", self.place.mark(), say(done), say(total)))
    }
}

impl Place {
    fn follow(&mut self, event: &Event) {
        match event {
            Event::RunStarted { steps, .. } => (self.steps, self.index) = (*steps, 0),
            Event::StepStarted { index, .. } => self.index = *index,
            _ => {}
        }
    }

    fn mark(&self) -> String {
        let width = self.steps.to_string().len();
        format!("[{:>width$}/{}]", self.index, self.steps)
    }
}

/// The line of an event; `None` where there is nothing to say.
fn line(event: &Event, place: &Place) -> Option<String> {
    let mark = place.mark();
    Some(match event {
        Event::RunStarted { run, flow, steps } => format!("Run {run}: {flow}, {steps} steps"),
        Event::StepStarted { step, text, undo: false, .. } => format!("{mark} {step}: {text}"),
        Event::StepStarted { step, text, undo: true, .. } => format!("{mark} undo {step}: take back: {text}"),
        Event::StepDone { step, took, skipped: None, undo } => {
            format!("{mark} {}{step}: done in {}", if *undo { "undo " } else { "" }, duration(*took))
        }
        Event::StepDone { step, skipped: Some(why), .. } => format!("{mark} {step}: skipped, {why}"),
        Event::StepFailed { step, fault } => clean(&format!("{mark} {step}: failed: {fault}")),
        Event::Note(text) => format!("Note: {text}"),
        Event::RunEnded { run, state } => format!("Run {run}: {state}"),
        Event::Progress { .. } => return None,
    })
}

impl Moving {
    /// On stderr.
    #[must_use]
    pub fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        bar.set_style(spinner());
        Self { inner: Mutex::new((bar, Place::default())) }
    }
}

impl Default for Moving {
    fn default() -> Self {
        Self::new()
    }
}

impl Monitor for Moving {
    fn tell(&self, event: &Event) {
        let mut inner = locked(&self.inner);
        inner.1.follow(event);
        let (bar, place) = &*inner;
        match event {
            Event::StepStarted { step, text, undo, .. } => {
                let undo = if *undo { "take back: " } else { "" };
                bar.set_style(spinner());
                bar.reset();
                bar.set_message(format!("{} {step}: {undo}{text}", place.mark()));
                bar.enable_steady_tick(Duration::from_millis(120));
            }
            Event::Progress { done, total, of, text } => {
                bar.set_style(gauge(*of));
                bar.set_length(*total);
                bar.set_position(*done);
                bar.set_message(format!("{} {text}", place.mark()));
            }
            Event::RunEnded { .. } => {
                bar.disable_steady_tick();
                bar.finish_and_clear();
                bar.println(line(event, place).unwrap_or_default());
            }
            other => bar.println(line(other, place).unwrap_or_default()),
        }
    }
}

fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}").unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn gauge(of: Amount) -> ProgressStyle {
    let template = match of {
        Amount::Bytes => {
            "{spinner} {msg} [{bar:24}] {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {elapsed}"
        }
        Amount::Pieces => "{spinner} {msg} [{bar:24}] {pos}/{len} {elapsed}",
    };
    ProgressStyle::with_template(template)
        .map(|style| style.progress_chars("=> "))
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// A poisoned lock is no reason to be silent.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Fault, Kind};
    use std::sync::Arc;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            locked(&self.0).write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn started(step: &str, index: usize, undo: bool) -> Event {
        Event::StepStarted { step: step.into(), text: format!("do {step}"), index, undo }
    }

    fn done(step: &str, skipped: Option<&str>, undo: bool) -> Event {
        let took = Duration::from_millis(1200);
        Event::StepDone { step: step.into(), took, skipped: skipped.map(Into::into), undo }
    }

    fn events() -> Vec<Event> {
        let run = "ORCL-20261121T204512-4f2a".to_owned();
        let progress = |done| Event::Progress { done, total: 1 << 30, of: Amount::Bytes, text: "to tape".into() };
        vec![
            Event::RunStarted { run: run.clone(), flow: "snapshot".into(), steps: 10 },
            started("begin", 1, false),
            done("begin", None, false),
            started("clone:2", 2, false),
            progress(1),
            progress(1 << 29),
            progress((1 << 29) + 1),
            progress(1 << 30),
            done("clone:2", Some("it is there"), false),
            Event::Progress { done: 1, total: 3, of: Amount::Pieces, text: "logs".into() },
            Event::Note("a note".into()),
            started("end", 3, false),
            Event::StepFailed {
                step: "end".into(),
                fault: Fault::new(Kind::External, "ORA-01142", "not in backup mode"),
            },
            started("begin", 1, true),
            done("begin", None, true),
            Event::RunEnded { run, state: "undone".into() },
        ]
    }

    #[test]
    fn plain_lines() {
        let sink = Sink::default();
        let lines = Lines::new(sink.clone());
        events().iter().for_each(|event| lines.tell(event));
        let expected = "\
Run ORCL-20261121T204512-4f2a: snapshot, 10 steps
[ 1/10] begin: do begin
[ 1/10] begin: done in 1.2 s
[ 2/10] clone:2: do clone:2
[ 2/10] to tape: 512.0 MiB of 1.0 GiB
[ 2/10] to tape: 1.0 GiB of 1.0 GiB
[ 2/10] clone:2: skipped, it is there
[ 2/10] logs: 1 of 3
Note: a note
[ 3/10] end: do end
[ 3/10] end: failed: ORA-01142: not in backup mode
[ 1/10] undo begin: take back: do begin
[ 1/10] undo begin: done in 1.2 s
Run ORCL-20261121T204512-4f2a: undone
";
        assert_eq!(String::from_utf8(locked(&sink.0).clone()).unwrap(), expected);
    }

    #[test]
    fn templates_of_the_moving_line_are_right() {
        assert!(ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}").is_ok());
        let moving = Moving::new();
        events().iter().for_each(|event| moving.tell(event));
    }
}
