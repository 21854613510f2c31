//! SIGKILL around a record of the journal: how the crash matrix (tests/crash_matrix.rs) dies at a chosen one. Only the
//! store of a simulated site heeds it.

use rustix::process::{Signal, getpid, kill_process};
use std::cell::Cell;

/// `before:N` or `after:N`, the N-th record that this process appends.
const VARIABLE: &str = "OVMIRROR_CRASH";

/// Where this process dies.
#[derive(Debug, Default)]
pub(super) struct Crash {
    at: Option<(bool, u32)>,
    appended: Cell<u32>,
}

impl Crash {
    /// As the environment of a simulated site says.
    pub fn of_environment(simulated: bool) -> Self {
        let asked = if simulated { std::env::var(VARIABLE).ok() } else { None };
        Self { at: asked.as_deref().and_then(parse), appended: Cell::default() }
    }

    /// One more record is about to be made durable.
    pub fn before(&self) {
        self.appended.set(self.appended.get() + 1);
        self.die(false);
    }

    /// It is durable.
    pub fn after(&self) {
        self.die(true);
    }

    fn die(&self, after: bool) {
        if self.at == Some((after, self.appended.get())) {
            // It cannot fail towards oneself, and without it the test sees that nothing died.
            kill_process(getpid(), Signal::KILL).ok();
        }
    }
}

fn parse(text: &str) -> Option<(bool, u32)> {
    let (moment, number) = text.split_once(':')?;
    let after = match moment {
        "before" => false,
        "after" => true,
        _ => return None,
    };
    Some((after, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("before:3", Some((false, 3)))]
    #[case("after:12", Some((true, 12)))]
    #[case("after", None)]
    #[case("at:1", None)]
    #[case("before:x", None)]
    fn the_variable_names_a_record(#[case] text: &str, #[case] at: Option<(bool, u32)>) {
        assert_eq!(parse(text), at);
    }
}
