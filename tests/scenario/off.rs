//! A machine whose VM is off is named as such, and not looked for in the network.

use super::{refusal::refused, site::Site};
use insta::assert_snapshot;
use serde_json::Value;

fn power(site: &Site, verb: &str, vm: &str) {
    let said = site.manager(&format!("{verb} Vm name={vm}"));
    assert!(said.contains("Status: Success"), "{said}");
}

fn finding(site: &Site) -> Value {
    let said = site.ovmirror(&["--json", "check", "ORCL"]).expect(1);
    let object = said.object();
    let found = object["findings"].as_array().unwrap().iter().find(|one| one["level"] == "error").cloned();
    found.unwrap_or_else(|| panic!("{object}"))
}

/// Whatever stands in brackets is the system's own word on the port.
fn without_port(text: &str) -> String {
    let (head, rest) = text.split_once(" (127.0.0.1 port ").unwrap();
    head.to_owned() + rest.split_once("111))").unwrap().1
}

#[test]
fn a_vm_that_is_off_is_named() {
    let site = Site::up(&["--mode", "portable"]);
    for vm in ["bckvm", "slot021"] {
        power(&site, "stop", vm);
        let found = finding(&site);
        assert_eq!((&found["code"], &found["subject"]), (&"VM-STATUS".into(), &vm.into()), "{found}");
        assert!(found["text"].as_str().unwrap().contains(&format!("its VM {vm} is Stopped")), "{found}");
        assert!(found["remedy"].as_str().unwrap().contains(&format!("start Vm name={vm}")), "{found}");
        if vm == "slot021" {
            let text = refused(&site, &["backup", "ORCL"], 3, "VM-STATUS");
            assert_snapshot!(without_port(&text), @r"
            Error [VM-STATUS]: cannot connect to slot021: its VM slot021 is Stopped at the manager
              at: host slot021
            Hint: start it at the manager (OVM CLI: start Vm name=slot021), and the database in it
            Hint: then see whether it cut a run off: ovmirror status
            ");
        }
        power(&site, "start", vm);
    }
    // Machines keep their addresses, and the database is down by now: the network is no question any more.
    let text = refused(&site, &["backup", "ORCL"], 3, "ORA-01034");
    assert!(!text.contains("VM-STATUS"), "{text}");
}
