use super::{super::*, *};
use crate::{fault::Remedy, port::RemoteCommand};
use rstest::rstest;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

const SHOWN: &str = "  Name = slot021\n  Id = v1\n  Status = ";

/// What a person reads of a guest that does not answer; the manager says this of it.
fn silence(said: impl FnOnce(Script) -> Script) -> crate::fault::Fault {
    let asked = said(Script::new().unreachable("true").version("3.4.6.2105"));
    let remote: Arc<dyn Remote> = Arc::new(asked);
    let host = crate::model::HostName::new("slot021").unwrap();
    let vms = BTreeMap::from([(host.clone(), "slot021".to_owned())]);
    let guests = Guests::new(remote.clone(), Arc::new(manager_over(remote)), vms);
    guests.run(&host, &RemoteCommand::words(["true"], Duration::from_secs(1))).unwrap_err().fault()
}

#[rstest]
#[case::off("Stopped", "VM-STATUS", "its VM slot021 is Stopped at the manager", "start Vm name=slot021")]
#[case::asleep("Suspended", "VM-STATUS", "its VM slot021 is Suspended", "resume Vm name=slot021")]
fn a_guest_that_is_off(#[case] status: &str, #[case] code: &str, #[case] why: &str, #[case] remedy: &str) {
    let shown = format!("{SHOWN}{status}");
    let fault = silence(|script| script.ok("list Vm", "  id:v1  name:slot021").ok("show Vm id=v1", &shown));
    assert_eq!(fault.code, code);
    assert!(fault.message.contains(why) && fault.hints[0].text.contains(remedy), "{fault:?}");
}

#[test]
fn a_guest_that_runs_and_is_silent_is_a_matter_of_the_network() {
    let shown = format!("{SHOWN}Running");
    let fault = silence(|script| script.ok("list Vm", "  id:v1  name:slot021").ok("show Vm id=v1", &shown));
    assert_eq!(fault.code, "SSH-001");
}

#[test]
fn a_guest_that_is_lost() {
    let fault = silence(|script| script.ok("list Vm", "  id:v2  name:bckvm"));
    assert_eq!(fault.code, "VM-STATUS");
    assert!(fault.message.contains("knows no VM slot021") && fault.hints[0].text.contains("Loss of a VM"), "{fault:?}");
}
