//! The manager as the OpenSSH client sees it: logins, answers, dialects.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

mod manager_support;

use manager_support::{Site, site, unprimed, until};
use ovmirror_lab::manager::Release::{self, V3_2, V3_3, V3_4};
use rstest::rstest;
use std::fs;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

const HOT: &str = "clone Vm name=slot021 destType=VmTemplate destName=T serverPool=slot";

#[test]
fn an_exec_answers_as_the_transcript() {
    let site = site(V3_4, &[]);
    let raw = site.raw("create Tag name=a;show tag name=a;");
    assert!(
        raw.starts_with("OVM> create Tag name=a\n\rCommand: create Tag name=a\n\rStatus: Success\n\rTime: "),
        "{raw}"
    );
    assert!(raw.contains("\n\rJobId: "), "{raw}");
    assert!(raw.contains("\n\rData: \n\r  id:0004fb00"), "{raw}");
    assert!(raw.contains("\n\rOVM> show tag name=a\n\rCommand: show tag name=a\n\r"), "{raw}");
    assert!(raw.ends_with("\n\rOVM> Connection closed.\n\r"), "{raw}");
}

#[test]
fn keys_work_after_one_password_login() {
    let mut site = unprimed(V3_4, &[], Duration::ZERO, |_| {});
    assert!(!site.by_key("showversion").status.success());
    site.prime();
    assert_eq!(site.run("showversion"), "OVM> showversion\n3.4.7.2553\nOVM> Connection closed.\n");
    site.stop();
    site.start();
    assert!(!site.by_key("showversion").status.success());
    fs::write(site.options.folder.join("ovmcli_authorized_keys"), "").unwrap();
    site.prime();
    assert!(!site.by_key("showversion").status.success());
}

#[test]
fn an_early_key_may_be_let_in_and_closed() {
    let site = unprimed(V3_4, &["unprimed-key=closed"], Duration::ZERO, |_| {});
    let output = site.by_key("create Tag name=a");
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Connection closed.\n\r");
    site.by_password("showversion");
    assert!(site.list("Tag").is_empty());
}

#[test]
fn a_wrong_password_is_refused_and_keyboard_interactive_offered_by_quirk() {
    let site = unprimed(V3_4, &["keyboard-interactive=yes"], Duration::ZERO, |_| {});
    let mut ssh = site.ssh();
    ssh.env("SSH_ASKPASS", site.folder.join("askpass")).env("SSH_ASKPASS_REQUIRE", "force");
    ssh.args(["-o", "PreferredAuthentications=keyboard-interactive", "-n", "127.0.0.1", "showversion"]);
    assert!(ssh.output().unwrap().status.success());
    fs::write(site.folder.join("askpass"), "#!/bin/sh\necho wrong\n").unwrap();
    assert!(!site.by_password("showversion").status.success());
}

#[rstest]
#[case(V3_2, "3.2")]
#[case(V3_3, "3.3")]
#[case(V3_4, "3.4")]
fn dialects_differ(#[case] release: Release, #[case] version: &str) {
    let site = site(release, &[]);
    assert!(site.run("showversion").contains(&format!("\n{version}")));
    let vm = site.vm("slot021");
    let mapping = site.mapping(&vm, 2);
    let disk = site.disk("slot021_xvdc");
    let block = site.ok(&format!("show vmdiskmapping id={mapping}"));
    let old = release == V3_2;
    let label = if old { "Virtual Disk Id" } else { "Virtual Disk" };
    assert!(block.contains(&format!("\n  {label} = {disk}  [slot021_xvdc]\n")), "{block}");
    assert_eq!(block.contains("Locked = false"), !old, "{block}");
    if old {
        // Eleven lines with the echo; 7 is the slot, 9 the disk, 10 the VM.
        let lines: Vec<_> = block.lines().take_while(|l| !l.contains("Connection closed")).collect();
        assert_eq!(lines.len(), 11, "{block}");
        assert_eq!(lines[7].trim(), "Slot = 2");
        assert!(lines[10].starts_with("  Vm = "), "{block}");
    }
    let name = site.value("VmDiskMapping", &mapping, "Name").unwrap();
    assert_eq!(name, if old { mapping.clone() } else { format!("Mapping for disk Id ({disk})") });
    let shown = site.value("Vm", &vm, "VmDiskMapping 3").unwrap();
    assert_eq!(shown, if old { mapping } else { format!("{mapping}  [Mapping for disk Id ({disk})]") });
    assert_eq!(site.ok("create Tag name=x").contains("JobId: "), release == V3_4);
    site.ok("add Tag name=x to Vm name=slot021");
    assert!(site.value("Vm", &vm, if old { "tag 1" } else { "Tag 1" }).unwrap().ends_with("[x]"));
}

#[rstest]
#[case(V3_2, "create VmDiskMapping slot=2 virtualDisk=x name=n on Vm name=slot021", "Invalid attribute: virtualDisk")]
#[case(
    V3_4,
    "create VmDiskMapping slot=2 storageDevice=x name=n on Vm name=slot021",
    "Invalid attribute: storageDevice"
)]
#[case(V3_2, "create VmCloneCustomizer name=c on Vm name=slot021", "Invalid object type")]
#[case(V3_2, "cloneVdToRepo VirtualDisk name=a target=b cloneType=THIN_CLONE", "Unknown command")]
#[case(V3_4, "clone VirtualDisk name=a target=b cloneType=Sparse", "Invalid object type")]
#[case(V3_2, "set CommandMode=Asynchronous", "Invalid option")]
#[case(V3_3, "set AlphabetizeAttributes=Yes", "Invalid option")]
#[case(V3_4, "set OutputMode=Xml", "Xml")]
#[case(V3_4, "frobnicate Vm name=a", "Unknown command: frobnicate")]
#[case(V3_4, "show VmTemplate name=a", "Invalid object type: VmTemplate")]
#[case(V3_4, "show Vm name=nobody", "Cannot find Vm with name: nobody")]
#[case(V3_4, "show Vm name='slot021", "Unterminated")]
#[case(V3_4, "edit Vm name=slot021 colour=red", "Invalid attribute: colour")]
#[case(V3_4, "create Tag description=a", "Missing mandatory attribute: name")]
#[case(V3_4, "create VmCloneCustomizer name=c", "on Vm")]
#[case(V3_4, "delete Vm name=slot021", "OVMRU_005002E")]
#[case(V3_4, "delete VirtualDisk name=slot021_xvda", "is in use by Virtual Machine: slot021")]
fn refuses(#[case] release: Release, #[case] command: &str, #[case] text: &str) {
    let refused = site(release, &[]).refused(command);
    assert!(refused.contains(text), "{refused}");
}

#[test]
fn names_are_not_unique_and_odd_ones_live() {
    let site = site(V3_4, &[]);
    let disk = site.disk("slot021_xvdc");
    site.ok(&format!("edit VirtualDisk id={disk} name='it/'s; a (2) = [x]' name='last; wins' description=\"//a\""));
    assert_eq!(site.value("VirtualDisk", &disk, "Name").unwrap(), "last; wins");
    assert_eq!(site.value("VirtualDisk", &disk, "Description").unwrap(), "/a");
    site.ok("EDIT vm NAME=slot021 NaMe=bckvm");
    assert!(site.refused("show Vm name=bckvm").contains("More than one Vm"));
    site.ok(&format!("edit VirtualDisk id={disk} name='Größe €'"));
    assert_eq!(site.value("VirtualDisk", &disk, "Name").unwrap(), "Größe €");
    let long = "x".repeat(4001);
    site.refused(&format!("edit VirtualDisk id={disk} description={long}"));
    site.ok(&format!("edit VirtualDisk id={disk} description={}", &long[1..]));
}

#[test]
fn a_shell_takes_lines_and_options_last_for_the_session() {
    let site = site(V3_4, &[]);
    let text = shell(&site, &[], "showversion\nset EndlineChars=LF\nlist Tag\nexit\nlist Vm\n");
    assert!(text.starts_with("OVM> showversion\n\r3.4.7.2553\n\rOVM> set EndlineChars=LF"), "{text:?}");
    assert!(text.contains("Data: \n  None\nOVM> exit\n"), "{text:?}");
    assert!(!text.contains("list Vm"), "{text:?}");
    let again = shell(&site, &["-tt"], "list Tag\rexit\r");
    assert!(again.contains("OVM> list Tag\n\rCommand: list Tag\n\r"), "{again:?}");
}

fn shell(site: &Site, options: &[&str], input: &str) -> String {
    let mut ssh = site.ssh();
    ssh.arg("-i").arg(site.folder.join("id")).args(options).arg("127.0.0.1");
    let mut child = ssh.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[rstest]
#[case("empty-list=nothing", "list Tag", "Data: \nOVM>")]
#[case(
    "echo-wraps=yes",
    "create Tag name=tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt",
    "t\nt"
)]
#[case("job-ids=several", HOT, ", ")]
#[case("template-status=Stopped", HOT, "Status: Success")]
fn quirks_show(#[case] quirk: &str, #[case] command: &str, #[case] text: &str) {
    let answer = site(V3_4, &[quirk]).run(command);
    assert!(answer.contains(text), "{answer}");
}

#[test]
fn a_slash_may_swallow_itself_and_mappings_come_in_any_order() {
    let site = site(V3_4, &["slash-escape=any", "mapping-order=id"]);
    site.ok("edit Vm name=slot021 description='2026/11/21'");
    let vm = site.vm("slot021");
    assert_eq!(site.value("Vm", &vm, "Description").unwrap(), "20261121");
    let mappings = site.links("Vm", &vm, "VmDiskMapping ");
    let mut sorted = mappings.clone();
    sorted.sort();
    assert_eq!(mappings, sorted);
}

#[test]
fn the_host_keys_are_those_of_the_folder() {
    let mut site = site(V3_4, &[]);
    let keys = ovmirror_lab::manager::host_keys(&site.options.folder).unwrap();
    for _ in 0..2 {
        for (key, kind) in keys.iter().zip(["rsa-sha2-512", "ssh-ed25519"]) {
            let known = site.folder.join("known");
            fs::write(&known, format!("[127.0.0.1]:{} {key}\n", site.port)).unwrap();
            let mut ssh = site.strict_ssh(&known);
            ssh.arg("-i").arg(site.folder.join("id")).args(["-o", &format!("HostKeyAlgorithms={kind}")]);
            let output = ssh.args(["-n", "127.0.0.1", "showversion"]).output().unwrap();
            assert!(output.status.success(), "{kind}: {}", String::from_utf8_lossy(&output.stderr));
        }
        site.stop();
        site.start();
        site.prime();
    }
}

#[test]
fn one_connection_carries_several_sessions() {
    let site = site(V3_4, &[]);
    let socket = site.folder.join("mux");
    let mut master = site.ssh();
    master.arg("-i").arg(site.folder.join("id")).arg("-MNS").arg(&socket).arg("127.0.0.1");
    let mut master = master.spawn().unwrap();
    until("the master listens", || socket.exists());
    let mut channels: Vec<_> = (0..4)
        .map(|n| {
            let mut ssh = site.ssh();
            ssh.arg("-S").arg(&socket).args(["-n", "127.0.0.1", &format!("create Tag name=t{n};set EndlineChars=LF")]);
            ssh.stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    channels.iter_mut().for_each(|c| assert!(c.wait().unwrap().success()));
    master.kill().unwrap();
    master.wait().unwrap();
    let tags = site.raw("list Tag");
    assert_eq!(tags.matches("\n\r  id:").count(), 4, "options are the session's own: {tags}");
}
