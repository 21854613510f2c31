//! What a client finds on a host.

use crate::support::{Lab, NOBODY, modes, text, until};
use std::{os::unix::process::ExitStatusExt, process::Stdio};

#[test]
fn streams_status_and_end() {
    for mode in modes() {
        let lab = Lab::up(mode, &[]);
        let output = lab.feed("slot021", "cat; echo complaint >&2; exit 7", b"one\ntwo\n");
        assert_eq!(output.status.code(), Some(7));
        assert_eq!(text(&output.stdout), "one\ntwo\n");
        assert!(text(&output.stderr).contains("complaint"));
        let big = vec![b'x'; 6_000_000];
        assert_eq!(lab.feed("slot021", "wc -c", &big).stdout.trim_ascii(), b"6000000");
        assert_eq!(lab.feed("slot021", "cat", &big).stdout, big);
        assert_eq!(lab.ssh("slot021", "kill -9 $$").status.code(), Some(255), "an end by signal is none by status");
        assert_eq!(lab.ssh("slot021", "true").status.code(), Some(0));
        assert_eq!(
            lab.says("slot021", "id -un; hostname; echo $HOME; env | wc -l"),
            "oracle\nslot021\n/home/oracle\n6"
        );
        assert_eq!(lab.feed("bckvm", "", b"hostname\nexit 3\n").status.code(), Some(3), "a shell reads its input");
    }
}

#[test]
fn what_runs_outlives_its_client() {
    for mode in modes() {
        let lab = Lab::up(mode, &[]);
        let line =
            "(setsid sh -c 'echo $$ >/tmp/pid; exec sleep 600' >/dev/null 2>&1 </dev/null &); echo off; exec sleep 600";
        let mut client = lab.client("slot021").arg(line).stdout(Stdio::null()).spawn().unwrap();
        until("the child", || lab.ssh("slot021", "test -s /tmp/pid").status.success());
        client.kill().unwrap();
        assert_eq!(client.wait().unwrap().signal(), Some(9));
        assert!(lab.ssh("slot021", "kill -0 $(cat /tmp/pid)").status.success(), "the child has gone with its client");
        lab.says("slot021", "kill $(cat /tmp/pid)");
        until("the first process reaps", || !lab.ssh("slot021", "kill -0 $(cat /tmp/pid)").status.success());
    }
}

#[test]
fn only_the_right_user_with_the_right_key() {
    let Some(mode) = modes().pop() else { return };
    let lab = Lab::up(mode, &[]);
    let port = lab.machine("slot021")["port"].to_string();
    let mut root = lab.client("slot021");
    root.args(["-l", "root", "true"]);
    let arguments: Vec<_> =
        root.get_args().map(|a| a.to_string_lossy().replace("oracle@127.0.0.1", "127.0.0.1")).collect();
    let output = ovmirror_lab::site::spawn::command("ssh").args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(255));
    assert!(text(&output.stderr).contains("Permission denied (publickey)"), "{} {port}", text(&output.stderr));
}

#[test]
fn file_systems_are_what_the_kernel_says() {
    for mode in modes() {
        let lab = Lab::up(mode, &[]);
        let mounts = lab.says("slot021", "cut -d' ' -f1,2 /proc/mounts | grep ^/dev/xvd");
        assert_eq!(mounts, "/dev/xvda /\n/dev/xvdb /u01\n/dev/xvdc /u02\n/dev/xvdd /u03");
        assert_eq!(lab.says("bckvm", "cut -d' ' -f1,2 /proc/mounts | grep ^/dev/xvd"), "/dev/xvda /\n/dev/xvdb /u01");
        let busy = lab.ssh("slot021", "exec 3>/u02/open; sudo -n umount /u02");
        assert!(text(&busy.stderr).contains("target is busy"), "{}", text(&busy.stderr));
        assert_eq!(busy.status.code(), Some(32));
        lab.says("slot021", "echo kept >/u02/f && sudo -n umount /u02 && test ! -e /u02/f");
        lab.says(
            "slot021",
            "sudo -n mount -t xfs -o noatime /dev/xvdc /u02 && test -s /u02/f && grep -q '/u02 .*noatime' /proc/mounts",
        );
        let twice = lab.ssh("slot021", "sudo -n mount /dev/xvdc /u02");
        assert_eq!(twice.status.code(), Some(32), "{}", text(&twice.stderr));
        assert!(lab.says("slot021", "sudo -n blkid /dev/xvdc").contains("TYPE=\"xfs\""));
    }
}

#[test]
fn root_is_only_what_sudoers_gives() {
    for mode in modes() {
        let lab = Lab::up(mode, &[]);
        for command in ["cat /etc/shadow", "sh -c id", "chgrp oinstall /etc/passwd"] {
            let output = lab.ssh("slot021", &format!("sudo -n {command}"));
            assert_eq!(output.status.code(), Some(1), "{mode}: {command}");
            assert!(text(&output.stderr).contains("a password is required"), "{mode}: {}", text(&output.stderr));
        }
        assert!(lab.says("bckvm", "sudo -n -l").contains("/mount,"));
        let plain = lab.ssh("slot021", "umount /u02");
        assert!(text(&plain.stderr).contains("must be superuser"), "{mode}: {}", text(&plain.stderr));
        assert!(!lab.ssh("slot021", "touch /usr/x").status.success(), "{mode}: the machine's programs can be changed");
        assert!(!lab.ssh("ovs1", "touch /usr/x").status.success(), "{mode}: the machine's programs can be changed");
    }
}

#[test]
fn an_old_guest_has_only_what_it_had() {
    for mode in modes() {
        let lab = Lab::up(mode, &["--old-guest"]);
        for program in ["findmnt", "lsblk", "bash", "python3", "perl", "timeout", "jq", "fsfreeze"] {
            assert!(
                !lab.ssh("slot021", &format!("PATH=$PATH:/usr/sbin:/sbin; command -v {program}")).status.success(),
                "{mode}: {program}"
            );
        }
        assert_eq!(
            lab.says("slot021", "echo a | cksum | cut -d' ' -f2; sudo -n umount /u02 && sudo -n mount /u02 && echo ok"),
            "2\nok"
        );
    }
}

#[test]
fn an_ordinary_user_has_a_portable_site() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not tested apart: these tests are run by an ordinary user already");
        return;
    }
    let lab = Lab::folder(Some(NOBODY));
    let output = lab.lab(&["up", "--hosts-only"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("mode portable"), "{}", text(&output.stdout));
    let output = lab.ssh("slot021", "id -un; exec 3>/u02/f; sudo -n umount /u02");
    assert_eq!((output.status.code(), text(&output.stdout).trim()), (Some(32), "oracle"));
    assert!(text(&output.stderr).contains("target is busy"));
}

#[test]
fn a_slow_line_is_slow_both_ways() {
    let Some(mode) = modes().pop() else { return };
    let lab = Lab::up(mode, &["--rtt", "150"]);
    let mut child = lab.client("slot021").arg("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut ask = || {
        let begin = std::time::Instant::now();
        std::io::Write::write_all(&mut stdin, b"x").unwrap();
        std::io::Read::read_exact(&mut stdout, &mut [0]).unwrap();
        begin.elapsed().as_millis()
    };
    ask();
    let took = ask();
    assert!((150..1000).contains(&took), "{took} ms");
    drop(stdin);
    assert!(child.wait().unwrap().success());
}
