//! Beginning and end of a site.

use crate::support::{Lab, allowed, loops, modes, processes, text, until};
use ovmirror_lab::context::Mode;
use rustix::process::{Pid, Signal, kill_process};
use std::{fs, os::unix::fs::PermissionsExt};

fn nothing_left(lab: &Lab) -> bool {
    let mounts = fs::read_to_string("/proc/mounts").unwrap();
    loops(&lab.dir).is_empty() && processes(&lab.dir).is_empty() && !mounts.contains(&*lab.dir.to_string_lossy())
}

#[test]
fn down_leaves_nothing_and_state_survives() {
    for mode in modes() {
        let lab = Lab::up(mode, &[]);
        let ports = |lab: &Lab| {
            lab.site()["machines"].as_array().unwrap().iter().map(|m| m["port"].clone()).collect::<Vec<_>>()
        };
        let before = ports(&lab);
        lab.says("slot021", "echo data >/u02/f; echo home >~/f; setsid sleep 600 >/dev/null 2>&1 </dev/null &");
        lab.must(&["down"]);
        assert!(nothing_left(&lab), "{mode}: {:?} {:?}", loops(&lab.dir), processes(&lab.dir));
        assert_eq!(lab.lab(&["status"]).status.code(), Some(3));
        lab.start(mode, &[]);
        assert_eq!(lab.says("slot021", "cat /u02/f ~/f"), "data\nhome", "{mode}");
        assert_eq!(ports(&lab), before, "{mode}: known_hosts and configuration would be of no use any more");
        assert!(lab.must(&["status"]).contains("running"));
    }
}

/// A machine's address is its own: the configuration stays right when its VM is stopped and started.
#[test]
fn a_machine_keeps_its_port_over_a_restart_of_its_vm() {
    for mode in modes() {
        let lab = Lab::whole(mode, &[]);
        let port = lab.machine("slot021")["port"].clone();
        lab.ok("stop Vm name=slot021");
        assert!(!lab.ssh("slot021", "true").status.success(), "{mode}: it is off");
        lab.ok("start Vm name=slot021");
        assert_eq!(lab.says("slot021", "hostname"), "slot021", "{mode}");
        lab.ok("restart Vm name=slot021");
        assert_eq!(lab.says("slot021", "hostname"), "slot021", "{mode}");
        assert_eq!(lab.machine("slot021")["port"], port, "{mode}");
    }
}

#[test]
fn the_end_of_the_supervisor_is_the_end_of_everything() {
    for mode in modes() {
        let lab = Lab::up(mode, &[]);
        lab.says("slot021", "setsid sleep 600 >/dev/null 2>&1 </dev/null & exec 3>/u02/open; setsid sleep 601 >/dev/null 2>&1 </dev/null &");
        let found = lab.supervisor();
        assert_eq!(found.len(), 2, "unshare and what it started: {found:?}");
        kill_process(Pid::from_raw(*found.iter().max().unwrap()).unwrap(), Signal::KILL).unwrap();
        until("everything ends", || nothing_left(&lab));
        lab.start(mode, &[]);
        lab.says("slot021", "test -e /u02/open");
    }
}

#[test]
fn a_power_cut_leaves_nothing_that_runs() {
    for mode in modes() {
        let lab = Lab::up(mode, &[]);
        lab.says("slot021", "echo cut >/u02/f; sync; setsid sleep 600 >/dev/null 2>&1 </dev/null &");
        lab.must(&["down", "--now"]);
        until("everything ends", || nothing_left(&lab));
        lab.start(mode, &[]);
        assert_eq!(lab.says("slot021", "cat /u02/f"), "cut", "{mode}");
    }
}

#[test]
fn a_site_that_is_still_starting_can_be_ended() {
    for mode in modes() {
        let lab = Lab::folder(None);
        let mut up = lab.command();
        let mut up = up.args(["up", "--hosts-only", "--mode", mode, "--dir"]).arg(&lab.dir).spawn().unwrap();
        until("it starts", || lab.dir.join("lock").exists());
        up.kill().unwrap();
        up.wait().unwrap();
        lab.must(&["down"]);
        until("everything ends", || nothing_left(&lab));
        lab.start(mode, &[]);
    }
}

#[test]
fn what_up_writes_is_what_the_contract_says() {
    let Some(mode) = modes().pop() else { return };
    let lab = Lab::folder(None);
    let json: serde_json::Value =
        serde_json::from_str(&lab.must(&["up", "--hosts-only", "--mode", mode, "--json", "--databases", "2"])).unwrap();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["mode"], mode);
    assert_eq!(json["hosts"]["slot022"]["user"], "oracle");
    assert_eq!(json["databases"][1]["sid"], "ORCL2");
    let config = fs::read_to_string(json["config"].as_str().unwrap()).unwrap();
    assert!(
        config.contains("simulated = true\n") && config.contains("[databases.ORCL2]\nhost = \"slot022\""),
        "{config}"
    );
    assert_eq!(fs::metadata(lab.dir.join("id")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(
        lab.says("slot022", "hostname; cat /etc/oratab"),
        "slot022\nORCL2:/u01/app/oracle/product/19.0.0/dbhome_1:N"
    );
}

#[test]
fn what_cannot_be_is_said() {
    let Some(mode) = modes().pop() else { return };
    let lab = Lab::up(mode, &[]);
    let refused = |args: &[&str], part: &str| {
        let output = lab.lab(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(text(&output.stderr).contains(part), "{args:?}: {}", text(&output.stderr));
    };
    refused(&["up"], "runs already");
    lab.must(&["down"]);
    refused(&["up", "--oracle", "12.2"], "another --oracle");
    let mut odd = Lab::folder(None);
    odd.dir = odd.dir.join("two words");
    assert!(text(&odd.lab(&["up", "--hosts-only"]).stderr).contains("cannot be written in an option of ssh"));
    refused(&["up", "--mode", "xen"], "another --mode");
    refused(&["up", "--quirk", "no-such=1"], "there is no quirk `no-such`");
    assert!(lab.lab(&["down"]).status.success(), "down of what is down is fine");
    let empty = Lab::folder(None);
    assert!(text(&empty.lab(&["status"]).stderr).contains("there is no site"));
}

#[test]
fn probing_is_consistent() {
    let (real, portable) = (allowed(Mode::Real), allowed(Mode::Portable));
    let lab = Lab::folder(None);
    let output = lab.lab(&["up", "--hosts-only"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.success(), real || portable, "{}", text(&output.stderr));
    assert_eq!(said.contains("mode real:"), real, "{said}");
    assert_eq!(said.contains("mode portable:"), portable && !real, "{said}");
}

#[test]
fn a_long_path_is_no_obstacle() {
    let Some(mode) = modes().pop() else { return };
    let mut lab = Lab::folder(None);
    lab.dir = lab.dir.join("odd,but:possible").join("x".repeat(100));
    lab.start(mode, &[]);
    assert_eq!(lab.says("slot021", "grep -c ^/dev/xvd /proc/mounts"), "4");
}
