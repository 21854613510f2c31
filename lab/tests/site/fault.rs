//! Faults on purpose, at a host.

use crate::support::{Lab, modes, text};
use std::time::Instant;

#[test]
fn each_fault_does_what_it_says() {
    let Some(mode) = modes().pop() else { return };
    let lab = Lab::up(mode, &[]);
    let add = |action: &str, nth: &str| {
        lab.must(&["fault", "add", "--place", "slot021", "--match", "MARK", "--nth", nth, "--action", action]);
    };
    add("fail=ORA-00600", "2");
    assert!(lab.ssh("slot021", "echo mark").status.success(), "the first is not hit");
    let failed = lab.ssh("slot021", "touch /tmp/failed; echo mark");
    assert_eq!((failed.status.code(), text(&failed.stdout).as_str()), (Some(1), ""));
    assert!(text(&failed.stderr).contains("ORA-00600"));
    assert!(lab.ssh("slot021", "echo mark; test ! -e /tmp/failed").status.success(), "spent, and without effect");

    add("cut-before", "1");
    assert_eq!(lab.ssh("slot021", "touch /tmp/cut1; echo mark").status.code(), Some(255));
    add("cut-after", "1");
    let cut = lab.ssh("slot021", "touch /tmp/cut2; echo mark");
    assert_eq!((cut.status.code(), text(&cut.stdout).as_str()), (Some(255), ""));
    lab.says("slot021", "test ! -e /tmp/cut1 && test -e /tmp/cut2");

    add("garble", "1");
    let garbled = lab.ssh("slot021", "echo mark MARK");
    assert!(garbled.status.success() && text(&garbled.stdout) != "mark MARK\n", "{}", text(&garbled.stdout));
    add("slow=400", "1");
    let begin = Instant::now();
    assert_eq!(lab.says("slot021", "echo mark"), "mark");
    assert!(begin.elapsed().as_millis() >= 400);

    add("hang", "1");
    let mut client =
        lab.client("slot021").args(["-o", "ServerAliveInterval=1", "touch /tmp/hung; echo mark"]).spawn().unwrap();
    assert_eq!(lab.says("slot021", "sleep 1; test ! -e /tmp/hung && echo no effect"), "no effect");
    assert_eq!(client.try_wait().unwrap(), None, "the connection stays");
    client.kill().unwrap();
    client.wait().unwrap();
}

#[test]
fn faults_are_listed_and_cleared() {
    let Some(mode) = modes().pop() else { return };
    let lab = Lab::up(mode, &[]);
    let id = lab.must(&["fault", "add", "--place", "ovs1", "--action", "fail"]);
    assert!(lab.must(&["fault", "list"]).contains("ovs1"));
    lab.must(&["fault", "clear", id.trim()]);
    assert_eq!(lab.must(&["fault", "list"]), "");
    lab.says("ovs1", "true");
    let wrong = lab.lab(&["fault", "add", "--place", "nowhere", "--action", "fail"]);
    assert!(!wrong.status.success() && text(&wrong.stderr).contains("there is no place `nowhere`"));
}
