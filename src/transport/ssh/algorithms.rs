//! Which algorithms are offered. libssh2 is built with the legacy ones too (`.cargo/config.toml`); these lists decide.

/// `diffie-hellman-group-exchange-sha256` stands late: old servers answer it with small groups.
const KEX: &str = "mlkem768x25519-sha256,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,\
    ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,\
    diffie-hellman-group14-sha256,diffie-hellman-group-exchange-sha256";
const KEX_LEGACY: &str = "diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1";
const CIPHER: &str = "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,\
    aes192-ctr,aes128-ctr";
const CIPHER_LEGACY: &str = "aes256-cbc,aes192-cbc,aes128-cbc,3des-cbc";
const MAC: &str = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512";
const MAC_LEGACY: &str = "hmac-sha1-etm@openssh.com,hmac-sha1,hmac-sha1-96,hmac-md5";
/// Signatures of our own RSA key. A server that does not send `server-sig-algs` (RFC 8308) gets `ssh-rsa` from
/// libssh2 whatever stands here; such servers are old enough to need `legacy_ssh` for their host key already.
const SIGN: &str = "rsa-sha2-512,rsa-sha2-256";
const SIGN_LEGACY: &str = "ssh-rsa";

/// Signature algorithms per key type of known_hosts: name, algorithms, legacy algorithms.
const HOST_KEYS: [(&str, &[&str], &[&str]); 6] = [
    ("ssh-ed25519", &["ssh-ed25519"], &[]),
    ("ecdsa-sha2-nistp256", &["ecdsa-sha2-nistp256"], &[]),
    ("ecdsa-sha2-nistp384", &["ecdsa-sha2-nistp384"], &[]),
    ("ecdsa-sha2-nistp521", &["ecdsa-sha2-nistp521"], &[]),
    ("ssh-rsa", &["rsa-sha2-512", "rsa-sha2-256"], &["ssh-rsa"]),
    ("ssh-dss", &[], &["ssh-dss"]),
];

/// The lists for one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Preferences {
    pub(super) kex: String,
    pub(super) host_key: String,
    pub(super) cipher: String,
    pub(super) mac: String,
    pub(super) sign: String,
}

impl Preferences {
    /// `known` are the key types that known_hosts holds for the host: they go first, so that a host with several keys
    /// shows the one that can be checked.
    pub(super) fn new(legacy: bool, known: &[String]) -> Self {
        let list = |modern: &str, old: &str| if legacy { format!("{modern},{old}") } else { modern.to_owned() };
        Self {
            kex: list(KEX, KEX_LEGACY),
            host_key: host_keys(legacy, known).join(","),
            cipher: list(CIPHER, CIPHER_LEGACY),
            mac: list(MAC, MAC_LEGACY),
            sign: list(SIGN, SIGN_LEGACY),
        }
    }
}

fn host_keys(legacy: bool, known: &[String]) -> Vec<&'static str> {
    let is_known = |name: &str| known.iter().any(|k| k == name);
    let pick = |wanted: bool, old: bool| {
        let rows = HOST_KEYS.iter().filter(move |row| is_known(row.0) == wanted);
        rows.flat_map(move |row| if old { row.2 } else { row.1 }).copied()
    };
    let known_first = pick(true, false).chain(pick(true, true)).chain(pick(false, false)).chain(pick(false, true));
    known_first.filter(|name| legacy || !is_legacy(name)).collect()
}

fn is_legacy(name: &str) -> bool {
    HOST_KEYS.iter().any(|row| row.2.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(false, &[], "ssh-ed25519,")]
    #[case(false, &["ssh-rsa"], "rsa-sha2-512,rsa-sha2-256,ssh-ed25519,")]
    #[case(false, &["ssh-dss"], "ssh-ed25519,")]
    #[case(true, &["ssh-dss"], "ssh-dss,ssh-ed25519,")]
    #[case(true, &["ssh-rsa"], "rsa-sha2-512,rsa-sha2-256,ssh-rsa,ssh-ed25519,")]
    fn known_types_go_first(#[case] legacy: bool, #[case] known: &[&str], #[case] begin: &str) {
        let known: Vec<String> = known.iter().map(ToString::to_string).collect();
        let list = Preferences::new(legacy, &known).host_key;
        assert!(list.starts_with(begin), "{list}");
    }

    #[rstest]
    #[case("sha1")]
    #[case("md5")]
    #[case("cbc")]
    #[case("arcfour")]
    #[case("ssh-dss")]
    #[case(",ssh-rsa")]
    fn nothing_old_without_legacy(#[case] word: &str) {
        let modern = Preferences::new(false, &["ssh-dss".to_owned(), "ssh-rsa".to_owned()]);
        let all = format!(",{modern:?}");
        assert!(!all.contains(word), "{word} in {all}");
    }

    #[test]
    fn legacy_is_appended_never_preferred() {
        let (old, new) = (Preferences::new(true, &[]), Preferences::new(false, &[]));
        assert!(old.kex.starts_with(&new.kex) && old.cipher.starts_with(&new.cipher) && old.mac.starts_with(&new.mac));
        assert!(old.host_key.starts_with(&new.host_key) && old.kex.ends_with("group1-sha1"));
    }
}
