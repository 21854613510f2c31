//! A living sqlplus.

use super::{
    answer::{self, Format},
    batch,
};
use crate::{
    port::{Living, Outcome, RemoteError, SqlError, SqlSession, Statement},
    text::Release,
};
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

/// A text that no statement prints by chance. Not a secret, only unlikely.
#[must_use]
pub fn nonce() -> String {
    format!("ovm-{:016x}", RandomState::new().build_hasher().finish())
}

/// An open session; one write and one read per batch.
pub struct Session {
    living: Box<dyn Living>,
    release: Option<Release>,
    over: bool,
}

impl Session {
    /// Connects: sends the prologue and reads who is there.
    pub fn open(mut living: Box<dyn Living>, text: &str, marker: &str, deadline: Duration) -> Result<Self, SqlError> {
        let (printed, whole) = exchange(living.as_mut(), text, &format!("{marker}-open"), deadline)?;
        let connected = format!("{marker}-connected");
        let (login, rest) = printed.split_once(&connected).unwrap_or((printed.as_str(), ""));
        if let Some(missing) = printed.lines().find(|line| line.starts_with("ovm-missing")) {
            return Err(no_client(missing));
        }
        if let Some((code, text)) = answer::error_in(login) {
            return Err(answer::failure("CONNECT", code, text, 0));
        }
        if !whole {
            return Err(answer::not_understood("CONNECT", "the session ended", &printed));
        }
        Ok(Self { living, release: release(rest)?, over: false })
    }

    /// The release, unless the instance is idle.
    #[must_use]
    pub fn release(&self) -> Option<Release> {
        self.release
    }
}

/// `ovm-release 19.0.0.0.0`, or the error of an idle instance (ORA-01034), which is no failure to connect.
fn release(printed: &str) -> Result<Option<Release>, SqlError> {
    if let Some(version) = printed.lines().find_map(|line| line.trim().strip_prefix("ovm-release ")) {
        let parsed = version.parse().map_err(|_| answer::not_understood("instance/release", "no release", version));
        return parsed.map(Some);
    }
    match answer::error_in(printed) {
        Some((code, _)) if code == "ORA-01034" || code == "ORA-01507" => Ok(None),
        Some((code, text)) => Err(answer::failure("instance/release", code, text, 0)),
        None => Err(answer::not_understood("instance/release", "no release", printed)),
    }
}

fn no_client(line: &str) -> SqlError {
    let message = format!("sqlplus was not found: {}", line.trim_start_matches("ovm-missing "));
    let hints = vec![crate::fault::hint("set `oracle_home` to the home that the instance runs from")];
    SqlError::Client { code: "SQL-010".to_owned(), message, hints }
}

/// Sends and reads up to the marker. An end of the far program before it is an answer too: what it printed, and false.
pub(super) fn exchange(
    living: &mut dyn Living,
    text: &str,
    marker: &str,
    deadline: Duration,
) -> Result<(String, bool), SqlError> {
    // A program that ended at once may make the write fail; what it printed says why, so it is read in any case.
    let sent = living.send(text);
    match (living.read_until(marker, deadline), sent) {
        (Ok(printed), Ok(())) => Ok((printed, true)),
        (Err(RemoteError::NoAnswer { output, .. }), _) if says_why(&output) => Ok((output, false)),
        (_, Err(error)) | (Err(error), Ok(())) => Err(SqlError::Remote(error)),
    }
}

fn says_why(output: &str) -> bool {
    answer::error_in(output).is_some() || output.contains("ovm-missing")
}

impl SqlSession for Session {
    fn batch(&mut self, statements: &[Statement], deadline: Duration) -> Result<Vec<Outcome>, SqlError> {
        if self.over {
            let message = "the session ended with an earlier failure; open another one".to_owned();
            return Err(SqlError::Client { code: "SQL-004".to_owned(), message, hints: Vec::new() });
        }
        let (format, nonce) = (Format::of(self.release), nonce());
        let text = batch::text(statements, format, &nonce)?;
        let answered = exchange(self.living.as_mut(), &text, &format!("{nonce}-end"), deadline);
        let (printed, whole) = answered.inspect_err(|_| self.over = true)?;
        self.over = !whole;
        let found = batch::outcomes(statements, format, &nonce, &printed, whole);
        // After an error that should have stopped it the session's state is not known: it is not used again.
        self.over |= found.is_err() && batch::must_stop(statements);
        found
    }
}
