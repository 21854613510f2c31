//! The answer's shape (reference 2.1): `Command:`, `Status:`, `Time:`, `JobId:`, `Data:` or `Error Msg:`.

use super::dialect::Release;
use chrono::{DateTime, Utc};

/// What a command answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The jobs it made.
    pub jobs: Vec<u64>,
    /// Lines for `Data:` (none: no such line), or the text of the failure.
    pub result: Result<Option<Vec<String>>, String>,
}

impl Block {
    /// Done, with lines.
    #[must_use]
    pub const fn data(lines: Vec<String>) -> Self {
        Self { jobs: Vec::new(), result: Ok(Some(lines)) }
    }

    /// Done, nothing to show.
    #[must_use]
    pub const fn done() -> Self {
        Self { jobs: Vec::new(), result: Ok(None) }
    }

    /// Failed.
    #[must_use]
    pub const fn failure(text: String) -> Self {
        Self { jobs: Vec::new(), result: Err(text) }
    }
}

/// How a session wants its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// With the header lines.
    #[default]
    Verbose,
    /// Results without the header lines.
    Sparse,
}

/// The lines of an answer, without line ends.
#[must_use]
pub fn render(block: &Block, command: &str, mode: Mode, release: Release, now: DateTime<Utc>) -> Vec<String> {
    let mut lines = Vec::new();
    if mode == Mode::Verbose {
        lines.push(format!("Command: {command}"));
        lines.push(format!("Status: {}", if block.result.is_ok() { "Success" } else { "Failure" }));
        lines.push(format!("Time: {}", now.format("%Y-%m-%d %H:%M:%S,%3f %Z")));
        if release.shows_jobs() && !block.jobs.is_empty() {
            lines.push(format!("JobId: {}", join(&block.jobs)));
        }
    }
    match &block.result {
        Ok(None) => {}
        Ok(Some(data)) => {
            // The trailing blank is real (reference 2.1).
            lines.extend((mode == Mode::Verbose).then(|| "Data: ".to_owned()));
            lines.extend(data.iter().map(|line| format!("  {line}")));
        }
        Err(text) => lines.push(format!("Error Msg: {text}")),
    }
    lines
}

fn join(jobs: &[u64]) -> String {
    jobs.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

/// Breaks a line where one transcript broke it: at 189 characters (reference 1, quirk `echo-wraps`).
#[must_use]
pub fn wrapped(line: &str) -> Vec<String> {
    let chars: Vec<char> = line.chars().collect();
    chars.chunks(189).map(|part| part.iter().collect()).collect()
}

/// Bytes as GiB, written as Java writes a double that was rounded to two digits: `200.0`, `0.29`.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn gib(bytes: u64) -> String {
    let rounded = (bytes as f64 / f64::from(1 << 30) * 100.0).round() / 100.0;
    format!("{rounded:?}")
}

/// `id  [name]`: two blanks.
#[must_use]
pub fn reference(id: &str, name: &str) -> String {
    format!("{id}  [{name}]")
}

/// What line garbling makes of an answer: lengths stay, words go.
#[must_use]
pub fn garbled(text: &str) -> String {
    let noise = |(i, c): (usize, char)| if c.is_control() || i % 3 != 0 { c } else { '\u{7f}' };
    text.chars().enumerate().map(noise).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;
    use rstest::rstest;

    fn at() -> DateTime<Utc> {
        Utc.timestamp_millis_opt(1_582_725_527_940).unwrap()
    }

    #[test]
    fn a_create_on_3_4_looks_like_the_transcript() {
        let block = Block { jobs: vec![1_582_725_527_174], result: Ok(Some(vec!["id:1  name:a".to_owned()])) };
        assert_eq!(
            render(&block, "create Tag name=a", Mode::Verbose, Release::V3_4, at()),
            [
                "Command: create Tag name=a",
                "Status: Success",
                "Time: 2020-02-26 13:58:47,940 UTC",
                "JobId: 1582725527174",
                "Data: ",
                "  id:1  name:a"
            ]
        );
        assert_eq!(render(&block, "c", Mode::Verbose, Release::V3_3, at())[3], "Data: ");
        assert_eq!(render(&block, "c", Mode::Sparse, Release::V3_4, at()), ["  id:1  name:a"]);
    }

    #[test]
    fn a_failure_has_its_prefix() {
        let lines = render(&Block::failure("no".to_owned()), "x", Mode::Verbose, Release::V3_4, at());
        assert_eq!(lines[1], "Status: Failure");
        assert_eq!(lines[3], "Error Msg: no");
    }

    #[rstest]
    #[case(200 << 30, "200.0")]
    #[case(300 << 20, "0.29")]
    #[case(0, "0.0")]
    fn sizes(#[case] bytes: u64, #[case] text: &str) {
        assert_eq!(gib(bytes), text);
    }

    #[test]
    fn a_long_echo_is_broken_at_189() {
        let parts = wrapped(&"x".repeat(200));
        assert_eq!(parts.iter().map(String::len).collect::<Vec<_>>(), [189, 11]);
    }

    #[test]
    fn garbling_hides_the_status() {
        assert!(!garbled("Status: Success").contains("Success"));
        assert_eq!(garbled("a\n\rb").chars().count(), 4);
    }
}
