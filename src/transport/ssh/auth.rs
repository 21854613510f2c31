//! Logging in: agent, key, password, keyboard-interactive, in this order, as far as host and configuration offer them.

use super::{
    link::{Broken, Link},
    password::{only_mine, password},
    settings::SshHost,
    trouble::{cannot, refused, setup},
};
use crate::{
    fault::{hint, hint_command},
    model::Secret,
    port::{RemoteError, sh_quote},
    transport::limit::Limit,
};
use ssh2::{KeyboardInteractivePrompt, Prompt, PublicKey};
use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

/// libssh2.h: the server said no (`AUTHENTICATION_FAILED`, `PUBLICKEY_UNVERIFIED`), not the connection.
const REFUSED: [i32; 2] = [-18, -19];
/// libssh2.h: `FILE`, `METHOD_NONE`, `KEYFILE_AUTH_FAILED`, `ALGO_UNSUPPORTED`: our key file cannot be used.
const BAD_KEY: [i32; 4] = [-16, -17, -48, -51];

/// How one way of logging in ended.
enum Login {
    Accepted,
    Refused,
}

/// One attempt to log in on one session.
pub(super) struct Door<'a> {
    pub(super) host: &'a SshHost,
    pub(super) link: &'a Link,
    pub(super) limit: Limit<'a>,
    /// Set once the password was refused: it is not tried again by this process, because the manager's account locks
    /// after a few wrong ones.
    pub(super) bad_password: &'a AtomicBool,
}

impl Door<'_> {
    /// Logs in, or says what was tried and what the host would accept.
    pub(super) fn enter(&self) -> Result<(), RemoteError> {
        let offered = self.offered()?;
        let mut tried = Vec::new();
        let allows = |method: &str| offered.iter().any(|m| m == method);
        if self.link.session.authenticated() {
            return Ok(());
        }
        let by_key = allows("publickey") && (self.agent(&mut tried)? || self.key(&mut tried)?);
        if by_key || self.password(&mut tried, allows("password"), allows("keyboard-interactive"))? {
            return Ok(());
        }
        Err(refused(self.host, &tried, &offered))
    }

    /// The methods that the host names when asked with "none" (RFC 4252, 5.2).
    fn offered(&self) -> Result<Vec<String>, RemoteError> {
        let user = self.host.user.as_str();
        let list = self.link.drive(&self.limit, |session| {
            // An error number of an earlier call may stand when "none" was enough.
            if session.authenticated() { Ok(String::new()) } else { session.auth_methods(user).map(str::to_owned) }
        });
        match list {
            Ok(list) => Ok(list.split(',').filter(|m| !m.is_empty()).map(str::to_owned).collect()),
            Err(_) if self.link.session.authenticated() => Ok(Vec::new()),
            Err(broken) => Err(self.lost(&broken)),
        }
    }

    fn agent(&self, tried: &mut Vec<String>) -> Result<bool, RemoteError> {
        if !self.host.use_agent {
            return Ok(false);
        }
        let mut agent = self.link.session.agent().map_err(|e| self.no_agent(e.message()))?;
        agent.connect().and_then(|()| agent.list_identities()).map_err(|e| self.no_agent(e.message()))?;
        let keys = agent.identities().map_err(|e| self.no_agent(e.message()))?;
        for key in &keys {
            let login = |_: &ssh2::Session| agent.userauth(&self.host.user, key);
            if matches!(self.outcome(self.link.drive(&self.limit, login))?, Login::Accepted) {
                return Ok(true);
            }
            tried.push(format!("agent key {}", agent_name(key)));
        }
        if keys.is_empty() {
            tried.push("an agent without keys".to_owned());
        }
        Ok(false)
    }

    fn key(&self, tried: &mut Vec<String>) -> Result<bool, RemoteError> {
        let Some(path) = &self.host.key else { return Ok(false) };
        only_mine(path, "key file")?;
        let login = self.link.drive(&self.limit, |s| s.userauth_pubkey_file(&self.host.user, None, path, None));
        match login {
            Err(Broken::Ssh(code, text)) if BAD_KEY.contains(&code) => Err(bad_key(path, &text)),
            other => match self.outcome(other)? {
                Login::Accepted => Ok(true),
                Login::Refused => {
                    tried.push(format!("key {}", path.display()));
                    Ok(false)
                }
            },
        }
    }

    fn password(&self, tried: &mut Vec<String>, plain: bool, interactive: bool) -> Result<bool, RemoteError> {
        let Some(source) = self.host.password.as_ref().filter(|_| plain || interactive) else { return Ok(false) };
        if self.bad_password.load(Ordering::SeqCst) {
            tried.push("not the password again, it was refused before and the account could lock".to_owned());
            return Ok(false);
        }
        let secret = password(self.host, source, &self.limit)?;
        if plain && self.plain_password(&secret)? {
            return Ok(true);
        }
        // Where both are offered the same password was just refused; a second try would only count against the account.
        if !plain && self.interactive(&secret)? {
            return Ok(true);
        }
        self.bad_password.store(true, Ordering::SeqCst);
        tried.push(if plain { "password" } else { "password (keyboard-interactive)" }.to_owned());
        Ok(false)
    }

    fn plain_password(&self, secret: &Secret) -> Result<bool, RemoteError> {
        let login = self.link.drive(&self.limit, |s| s.userauth_password(&self.host.user, secret.reveal()));
        Ok(matches!(self.outcome(login)?, Login::Accepted))
    }

    fn interactive(&self, secret: &Secret) -> Result<bool, RemoteError> {
        let mut answers = Answers(secret);
        let login = self.link.drive(&self.limit, |s| s.userauth_keyboard_interactive(&self.host.user, &mut answers));
        Ok(matches!(self.outcome(login)?, Login::Accepted))
    }

    fn outcome(&self, login: Result<(), Broken>) -> Result<Login, RemoteError> {
        match login {
            Ok(()) => Ok(Login::Accepted),
            Err(Broken::Ssh(code, _)) if REFUSED.contains(&code) => Ok(Login::Refused),
            Err(broken) => Err(self.lost(&broken)),
        }
    }

    fn lost(&self, broken: &Broken) -> RemoteError {
        let hints = vec![hint("look into the host's SSH log; too many keys in an agent have this effect too")];
        cannot(self.host, "SSH-006", format!("the login as {} broke off: {broken}", self.host.user), hints)
    }

    fn no_agent(&self, why: &str) -> RemoteError {
        let hints = vec![
            hint_command("start an agent and add the key", "eval \"$(ssh-agent)\" && ssh-add"),
            hint("or set `key` for this host"),
        ];
        setup("SSH-024", format!("the SSH agent cannot be used for {}: {why}", self.host.name), hints)
    }
}

fn agent_name(key: &PublicKey) -> String {
    if key.comment().is_empty() { super::known_hosts::fingerprint(key.blob()) } else { key.comment().to_owned() }
}

fn bad_key(path: &Path, text: &str) -> RemoteError {
    let shown = sh_quote(&path.display().to_string());
    let hints = vec![
        hint_command("see whether it is a private key without passphrase", format!("ssh-keygen -y -P '' -f {shown}")),
        hint("a key with a passphrase belongs into an agent: ssh-add it and leave `key` out"),
    ];
    setup("SSH-021", format!("the key file {} cannot be used: {text}", path.display()), hints)
}

/// Answers what is asked without echo, and nothing else.
struct Answers<'a>(&'a Secret);

impl KeyboardInteractivePrompt for Answers<'_> {
    fn prompt<'b>(&mut self, _user: &str, _text: &str, prompts: &[Prompt<'b>]) -> Vec<String> {
        let answer = |prompt: &Prompt<'b>| if prompt.echo { String::new() } else { self.0.reveal().to_owned() };
        prompts.iter().map(answer).collect()
    }
}
