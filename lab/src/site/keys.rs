//! SSH keys of a site: one pair for the client, host keys for each machine and for the manager.

use super::{
    error::{During, SiteError},
    paths::Paths,
};
use russh::keys::{
    Algorithm, PrivateKey, PublicKey,
    ssh_key::{
        LineEnding,
        private::{KeypairData, RsaKeypair},
    },
};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// RSA beside Ed25519: old clients know nothing else.
const RSA_BITS: usize = 2048;

/// Writes a file that only its owner reads.
pub fn secret(path: &Path, text: &str) -> Result<(), SiteError> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut f| f.write_all(text.as_bytes())).at(path)
}

/// The client's key in OpenSSH format; made once. Returns the public half as one line.
pub fn client(paths: &Paths) -> Result<String, SiteError> {
    let path = paths.client_key();
    if !path.exists() {
        let key = PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519).map_err(io::Error::other).at(&path)?;
        secret(&path, &pem(&key)?)?;
        fs::write(path.with_extension("pub"), public(&key.public_key().clone())? + "\n").at(&path)?;
    }
    let public = path.with_extension("pub");
    fs::read_to_string(&public).map(|t| t.trim().to_owned()).at(&public)
}

/// Host keys of a machine; made once.
pub fn host(paths: &Paths, name: &str) -> Result<Vec<String>, SiteError> {
    fs::create_dir_all(paths.keys()).at(&paths.keys())?;
    let file = |kind: &str| paths.keys().join(format!("{name}_{kind}"));
    Ok(vec![one(&file("ed25519"), ed25519)?, one(&file("rsa"), rsa)?])
}

fn one(path: &Path, make: fn() -> io::Result<PrivateKey>) -> Result<String, SiteError> {
    if !path.exists() {
        secret(path, &pem(&make().at(path)?)?)?;
    }
    fs::read_to_string(path).at(path)
}

fn ed25519() -> io::Result<PrivateKey> {
    PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519).map_err(io::Error::other)
}

fn rsa() -> io::Result<PrivateKey> {
    let pair = RsaKeypair::random(&mut rand::rng(), RSA_BITS).map_err(io::Error::other)?;
    PrivateKey::new(KeypairData::Rsa(pair), "").map_err(io::Error::other)
}

fn pem(key: &PrivateKey) -> Result<String, SiteError> {
    key.to_openssh(LineEnding::LF).map(|t| t.to_string()).map_err(io::Error::other).during("writing a key")
}

fn public(key: &PublicKey) -> Result<String, SiteError> {
    key.to_openssh().map_err(io::Error::other).during("writing a key")
}

/// The line of a known_hosts file for each key.
pub fn known_hosts(port: u16, keys: &[String]) -> Result<String, SiteError> {
    let line = |pem: &String| {
        let key = PrivateKey::from_openssh(pem).map_err(io::Error::other).during("reading a key")?;
        Ok(format!("[127.0.0.1]:{port} {}\n", public(key.public_key())?))
    };
    keys.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn keys_are_made_once_and_kept_secret() {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::of(dir.path()).unwrap();
        let first = client(&paths).unwrap();
        assert!(first.starts_with("ssh-ed25519 "), "{first}");
        assert_eq!(client(&paths).unwrap(), first);
        assert_eq!(fs::metadata(paths.client_key()).unwrap().permissions().mode() & 0o777, 0o600);
        let key = pem(&ed25519().unwrap()).unwrap();
        assert!(known_hosts(2222, &[key]).unwrap().starts_with("[127.0.0.1]:2222 ssh-ed25519 "));
    }
}
