use super::*;
use proptest::prelude::*;
use rstest::rstest;

fn blob(kind: &str, body: u8) -> Vec<u8> {
    let mut blob = u32::try_from(kind.len()).unwrap().to_be_bytes().to_vec();
    blob.extend_from_slice(kind.as_bytes());
    blob.push(body);
    blob
}

fn file(hosts: &str, kind: &str, body: u8) -> String {
    format!("{hosts} {kind} {} a comment\n", Base64::encode_string(&blob(kind, body)))
}

#[rstest]
#[case("db1", "db1", 22, true)]
#[case("DB1", "db1", 22, true)]
#[case("db1", "DB1", 22, true)]
#[case("db1,10.0.0.1", "10.0.0.1", 22, true)]
#[case("[db1]:10000", "db1", 10000, true)]
#[case("[db1]:10000", "db1", 22, false)]
#[case("db1", "db1", 10000, true)]
#[case("*.example.com", "db1.example.com", 22, true)]
#[case("*.example.com,!db1.example.com", "db1.example.com", 22, false)]
#[case("db?", "db1", 22, true)]
#[case("db?", "db11", 22, false)]
#[case("|1|bad", "db1", 22, false)]
#[case("|1|!!!|###", "db1", 22, false)]
fn which_line_is_of_which_host(#[case] hosts: &str, #[case] address: &str, #[case] port: u16, #[case] known: bool) {
    let verdict = KnownHosts::parse(&file(hosts, "ssh-rsa", 1)).judge(address, port, &blob("ssh-rsa", 1));
    assert_eq!(verdict == Verdict::Known, known, "{verdict:?}");
}

/// Lines that `ssh-keygen -H` made of `[127.0.0.1]:10000` and `db1`.
#[rstest]
#[case("127.0.0.1", 10000, true)]
#[case("127.0.0.1", 22, false)]
fn hashed_names(#[case] address: &str, #[case] port: u16, #[case] known: bool) {
    let salt = [7; 20];
    let mut mac = Hmac::<Sha1>::new_from_slice(&salt).unwrap();
    mac.update(b"[127.0.0.1]:10000");
    let hosts = format!("|1|{}|{}", Base64::encode_string(&salt), Base64::encode_string(&mac.finalize().into_bytes()));
    let verdict = KnownHosts::parse(&file(&hosts, "ssh-rsa", 1)).judge(address, port, &blob("ssh-rsa", 1));
    assert_eq!(verdict == Verdict::Known, known);
}

#[test]
fn another_key_is_a_mismatch_with_its_line() {
    let text = format!("# note\n\n{}{}", file("db1", "ssh-ed25519", 1), file("db1", "ssh-rsa", 2));
    let known = KnownHosts::parse(&text);
    let line = |body| Verdict::Mismatch { line: body, kind: "ssh-rsa".into() };
    assert_eq!(known.judge("db1", 22, &blob("ssh-rsa", 9)), line(4));
    assert_eq!(known.kinds("db1", 22), ["ssh-ed25519", "ssh-rsa"]);
    let other = known.judge("db1", 22, &blob("ssh-dss", 9));
    assert_eq!(other, Verdict::Mismatch { line: 3, kind: "ssh-ed25519".into() });
}

#[test]
fn the_key_of_port_22_does_not_contradict_the_manager() {
    let known = KnownHosts::parse(&file("mgr", "ssh-rsa", 1));
    assert_eq!(known.judge("mgr", 10000, &blob("ssh-rsa", 2)), Verdict::Unknown);
}

#[rstest]
#[case("*")]
#[case("db1")]
#[case("[db1]:10000")]
fn revoked_wins_over_known(#[case] hosts: &str) {
    let text = format!("{}@revoked {}", file("[db1]:10000", "ssh-rsa", 1), file(hosts, "ssh-rsa", 1));
    assert_eq!(KnownHosts::parse(&text).judge("db1", 10000, &blob("ssh-rsa", 1)), Verdict::Revoked { line: 2 });
}

#[test]
fn certificate_authorities_and_broken_lines_are_no_trust() {
    let good = file("*", "ssh-rsa", 1);
    for text in
        [format!("@cert-authority {good}"), format!("@odd {good}"), "db1 ssh-rsa".into(), "db1 ssh-rsa %%%".into()]
    {
        assert_eq!(KnownHosts::parse(&text).judge("db1", 22, &blob("ssh-rsa", 1)), Verdict::Unknown, "{text}");
    }
}

/// Key and fingerprint as `ssh-keygen -lf` shows them.
#[test]
fn line_and_fingerprint_are_those_of_openssh() {
    let key = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    let blob = Base64::decode_vec(key).unwrap();
    assert_eq!(fingerprint(&blob), "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
    assert_eq!(line_for("Host", 10000, &blob), format!("[host]:10000 ssh-ed25519 {key}"));
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_crash(text in "\\PC*", address in "[a-z.]{1,9}") {
        KnownHosts::parse(&text).judge(&address, 22, text.as_bytes());
    }

    #[test]
    fn what_we_tell_to_add_is_then_known(address in "[a-zA-Z0-9.-]{1,20}", port: u16, body: u8) {
        let blob = blob("ssh-ed25519", body);
        let known = KnownHosts::parse(&line_for(&address, port, &blob));
        prop_assert_eq!(known.judge(&address, port, &blob), Verdict::Known);
    }
}
