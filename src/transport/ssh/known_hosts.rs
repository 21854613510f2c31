//! The known_hosts file: format of sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
//!
//! It is read here and not by libssh2, because libssh2 takes no notice of markers: a `@revoked` line would count as
//! a good key. Nothing is ever added to the file by us.

use base64ct::{Base64, Base64Unpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// One usable line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    line: usize,
    revoked: bool,
    hosts: String,
    kind: String,
    key: Vec<u8>,
}

/// What the file says of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the key of that host.
    Known,
    /// No key of this host stands in the file.
    Unknown,
    /// Another key of this host stands in that line.
    Mismatch {
        /// Line number from 1.
        line: usize,
        /// Type of the key that stands there.
        kind: String,
    },
    /// That line forbids the key.
    Revoked {
        /// Line number from 1.
        line: usize,
    },
}

/// The lines of a known_hosts file.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownHosts {
    entries: Vec<Entry>,
}

impl KnownHosts {
    /// Reads the text. Lines that cannot be understood are passed over, as OpenSSH does: they can only lead to
    /// "unknown host", never to trust. `@cert-authority` lines too: host certificates are not asked for.
    pub(super) fn parse(text: &str) -> Self {
        Self { entries: text.lines().enumerate().filter_map(|(n, line)| entry(n + 1, line)).collect() }
    }

    /// Key types held for the host, each once.
    pub(super) fn kinds(&self, address: &str, port: u16) -> Vec<String> {
        let mut kinds: Vec<String> = Vec::new();
        for entry in self.of(address, port).filter(|e| !e.revoked) {
            if !kinds.contains(&entry.kind) {
                kinds.push(entry.kind.clone());
            }
        }
        kinds
    }

    /// Judges the key that a host shows.
    pub(super) fn judge(&self, address: &str, port: u16, key: &[u8]) -> Verdict {
        if let Some(entry) = self.of(address, port).find(|e| e.revoked && e.key == key) {
            return Verdict::Revoked { line: entry.line };
        }
        if self.of(address, port).any(|e| !e.revoked && e.key == key) {
            return Verdict::Known;
        }
        // A key filed without the port does not contradict: another server may listen on port 22 of that address.
        let own: Vec<&Entry> = self.of_name(&name(address, port)).filter(|e| !e.revoked).collect();
        let kind = key_kind(key);
        match own.iter().find(|e| Some(&e.kind) == kind.as_ref()).or(own.first()) {
            Some(entry) => Verdict::Mismatch { line: entry.line, kind: entry.kind.clone() },
            None => Verdict::Unknown,
        }
    }

    /// Lines of the host with its port, then those without (OpenSSH accepts a matching key from both).
    fn of(&self, address: &str, port: u16) -> impl Iterator<Item = &Entry> {
        let (with, without) = (name(address, port), address.to_lowercase());
        let again = with != without;
        let plain = self.entries.iter().filter(move |e| again && names_host(&e.hosts, &without));
        self.entries.iter().filter(move |e| names_host(&e.hosts, &with)).chain(plain)
    }

    fn of_name(&self, name: &str) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |e| names_host(&e.hosts, name))
    }
}

fn entry(number: usize, line: &str) -> Option<Entry> {
    let mut words = line.split_ascii_whitespace().peekable();
    let marker = words.next_if(|w| w.starts_with('@'));
    let revoked = match marker {
        None => false,
        Some("@revoked") => true,
        Some(_) => return None,
    };
    let hosts = words.next().filter(|w| !w.starts_with('#'))?;
    let kind = words.next()?;
    let key = Base64::decode_vec(words.next()?).ok()?;
    Some(Entry { line: number, revoked, hosts: hosts.to_owned(), kind: kind.to_owned(), key })
        .filter(|e| key_kind(&e.key).as_deref() == Some(kind))
}

/// The name a host has in the file: in lower case, with the port in brackets where it is not 22.
pub(super) fn name(address: &str, port: u16) -> String {
    let address = address.to_lowercase();
    if port == 22 { address } else { format!("[{address}]:{port}") }
}

fn names_host(hosts: &str, name: &str) -> bool {
    if hosts.starts_with('|') {
        return is_hash_of(hosts, name);
    }
    let mut named = false;
    for pattern in hosts.split(',') {
        match pattern.strip_prefix('!') {
            Some(not) if matches(not.to_lowercase().as_bytes(), name.as_bytes()) => return false,
            Some(_) => {}
            None => named |= matches(pattern.to_lowercase().as_bytes(), name.as_bytes()),
        }
    }
    named
}

/// `|1|salt|hash`: HMAC-SHA1 of the name, keyed with the salt.
fn is_hash_of(hosts: &str, name: &str) -> bool {
    let mut parts = hosts.split('|').skip(1);
    let (Some("1"), Some(salt), Some(hash)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let (Ok(salt), Ok(hash)) = (Base64::decode_vec(salt), Base64::decode_vec(hash)) else { return false };
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(&salt) else { return false };
    mac.update(name.as_bytes());
    mac.verify_slice(&hash).is_ok()
}

/// `*` any text, `?` any one character. Walks back to the last star only, so it takes no more than m × n steps.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || *c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

/// The type that a key names in itself (RFC 4253, 6.6: the blob begins with it).
pub(super) fn key_kind(blob: &[u8]) -> Option<String> {
    let (head, rest) = blob.split_at_checked(4)?;
    let length = usize::try_from(u32::from_be_bytes(head.try_into().ok()?)).ok()?;
    String::from_utf8(rest.get(..length)?.to_vec()).ok()
}

/// The fingerprint as OpenSSH shows it.
pub(super) fn fingerprint(blob: &[u8]) -> String {
    format!("SHA256:{}", Base64Unpadded::encode_string(&Sha256::digest(blob)))
}

/// The line to add for a host.
pub(super) fn line_for(address: &str, port: u16, blob: &[u8]) -> String {
    let kind = key_kind(blob).unwrap_or_else(|| "unknown".to_owned());
    format!("{} {kind} {}", name(address, port), Base64::encode_string(blob))
}

#[cfg(test)]
#[path = "known_hosts_tests.rs"]
mod tests;
