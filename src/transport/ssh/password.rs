//! Getting a password from where the configuration says. Neither the password nor the command shows up in an error.

use super::{
    settings::{PasswordSource, SshHost},
    trouble::{setup, table},
};
use crate::{
    fault::{hint, hint_command},
    model::Secret,
    port::{Input, RemoteError, sh_quote},
    transport::{limit::Limit, local},
};
use std::{fs, os::unix::fs::MetadataExt, path::Path};

/// Reads the password.
pub(super) fn password(host: &SshHost, source: &PasswordSource, limit: &Limit<'_>) -> Result<Secret, RemoteError> {
    match source {
        PasswordSource::Value(secret) => Ok(secret.clone()),
        PasswordSource::File(path) => from_file(path),
        PasswordSource::Command(line) => from_command(host, line, limit),
    }
}

fn from_file(path: &Path) -> Result<Secret, RemoteError> {
    only_mine(path, "password file")?;
    let text = fs::read_to_string(path).map_err(|e| unusable(path, "password file", &e.to_string()))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(unusable(path, "password file", "it is empty"));
    }
    Ok(Secret::new(line))
}

fn from_command(host: &SshHost, line: &str, limit: &Limit<'_>) -> Result<Secret, RemoteError> {
    let words = ["/bin/sh".to_owned(), "-c".to_owned(), line.to_owned()];
    let failed = |why: String| {
        let hints = vec![hint(format!("run the `password_command` of {} by hand and see what it says", table(host)))];
        setup("SSH-022", format!("the password command of {} gave no password: {why}", host.name), hints)
    };
    let answer = local::run_words(&words, &Input::Nothing, limit).map_err(|broken| failed(broken.to_string()))?;
    if !answer.ok() {
        let status = answer.status.map_or_else(|| "a signal".to_owned(), |s| format!("status {s}"));
        return Err(failed(format!("it ended with {status}")));
    }
    // Not `text()`: a replaced byte would be a wrong password, and wrong passwords lock accounts.
    let text = String::from_utf8(answer.stdout).map_err(|_| failed("it printed bytes that are not UTF-8".into()))?;
    let first = text.lines().next().unwrap_or_default();
    if first.is_empty() { Err(failed("its first line is empty".into())) } else { Ok(Secret::new(first)) }
}

/// Refuses a secret file that is not there or that others may read.
pub fn only_mine(path: &Path, what: &str) -> Result<(), RemoteError> {
    let meta = fs::metadata(path).map_err(|e| unusable(path, what, &e.to_string()))?;
    if !meta.is_file() {
        return Err(unusable(path, what, "it is not a file"));
    }
    if meta.mode() & 0o077 != 0 {
        let why = format!("the {what} {} may be read by others (mode {:03o})", path.display(), meta.mode() & 0o777);
        let command = format!("chmod 600 {}", sh_quote(&path.display().to_string()));
        return Err(setup("SSH-021", why, vec![hint_command("keep it to yourself", command)]));
    }
    Ok(())
}

fn unusable(path: &Path, what: &str, why: &str) -> RemoteError {
    let hints = vec![hint("correct the path in the configuration, or make the file (mode 600)")];
    setup("SSH-021", format!("the {what} {} cannot be used: {why}", path.display()), hints)
}
