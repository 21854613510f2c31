//! The errors of connecting, each with what to do about it.

use super::{
    known_hosts::{fingerprint, key_kind, line_for, name},
    link::Broken,
    settings::SshHost,
};
use crate::{
    fault::{Hint, hint, hint_command},
    port::{RemoteError, sh_quote},
};
use std::path::Path;

/// `LIBSSH2_ERROR_KEX_FAILURE`, `LIBSSH2_ERROR_METHOD_NONE` (libssh2.h): no algorithm in common.
const NO_COMMON: [i32; 2] = [-5, -17];

pub(super) fn cannot(host: &SshHost, code: &'static str, why: impl Into<String>, hints: Vec<Hint>) -> RemoteError {
    RemoteError::CannotConnect { host: host.name.clone(), why: why.into(), hints, code }
}

pub(super) fn setup(code: &'static str, why: impl Into<String>, hints: Vec<Hint>) -> RemoteError {
    RemoteError::Setup { why: why.into(), hints, code }
}

/// The table of the configuration that a host stands in.
pub(super) fn table(host: &SshHost) -> String {
    if host.manager { "[manager]".to_owned() } else { format!("[hosts.{}]", host.name) }
}

/// `ssh` as a person would type it.
pub(super) fn ssh_line(host: &SshHost) -> String {
    format!("ssh -p {} {}", host.port, sh_quote(&format!("{}@{}", host.user, host.address)))
}

pub(super) fn no_tcp(host: &SshHost, why: &str) -> RemoteError {
    let hints = vec![
        hint(format!("check `address` and `port` in {}, name service and firewall", table(host))),
        hint_command("try it by hand", ssh_line(host)),
    ];
    cannot(host, "SSH-001", format!("{} port {}: {why}", host.address, host.port), hints)
}

pub(super) fn unknown_key(host: &SshHost, file: &Path, key: &[u8]) -> RemoteError {
    let line = line_for(&host.address, host.port, key);
    let kind = key_kind(key).unwrap_or_default();
    let hints = vec![
        hint(format!("its {kind} key has the fingerprint {}; compare it with the host's own", fingerprint(key))),
        hint_command(
            "if they are the same, add the key",
            format!("echo {} >> {}", sh_quote(&line), sh_quote(&file.display().to_string())),
        ),
    ];
    let shown = name(&host.address, host.port);
    cannot(host, "SSH-002", format!("{shown} is not in {}", file.display()), hints)
}

pub(super) fn wrong_key(host: &SshHost, file: &Path, line: usize, held: &str, key: &[u8]) -> RemoteError {
    let shown = name(&host.address, host.port);
    let kind = key_kind(key).unwrap_or_default();
    let why = format!(
        "{shown} shows a {kind} key with the fingerprint {}, but {} line {line} has another one ({held}); \
         somebody may be listening in between",
        fingerprint(key),
        file.display(),
    );
    let remove = format!("ssh-keygen -R {} -f {}", sh_quote(&shown), sh_quote(&file.display().to_string()));
    let hints = vec![
        hint("ask the host's administrator whether its key was changed on purpose; if not, do not go on"),
        hint_command("only if it was: remove the old key, then add the new one as the next run tells", remove),
    ];
    cannot(host, "SSH-003", why, hints)
}

pub(super) fn revoked_key(host: &SshHost, file: &Path, line: usize, key: &[u8]) -> RemoteError {
    let why = format!("its key {} is revoked by {} line {line}", fingerprint(key), file.display());
    cannot(host, "SSH-007", why, vec![hint("give the host a new key; a revoked one is never accepted")])
}

/// A failed handshake; `offer` is what the host offers, where it could be read.
pub(super) fn no_handshake(host: &SshHost, broken: &Broken, offer: Option<String>) -> RemoteError {
    match broken {
        Broken::Ssh(code, _) if NO_COMMON.contains(code) => no_common(host, offer),
        _ => cannot(host, "SSH-006", format!("the SSH handshake failed: {broken}"), vec![by_hand(host)]),
    }
}

fn no_common(host: &SshHost, offer: Option<String>) -> RemoteError {
    let offered = offer.map_or_else(String::new, |offer| format!("; it offers {offer}"));
    let why = format!("no SSH algorithm in common{offered}");
    let mut hints = Vec::new();
    if !host.legacy {
        hints.push(hint(format!(
            "if it is an old system (Oracle Linux 5 or 6, an Oracle VM Server, an old manager), put \
             `legacy_ssh = true` into {}: it allows SHA-1, DSA and CBC for this host only",
            table(host)
        )));
    }
    hints.push(by_hand(host));
    cannot(host, "SSH-004", why, hints)
}

fn by_hand(host: &SshHost) -> Hint {
    hint_command("see what an SSH client says", format!("ssh -v -p {} {}", host.port, sh_quote(&host.address)))
}

/// All ways to log in were refused.
pub(super) fn refused(host: &SshHost, tried: &[String], offered: &[String]) -> RemoteError {
    let tried = if tried.is_empty() { "nothing".to_owned() } else { tried.join("; ") };
    let offered = if offered.is_empty() { "nothing".to_owned() } else { offered.join(", ") };
    let why = format!("login as {} was refused; tried: {tried}; the host accepts: {offered}", host.user);
    cannot(host, "SSH-005", why, refused_hints(host))
}

fn refused_hints(host: &SshHost) -> Vec<Hint> {
    if host.manager && host.key.is_some() && host.password.is_none() {
        return vec![
            hint_command(
                "the OVM CLI accepts keys only after one password login since its last start; log in once, type `exit`",
                ssh_line(host),
            ),
            hint("or set `password_file` or `password_command` in [manager] beside `key`: then it is done for you"),
        ];
    }
    let set = format!("set `key`, `password_file` or `password_command` in {}", table(host));
    vec![hint(set), hint_command("try it by hand", ssh_line(host))]
}
