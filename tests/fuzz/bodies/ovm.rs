//! What the manager and a server print.

use super::{code, some, text};
use crate::far::Far;
use ovmirror::{
    driver::{
        dom0::{FileName, Folder, RepoPath, Server, ServerDeadlines},
        ovm::{Block, Deadlines, Manager, ObjectKind, Record, entries, job_ms, parse_block},
    },
    model::{HostName, ObjectId},
};
use std::{fmt::Write, time::Duration};

/// The block, the list and the record in it.
pub fn block(bytes: &[u8]) -> String {
    let printed = text(bytes);
    let block = match parse_block(&printed) {
        Ok(block) => block,
        Err(unclear) => return unclear.why.chars().take(24).collect(),
    };
    let kept: usize = block.data.iter().map(String::len).sum::<usize>() + block.error.as_ref().map_or(0, String::len);
    assert!(kept <= printed.len(), "more came out than went in");
    let again = parse_block(&rendered(&block)).unwrap();
    assert_eq!(comparable(again), comparable(block.clone()), "a block that is printed again is another one");
    for job in &block.jobs {
        let _ = job_ms(job, block.time.as_deref().unwrap_or_default(), Duration::from_secs(5));
    }
    format!("{:?} {} {} {}", block.status, some(block.jobs.len()), list(&block), record(&block))
}

/// Lines of blanks alone inside an error say nothing and cannot be printed again.
fn comparable(mut block: Block) -> Block {
    let whole = |text: String| text.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    block.error = block.error.map(whole);
    block
}

fn rendered(block: &Block) -> String {
    let mut text = format!("OVM> x\n\rCommand: x\n\rStatus: {:?}\n\r", block.status);
    if let Some(time) = &block.time {
        let _ = write!(text, "Time: {time}\n\r");
    }
    if !block.jobs.is_empty() {
        let ids: Vec<&str> = block.jobs.iter().map(ObjectId::as_str).collect();
        let _ = write!(text, "JobId: {}\n\r", ids.join(" "));
    }
    match &block.error {
        Some(error) => text += &part("Error Msg:", error),
        None => text += &part("Data:", &block.data.join("\n")),
    }
    if block.closed { text + "OVM> Connection closed.\n\r" } else { text }
}

/// The first line stands behind the word, unless it begins with blanks, which are a part of it.
fn part(word: &str, lines: &str) -> String {
    let end = if lines.starts_with(char::is_whitespace) { "\n" } else { "" };
    format!("{word}{end}{lines}\n").replace('\n', "\n\r")
}

fn list(block: &Block) -> usize {
    let Ok(all) = entries(&block.data) else { return 0 };
    assert!(all.iter().all(|entry| !entry.id.as_str().is_empty()));
    some(all.len())
}

fn record(block: &Block) -> usize {
    let Ok(record) = Record::parse(&block.data) else { return 0 };
    let mut understood = 0;
    for label in ["Name", "Id", "Slot", "VmDiskMapping", "Size (GiB)", "Max (GiB)", "Locked", "Description", ""] {
        understood += usize::from(record.one(label).is_ok());
        understood += usize::from(record.gib(label).is_ok() && record.whole(label).is_ok());
        understood += usize::from(record.flag(label).is_ok()) + usize::from(record.refer(&[label]).is_ok());
        understood += usize::from(record.numbered(label).is_ok());
    }
    let _ = record.cd();
    understood + 1
}

/// The whole client: whatever the manager says, what is sent next stays one command.
pub fn client(bytes: &[u8]) -> String {
    let far = Far::new(&text(bytes));
    let manager = Manager::new(far.clone(), far.clone(), Deadlines::default()).unwrap();
    let answer = match manager.find_vm("slot021").and_then(|vm| manager.vm_report(vm)) {
        Ok(report) => format!("{} disks", some(report.disks.len())),
        Err(error) => code(&error),
    };
    let jobs = manager.find_job("slot021").map_or_else(|error| code(&error), |jobs| some(jobs.len()).to_string());
    let mapped = ObjectId::new("0004fb0000120000aa.img").map(|disk| manager.is_mapped(&disk));
    let listed = manager
        .named(ObjectKind::VirtualDisk, "x")
        .map_or_else(|error| code(&error), |all| some(all.len()).to_string());
    far.lines().iter().for_each(|line| one_command(line));
    format!("{answer} {jobs} {listed} {}", mapped.is_ok_and(|mapped| mapped.is_ok()))
}

fn one_command(line: &str) {
    assert!(!line.contains([';', '\n', '\r', '\'', '`', '$']), "this was sent: {line:?}");
}

/// A server's answers to questions about a repository.
pub fn server(bytes: &[u8]) -> String {
    let far = Far::new(&text(bytes));
    let host = HostName::new("ovs1").unwrap();
    let server = Server::new(far.clone(), far.clone(), host, ServerDeadlines::default());
    let repository = ObjectId::new("0004fb00000300001e4ee7d261313647").unwrap();
    let path = RepoPath::disk(&repository, &ObjectId::new("0004fb0000120000aa.img").unwrap()).unwrap();
    let names = server.list(&repository, Folder::VirtualDisks).unwrap();
    let ours = names.iter().filter_map(|name| FileName::new(name).ok()?.tag()).count();
    let size = server.size(&path).map_or_else(|error| code(&error), |size| size.is_some().to_string());
    let held =
        server.holders(&path).map_or_else(|error| code(&error), |held| format!("{held:?}").chars().take(5).collect());
    far.lines().iter().for_each(|line| one_command(line));
    format!("{} {} {size} {held}", some(names.len()), some(ours))
}
