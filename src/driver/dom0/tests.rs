use super::*;
use crate::{
    driver::ovm::script::{Script, TestClock},
    fault::{Remedy, Retry},
    model::{HostName, ObjectId, Tag},
};
use rstest::rstest;
use std::sync::Arc;

const DISKS: &str = "/OVS/Repositories/r1/VirtualDisks";
const LIST: &str = "ls -1A /OVS/Repositories/r1/VirtualDisks";
const WORK: &str = "ovm.ORCL-20261121T204512-4f2a.work.2";

fn server(script: Script) -> Server {
    let host = HostName::new("ovs1").unwrap();
    Server::new(Arc::new(script), TestClock::shared(), host, ServerDeadlines::default())
}

fn repository() -> ObjectId {
    ObjectId::new("r1").unwrap()
}

fn source() -> RepoPath {
    RepoPath::disk(&repository(), &ObjectId::new("gold.img").unwrap()).unwrap()
}

fn target() -> RepoPath {
    RepoPath::tagged(&repository(), Folder::VirtualDisks, &WORK.parse::<Tag>().unwrap()).unwrap()
}

fn size(script: Script, file: &str, bytes: &str) -> Script {
    script.says(LIST, &format!("gold.img\n{file}\n")).says(&format!("stat -c %s {DISKS}/{file}"), bytes)
}

fn reflink() -> String {
    format!("reflink {DISKS}/gold.img {DISKS}/{WORK}")
}

fn begun() -> Script {
    size(Script::new(), "gold.img", "4096\n").says(LIST, "gold.img\n")
}

#[test]
fn a_reflink_is_read_back() {
    let script = size(begun().says(&reflink(), ""), WORK, "4096\n");
    assert_eq!(server(script).reflink(&source(), &target()).unwrap(), 4096);
}

#[test]
fn an_existing_target_is_refused_before_anything_runs() {
    let script = size(Script::new(), "gold.img", "4096").says(LIST, &format!("gold.img\n{WORK}\n"));
    let error = server(script).reflink(&source(), &target()).unwrap_err();
    assert!(matches!(error, Dom0Error::Exists { .. }), "{error}");
}

#[test]
fn a_missing_source_is_named() {
    let error = server(Script::new().says(LIST, "")).reflink(&source(), &target()).unwrap_err();
    assert!(matches!(error, Dom0Error::Missing { ref path } if path.ends_with("gold.img")), "{error}");
}

#[test]
fn a_target_of_another_size_is_an_error() {
    let script = size(begun().says(&reflink(), ""), WORK, "512\n");
    let error = server(script).reflink(&source(), &target()).unwrap_err();
    assert!(error.to_string().ends_with("has 512 of 4096 bytes"), "{error}");
}

#[test]
fn a_lost_answer_with_the_effect_is_success() {
    let script = size(size(begun().lost(&reflink()), WORK, "512\n"), WORK, "4096\n");
    assert_eq!(server(script).reflink(&source(), &target()).unwrap(), 4096);
}

#[test]
fn a_lost_answer_without_effect_says_so() {
    let script = begun().lost(&reflink()).says(LIST, "gold.img\n").says(LIST, "gold.img\n");
    let error = server(script).reflink(&source(), &target()).unwrap_err();
    assert!(matches!(error, Dom0Error::NoEffect { .. }), "{error}");
    assert_eq!(error.retry(), Retry::Again);
}

#[test]
fn a_failure_keeps_its_text() {
    let error = server(begun().exits(&reflink(), 1, "reflink: no space")).reflink(&source(), &target()).unwrap_err();
    assert!(error.to_string().ends_with("status 1: reflink: no space"), "{error}");
}

#[test]
fn a_declined_move_is_seen() {
    let mv = format!("mv -i {DISKS}/gold.img {DISKS}/{WORK}");
    let script = size(begun().says(&mv, ""), WORK, "4096").says(LIST, &format!("gold.img\n{WORK}\n"));
    let error = server(script).rename(&source(), &target()).unwrap_err();
    assert!(error.to_string().contains("source gone: false"), "{error}");
}

#[test]
fn a_move_is_read_back() {
    let mv = format!("mv -i {DISKS}/gold.img {DISKS}/{WORK}");
    let script = size(begun().says(&mv, ""), WORK, "4096").says(LIST, &format!("{WORK}\n"));
    server(script).rename(&source(), &target()).unwrap();
}

#[test]
fn only_ours_is_removed() {
    let error = server(Script::new()).remove_ours(&source()).unwrap_err();
    assert!(matches!(error, Dom0Error::NotOurs { .. }), "{error}");
    server(Script::new().says(LIST, "gold.img\n")).remove_ours(&target()).unwrap();
    let script = Script::new().says(LIST, WORK).says(&format!("rm -f {DISKS}/{WORK}"), "").says(LIST, "");
    server(script).remove_ours(&target()).unwrap();
}

#[test]
fn a_folder_that_cannot_be_listed_is_not_an_empty_one() {
    let error = server(Script::new().exits(LIST, 2, "Permission denied")).exists(&source()).unwrap_err();
    assert!(error.to_string().contains("Permission denied"), "{error}");
}

#[test]
fn a_strange_size_is_an_error() {
    let error = server(size(Script::new(), "gold.img", "4k")).size(&source()).unwrap_err();
    assert!(matches!(error, Dom0Error::NotUnderstood { .. }), "{error}");
}

#[rstest]
#[case(0, " 4711 4712rce", "loops", "end\n", Holders::Held(vec!["process 4711".into(), "process 4712".into()]))]
#[case(1, "", "loops", "end\n", Holders::Nobody)]
#[case(1, "", "loops", "loop loop3\nend\n", Holders::Held(vec!["loop loop3".into()]))]
#[case(127, "", "all", "process 9\nunreadable 1\nend\n", Holders::Held(vec!["process 9".into()]))]
#[case(127, "", "all", "end\n", Holders::Nobody)]
#[case(1, "sudo: no", "all", "unreadable 1\nend\n", Holders::Unknown("1 processes do not let their files be seen, and fuser is absent".into()))]
fn a_held_file_is_told(
    #[case] status: i32,
    #[case] fuser: &str,
    #[case] mode: &str,
    #[case] found: &str,
    #[case] holders: Holders,
) {
    let script = Script::new()
        .exits(&format!("fuser {DISKS}/gold.img"), status, fuser)
        .says(&format!("/bin/sh -s {DISKS}/gold.img {mode}"), found);
    assert_eq!(server(script).holders(&source()).unwrap(), holders);
}

#[test]
fn a_cut_list_of_holders_is_an_error() {
    let script = Script::new()
        .exits(&format!("fuser {DISKS}/gold.img"), 1, "")
        .says(&format!("/bin/sh -s {DISKS}/gold.img loops"), "");
    assert!(server(script).holders(&source()).is_err());
}

const HELD: &str = "fuser /OVS/Repositories/r1/VirtualDisks/gold.img";

/// One look at the holders of `gold.img`.
fn look(script: Script, pids: &str, loops: &str) -> Script {
    script
        .says(LIST, "gold.img\n")
        .exits(HELD, i32::from(pids.is_empty()), pids)
        .says(&format!("/bin/sh -s {DISKS}/gold.img loops"), &format!("{loops}end\n"))
}

#[rstest]
#[case::nobody("", "", true)]
#[case::a_loop_of_the_guest("", "loop loop3\n", true)]
#[case::a_process_of_the_guest(" 4711", "", true)]
#[case::a_second_one(" 4711", "loop loop3\n", false)]
fn only_the_guests_backend_may_hold_a_mapped_file(#[case] pids: &str, #[case] loops: &str, #[case] good: bool) {
    let alone = server(look(Script::new(), pids, loops)).backend_alone(&source());
    assert_eq!(alone.is_ok(), good, "{alone:?}");
}

#[test]
fn a_backend_that_lets_go_late_is_waited_for() {
    let script = look(look(Script::new(), "", "loop loop3\n"), "", "");
    server(script).wait_released(&source()).unwrap();
    server(Script::new().says(LIST, "other.img\n")).wait_released(&source()).unwrap();
}

#[test]
fn a_file_that_stays_held_is_named_with_its_holder() {
    let held = (0..=30).fold(Script::new(), |script, _| look(script, "", "loop loop3\n"));
    let error = server(held).wait_released(&source()).unwrap_err();
    assert!(matches!(&error, Dom0Error::Held { by, .. } if by == "loop loop3"), "{error}");
    assert_eq!(error.code(), "SRV-010");
}

#[test]
fn what_cannot_be_told_is_no_proof() {
    let script = Script::new()
        .says(LIST, "gold.img\n")
        .exits(HELD, 127, "")
        .says(&format!("/bin/sh -s {DISKS}/gold.img all"), "unreadable 1\nend\n");
    let error = server(script).wait_released(&source()).unwrap_err();
    assert!(matches!(error, Dom0Error::Unseen { .. }), "{error}");
}
