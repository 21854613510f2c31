//! Keys: the host's own, made once and kept, and those that may log in.

use rand::rng;
use russh::keys::ssh_key::private::{KeypairData, RsaKeypair};
use russh::keys::ssh_key::{self, LineEnding};
use russh::keys::{Algorithm, PrivateKey, PublicKey};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::{fs, sync::Mutex, time::Duration, time::Instant};

/// The host keys: RSA and Ed25519. (One transcript of 2016 shows DSA, which no client of today takes; the type on 3.4 is
/// unknown, reference 9.9.)
pub fn host(folder: &Path) -> io::Result<Vec<PrivateKey>> {
    let ed25519 = kept(&folder.join("host_ed25519"), || PrivateKey::random(&mut rng(), Algorithm::Ed25519))?;
    let rsa = kept(&folder.join("host_rsa"), || {
        let pair = RsaKeypair::random(&mut rng(), 2048)?;
        PrivateKey::new(KeypairData::Rsa(pair), "")
    })?;
    Ok(vec![rsa, ed25519])
}

/// The public halves, one line each as `known_hosts` wants them after the address; the keys are made if there are none.
pub fn public(folder: &Path) -> io::Result<Vec<String>> {
    let line = |key: &PrivateKey| key.public_key().to_openssh().map_err(io::Error::other);
    host(folder)?.iter().map(line).collect()
}

fn kept(file: &Path, make: impl FnOnce() -> ssh_key::Result<PrivateKey>) -> io::Result<PrivateKey> {
    match fs::read(file) {
        Ok(bytes) => PrivateKey::from_openssh(bytes).map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = make().map_err(io::Error::other)?;
            let text = key.to_openssh(LineEnding::LF).map_err(io::Error::other)?;
            let mut out = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
            out.write_all(text.as_bytes())?;
            Ok(key)
        }
        Err(error) => Err(error),
    }
}

/// Whether `ovmcli_authorized_keys` holds the key. It is read at each login, as it may be appended to at any time.
pub fn is_authorized(folder: &Path, key: &PublicKey) -> bool {
    let text = fs::read_to_string(folder.join("ovmcli_authorized_keys")).unwrap_or_default();
    text.lines().filter_map(|line| PublicKey::from_openssh(line).ok()).any(|k| k.key_data() == key.key_data())
}

/// Whether keys work yet: not before one password login since the start (reference 0.5).
#[derive(Debug, Default)]
pub struct Primed(Mutex<Option<Instant>>);

impl Primed {
    /// A password was right.
    pub fn prime(&self, now: Instant) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(now);
    }

    /// Whether a key may serve now; `limited` to 15 minutes by quirk `key-cache`.
    pub fn is_primed(&self, now: Instant, limited: bool) -> bool {
        let primed = *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        primed.is_some_and(|at| !limited || now.duration_since(at) < Duration::from_secs(15 * 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_serve_after_a_password() {
        let (primed, now) = (Primed::default(), Instant::now());
        assert!(!primed.is_primed(now, false));
        primed.prime(now);
        let later = now + Duration::from_secs(16 * 60);
        assert!(primed.is_primed(now, true));
        assert!(primed.is_primed(later, false));
        assert!(!primed.is_primed(later, true));
    }

    #[test]
    fn host_keys_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let first = host(folder.path()).unwrap();
        let second = host(folder.path()).unwrap();
        assert_eq!(first[0].public_key().key_data(), second[0].public_key().key_data());
        assert_eq!(first[1].public_key().key_data(), second[1].public_key().key_data());
    }
}
