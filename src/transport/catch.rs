//! Where a command's output goes while it comes.

use std::io::Write;

/// Standard output that `run` keeps in memory at most; more belongs to `fetch`.
pub(super) const MOST_KEPT: usize = 64 << 20;
/// Of standard error at least this much is kept, from the end.
const STDERR_KEPT: usize = 1 << 20;
/// This much of the output is shown when the answer is lost.
const SHOWN: usize = 4000;

/// Standard output, kept or streamed.
pub(super) enum Catch<'a> {
    /// Kept, up to a limit.
    Keep(Vec<u8>, usize),
    /// Given on.
    Stream(&'a mut dyn Write),
}

impl Catch<'_> {
    /// Keeps up to [`MOST_KEPT`].
    pub(super) fn kept() -> Self {
        Self::Keep(Vec::new(), MOST_KEPT)
    }

    /// Takes the next bytes; the text says why it cannot.
    pub(super) fn take(&mut self, data: &[u8]) -> Result<(), String> {
        match self {
            Self::Keep(kept, most) if kept.len() + data.len() > *most => {
                Err(format!("it printed more than {} MiB; such output has to be streamed", *most >> 20))
            }
            Self::Keep(kept, _) => {
                kept.extend_from_slice(data);
                Ok(())
            }
            Self::Stream(sink) => sink.write_all(data).map_err(|e| format!("its output cannot be written here: {e}")),
        }
    }

    /// Called when all has come.
    pub(super) fn end(&mut self) -> Result<(), String> {
        match self {
            Self::Keep(..) => Ok(()),
            Self::Stream(sink) => sink.flush().map_err(|e| format!("its output cannot be written here: {e}")),
        }
    }

    /// What was kept.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Keep(kept, _) => kept,
            Self::Stream(_) => Vec::new(),
        }
    }
}

/// Both outputs of a command.
pub(super) struct Caught<'a> {
    pub(super) stdout: Catch<'a>,
    pub(super) stderr: Vec<u8>,
}

impl<'a> Caught<'a> {
    /// Nothing came yet.
    pub(super) fn new(stdout: Catch<'a>) -> Self {
        Self { stdout, stderr: Vec::new() }
    }

    /// The end of what came, for an error.
    pub(super) fn shown(&self) -> String {
        match &self.stdout {
            Catch::Keep(kept, _) => shown(kept, &self.stderr),
            Catch::Stream(_) => shown(&[], &self.stderr),
        }
    }
}

/// Adds to standard error; keeps the end of it, because that is where the reason stands.
pub(super) fn keep_end(kept: &mut Vec<u8>, data: &[u8]) {
    kept.extend_from_slice(data);
    if kept.len() > 2 * STDERR_KEPT {
        kept.drain(..kept.len() - STDERR_KEPT);
    }
}

/// The end of what was printed, for an error.
pub(super) fn shown(stdout: &[u8], stderr: &[u8]) -> String {
    let tail = |bytes: &[u8]| String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(SHOWN)..]).into_owned();
    let (out, err) = (tail(stdout), tail(stderr));
    if out.is_empty() || err.is_empty() { out + &err } else { format!("{}\n{err}", out.trim_end()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_is_refused_with_the_limit() {
        let mut catch = Catch::Keep(Vec::new(), 2 << 20);
        catch.take(&[0; 1 << 20]).unwrap();
        catch.take(&[0; 1 << 20]).unwrap();
        assert!(catch.take(b"x").unwrap_err().contains("more than 2 MiB"));
    }

    #[test]
    fn the_end_of_standard_error_stays() {
        let mut kept = Vec::new();
        for _ in 0..40 {
            keep_end(&mut kept, &[b'a'; 100_000]);
        }
        keep_end(&mut kept, b"the reason");
        assert!(kept.len() <= 2 * STDERR_KEPT && kept.ends_with(b"the reason"));
        assert_eq!(shown(b"out\n", b"err"), "out\nerr");
    }
}
