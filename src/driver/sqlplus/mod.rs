//! SQL through `sqlplus` at the host: works for idle, mounted and open instances, and needs nothing but the home.

mod answer;
mod batch;
pub mod check;
mod dialogue;
mod literal;
mod script;
mod session;
#[cfg(test)]
mod tests;

pub use dialogue::{Stood, stood};
pub use session::Session;

use crate::{
    fault::Fault,
    port::{Input, Remote, RemoteCommand, Role, Sql, SqlError, SqlSession, SqlTarget},
    text::{self, sh::OracleEnv, sqlplus::role_word},
};
use std::{sync::Arc, time::Duration};

/// The sqlplus way of `port::Sql`.
#[derive(Clone)]
pub struct SqlPlus {
    remote: Arc<dyn Remote>,
    connect: Duration,
}

impl SqlPlus {
    /// `connect` bounds the start of a session and its login.
    #[must_use]
    pub fn new(remote: Arc<dyn Remote>, connect: Duration) -> Self {
        Self { remote, connect }
    }

    /// Opens a session and keeps its type, for who needs the release.
    pub fn session(&self, target: &SqlTarget) -> Result<Session, SqlError> {
        let living = self.remote.live(&target.host, &self.command(target, self.connect)?).map_err(SqlError::Remote)?;
        let marker = session::nonce();
        let prologue = text::sqlplus::Prologue { role: role_word(target.role), marker: marker.clone() };
        let prologue = text::render(&prologue).map_err(refused)?;
        Session::open(living, &prologue, &marker, self.connect)
    }

    /// Runs a script of SQL*Plus's own commands (made by `text::sqlplus`) in a process of its own and returns what it
    /// printed. An idle instance is no failure: STARTUP is for it.
    pub fn script(&self, target: &SqlTarget, body: &str, deadline: Duration) -> Result<String, SqlError> {
        let marker = session::nonce();
        let script = text::sqlplus::Script { role: role_word(target.role), marker: &marker, body };
        let script = text::render(&script).map_err(refused)?;
        let command = self.command(target, deadline)?.input(Input::Text(script));
        let answer = self.remote.run(&target.host, &command).map_err(SqlError::Remote)?;
        script::judge(body, &(answer.text() + &answer.error_text()), &marker)
    }

    /// `sh` sets the environment and becomes sqlplus, so standard input belongs to sqlplus from its first byte.
    fn command(&self, target: &SqlTarget, deadline: Duration) -> Result<RemoteCommand, SqlError> {
        let env = OracleEnv { home: target.oracle_home.clone(), sid: target.sid.clone(), tz: target.tz.clone() };
        let script = text::render(&text::sh::Sqlplus { env: &env }).map_err(refused)?;
        Ok(RemoteCommand::words(["/bin/sh".to_owned(), "-c".to_owned(), script], deadline))
    }
}

/// The end marker of scripts that outlive the session which started them.
const FAR_MARKER: &str = "ovm-script-end";

/// A script for `driver::rman::Far` (a long RECOVER): whole text for a sqlplus of its own.
pub fn far_script(role: Role, body: &str) -> Result<String, SqlError> {
    text::render(&text::sqlplus::Script { role: role_word(role), marker: FAR_MARKER, body }).map_err(refused)
}

/// What such a script printed, if it ended well.
pub fn judge_far_script(body: &str, printed: &str) -> Result<String, SqlError> {
    script::judge(body, printed, FAR_MARKER)
}

/// A name or path that does not fit into the text.
fn refused(fault: Fault) -> SqlError {
    let message = format!("{}: {}", fault.message, fault.causes.join(": "));
    SqlError::Client { code: fault.code, message, hints: fault.hints }
}

impl Sql for SqlPlus {
    fn open(&self, target: &SqlTarget) -> Result<Box<dyn SqlSession>, SqlError> {
        Ok(Box::new(self.session(target)?))
    }
}
