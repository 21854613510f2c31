//! RMAN while we wait, for what changes nothing: should the connection go, nothing is lost but the answer.

use super::{RmanError, RmanLog, verdict};
use crate::{
    model::HostName,
    port::{Input, Remote, RemoteCommand},
    text::{
        self,
        sh::{self, OracleEnv},
    },
};
use std::time::Duration;

/// Runs the text and judges what was printed. A signal counts as status -1.
pub fn short(
    remote: &dyn Remote,
    host: &HostName,
    env: &OracleEnv,
    text: &str,
    deadline: Duration,
) -> Result<RmanLog, RmanError> {
    let script = text::render(&sh::Rman { env }).map_err(|fault| RmanError::Text(Box::new(fault)))?;
    let words = ["/bin/sh".to_owned(), "-c".to_owned(), script];
    let command = RemoteCommand::words(words, deadline).input(Input::Text(text.to_owned()));
    let answer = remote.run(host, &command).map_err(RmanError::Remote)?;
    verdict(answer.status.unwrap_or(-1), &[answer.stdout, answer.stderr].concat())
}
