//! What stands wrongly in the configuration, or does not fit what is at the other end.

use super::{clean::assert_clean, refusal::refused, site::Site};
use insta::assert_snapshot;
use std::{fs, os::unix::fs::PermissionsExt};

const BACKUP: [&str; 2] = ["backup", "ORCL"];

/// A change of the configuration that is taken back.
fn with(site: &Site, from: &str, to: &str, test: impl FnOnce()) {
    let before = fs::read(site.config()).unwrap();
    site.reconfigure(from, to);
    test();
    fs::write(site.config(), before).unwrap();
    assert_clean(site, false);
}

#[test]
fn configuration() {
    let site = Site::up(&["--mode", "portable"]);
    unknown_key(&site);
    wrong_vm(&site);
    manager_not_reached(&site);
    wrong_password(&site);
    host_keys(&site);
}

fn unknown_key(site: &Site) {
    with(site, "kept = ", "windo_limit = \"3 s\"\nkept = ", || {
        let text = refused(site, &BACKUP, 1, "CFG-002");
        let line = fs::read_to_string(site.config()).unwrap().lines().position(|l| l.starts_with("windo")).unwrap() + 1;
        assert!(text.starts_with(&format!("Error [CFG-002]: SITE/ovmirror.toml:{line}:1: unknown field")), "{text}");
        assert!(text.contains("\nHint: did you mean `window_limit`?\n"), "{text}");
    });
}

fn wrong_vm(site: &Site) {
    with(site, "vm = \"slot021\"", "vm = \"slot099\"", || {
        assert_snapshot!(refused(site, &BACKUP, 1, "OVM-001"), @r"
        Error [OVM-001]: the manager knows no Vm `slot099`
        Hint: names like it: slot021
        ");
    });
}

fn manager_not_reached(site: &Site) {
    let port = format!("port = {}\nuser = \"admin\"", site.report["manager"]["port"]);
    with(site, &port, "port = 1\nuser = \"admin\"", || {
        assert_snapshot!(refused(site, &BACKUP, 3, "SSH-001"), @r"
        Error [SSH-001]: cannot connect to manager: 127.0.0.1 port 1: Connection refused (os error 111)
        Hint: check `address` and `port` in [manager], name service and firewall
        Hint: try it by hand: ssh -p 1 admin@127.0.0.1
        ");
    });
}

fn wrong_password(site: &Site) {
    let wrong = site.dir.join("wrong");
    fs::write(&wrong, "nonsense\n").unwrap();
    fs::set_permissions(&wrong, fs::Permissions::from_mode(0o600)).unwrap();
    let right = site.report["manager"]["password_file"].as_str().unwrap();
    let key = format!("key = \"{}\"\npassword_file = \"{right}\"", site.dir.join("id").display());
    with(site, &key, &format!("password_file = \"{}\"", wrong.display()), || {
        let text = refused(site, &BACKUP, 3, "SSH-005");
        assert!(text.contains("login as admin was refused; tried: password"), "{text}");
        assert!(!text.contains("nonsense"), "{text}");
    });
}

/// A host's lines in known_hosts.
fn lines_of(text: &str, port: &serde_json::Value) -> Vec<String> {
    let mark = format!("[127.0.0.1]:{port} ");
    text.lines().filter(|line| line.starts_with(&mark)).map(str::to_owned).collect()
}

fn host_keys(site: &Site) {
    let file = site.dir.join("known_hosts");
    let right = fs::read_to_string(&file).unwrap();
    let (here, there) = (&site.report["hosts"]["slot021"]["port"], &site.report["hosts"]["bckvm"]["port"]);
    let own = lines_of(&right, here);
    let without: Vec<&str> = right.lines().filter(|line| !own.iter().any(|l| l == line)).collect();
    fs::write(&file, without.join("\n") + "\n").unwrap();
    let text = refused(site, &BACKUP, 3, "SSH-002");
    assert!(text.contains("is not in SITE/known_hosts") && text.contains("fingerprint SHA256:"), "{text}");
    assert!(text.contains(">> SITE/known_hosts"), "{text}");
    let strange = lines_of(&right, there).join("\n").replace(&there.to_string(), &here.to_string());
    fs::write(&file, without.join("\n") + "\n" + &strange + "\n").unwrap();
    let text = refused(site, &BACKUP, 3, "SSH-003");
    assert!(text.contains("somebody may be listening in between") && text.contains("ssh-keygen -R"), "{text}");
    fs::write(&file, right).unwrap();
    assert_clean(site, false);
}

/// A wrong Vm would have another database's disk cloned, and swapped away.
#[test]
fn vm_of_another_database() {
    let site = Site::up(&["--mode", "portable", "--databases", "2"]);
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    let config = fs::read_to_string(site.config()).unwrap();
    let both = config.replacen("vm = \"slot021\"", "vm = \"slot022\"", 1);
    fs::write(site.config(), &both).unwrap();
    let text = refused(&site, &BACKUP, 1, "CFG-003");
    assert!(text.contains("are one machine here and two in [databases.ORCL"), "{text}");
    let (head, rest) = both.split_once("[databases.ORCL2]").unwrap();
    let alone = head.to_owned() + rest.find("\n[").map_or("", |at| &rest[at..]);
    fs::write(site.config(), alone).unwrap();
    for args in [&BACKUP[..], &["recover", "ORCL", "--to", "latest", "--yes"]] {
        let text = refused(&site, args, 1, "VM-SAME");
        assert!(text.contains("its host is another machine") && text.contains("correct host or vm"), "{text}");
    }
    fs::write(site.config(), config).unwrap();
    assert_clean(&site, true);
}
