//! Systems as old as Oracle Linux 5 and a manager with a DSA key.

use crate::sshd::{Sshd, Wish, name, shell};
use ovmirror::{fault::Remedy, port::Remote};
use rstest::rstest;

const DSA: Wish = Wish { host_key: "dsa", config: "HostKeyAlgorithms ssh-dss", before: "" };
const SHA1: Wish = Wish {
    host_key: "rsa",
    config: "HostKeyAlgorithms ssh-rsa\nKexAlgorithms diffie-hellman-group14-sha1",
    before: "",
};
const OLD: Wish = Wish {
    host_key: "rsa",
    config: "HostKeyAlgorithms ssh-rsa\nKexAlgorithms diffie-hellman-group1-sha1\nCiphers aes128-cbc,3des-cbc\n\
             MACs hmac-sha1\nPubkeyAcceptedAlgorithms ssh-rsa,ssh-ed25519",
    before: "",
};

#[rstest]
#[case(&DSA, &["host key only ssh-dss"])]
#[case(&SHA1, &["host key only ssh-rsa", "key exchange only diffie-hellman-group14-sha1"])]
#[case(&OLD, &["cipher only aes128-cbc, 3des-cbc", "MAC only hmac-sha1"])]
fn old_systems_need_legacy_and_are_told_so(#[case] wish: &Wish, #[case] said: &[&str]) {
    let server = Sshd::start(wish);
    let error = server.remote().run(&name("db1"), &shell("true")).unwrap_err();
    assert_eq!(error.code(), "SSH-004", "{error:?}");
    for part in said {
        assert!(error.to_string().contains(part), "{error}");
    }
    assert!(error.hints().iter().any(|h| h.text.contains("`legacy_ssh = true` into [hosts.db1]")), "{error:?}");

    let old = server.remote_with(|h| h.legacy = true);
    let answer = old.run(&name("db1"), &shell("echo reached")).unwrap_or_else(|e| panic!("{e:?} {}", server.log()));
    assert_eq!(answer.text(), "reached\n");
}

#[test]
fn a_modern_host_is_not_talked_down_by_legacy() {
    let server = Sshd::start(&crate::sshd::MODERN);
    let remote = server.remote_with(|h| h.legacy = true);
    assert!(remote.run(&name("db1"), &shell("true")).unwrap().ok());
}

/// Where legacy is set already it is not offered as the remedy.
#[test]
fn nothing_in_common_even_with_legacy() {
    let wish = Wish { host_key: "ed25519", config: "MACs umac-64@openssh.com\nCiphers aes128-ctr", before: "" };
    let server = Sshd::start(&wish);
    let error = server.remote_with(|h| h.legacy = true).run(&name("db1"), &shell("true")).unwrap_err();
    assert_eq!(error.code(), "SSH-004");
    assert!(error.to_string().contains("MAC only umac-64@openssh.com"), "{error}");
    assert!(!error.hints().iter().any(|h| h.text.contains("legacy_ssh")));
}
