//! `xm` of a server: the domains and their block devices, from what the supervisor publishes.

use crate::{
    host::dev,
    site::board::{Plugged, Slots},
};
use serde::{Deserialize, Serialize};
use std::{fs, path::Path, process::ExitCode};

/// What the supervisor publishes, as a host sees it.
const SITE: &str = "/.lab/site";
/// The running guests, there.
const DOMAINS: &str = "domains.json";
/// The folder with each guest's disks, there.
pub const DISKS: &str = "domains";

/// A running guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// Its id at the manager, which is the domain's name.
    pub id: String,
    /// Its number.
    pub number: u32,
}

/// `xm list [DOMAIN]`, `xm block-list DOMAIN`
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => print(&list(&domains(), true)),
        ["list", name] => about(name, |domain| list(std::slice::from_ref(domain), false)),
        ["block-list", name] => about(name, |domain| block_list(domain, &disks(domain))),
        [] => usage("xm <subcommand> [args]"),
        [other, ..] => usage(&format!("Sub-command {other} not found!")),
    }
}

fn print(text: &str) -> ExitCode {
    print!("{text}");
    ExitCode::SUCCESS
}

fn usage(text: &str) -> ExitCode {
    eprintln!("{text}");
    ExitCode::FAILURE
}

fn about(name: &str, text: impl Fn(&Domain) -> String) -> ExitCode {
    match domains().iter().find(|d| d.id == name || d.number.to_string() == name) {
        Some(domain) => print(&text(domain)),
        None => usage(&format!("Error: Domain '{name}' does not exist.")),
    }
}

/// The running guests.
#[must_use]
pub fn domains() -> Vec<Domain> {
    let text = fs::read(Path::new(SITE).join(DOMAINS)).ok();
    text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

/// The disks of a guest by slot.
#[must_use]
pub fn disks(domain: &Domain) -> Vec<(u32, Plugged)> {
    let path = Path::new(SITE).join(DISKS).join(format!("{}.json", domain.id));
    let slots: Option<Slots> = fs::read(path).ok().and_then(|text| serde_json::from_slice(&text).ok());
    slots.unwrap_or_default().into_iter().collect()
}

fn list(domains: &[Domain], with_zero: bool) -> String {
    let line = |name: &str, id: u32, memory: u32, state: &str| {
        format!("{name:<40} {id:>5} {memory:>5} {:>5} {state:>10} {:>8}\n", 1, "0.0")
    };
    let head = format!("{:<40} {:>5} {:>5} {:>5} {:>10} {:>8}\n", "Name", "ID", "Mem", "VCPUs", "State", "Time(s)");
    let zero = if with_zero { line("Domain-0", 0, 1024, "r-----") } else { String::new() };
    let guests: String = domains.iter().map(|d| line(&d.id, d.number, 4096, "-b----")).collect();
    head + &zero + &guests
}

/// The columns of xm's `main.py`; state 4 is XenbusStateConnected. Without a device there is no head either.
fn block_list(domain: &Domain, disks: &[(u32, Plugged)]) -> String {
    let line = |(slot, _): &(u32, Plugged)| {
        let (vdev, event, ring) = (dev::vbd(*slot), 10 + slot, 8 + slot);
        let path = format!("/local/domain/0/backend/vbd/{}/{vdev}", domain.number);
        format!("{vdev:<5}  {:<3}  {:<3}   {:<3}    {event:<3}    {ring:<5} {path:<30}  \n", 0, 0, 4)
    };
    let lines: String = disks.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("Vdev  BE handle state evt-ch ring-ref BE-path\n{lines}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain() -> Domain {
        Domain { id: "0004fb00000600001".into(), number: 3 }
    }

    #[test]
    fn the_list_names_each_guest() {
        let text = list(&[domain()], true);
        assert!(text.lines().nth(2).unwrap().starts_with("0004fb00000600001"));
        assert_eq!(text.lines().count(), 3);
    }

    #[test]
    fn block_devices_are_listed_by_number() {
        let disk = Plugged { repository: "r".into(), disk: "d.img".into(), inode: 1 };
        let text = block_list(&domain(), &[(2, disk.clone()), (50, disk)]);
        let numbers: Vec<_> = text.lines().skip(1).map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(numbers, ["51744", "268448256"]);
        assert!(text.trim_end().ends_with("/local/domain/0/backend/vbd/3/268448256"));
        assert_eq!(block_list(&domain(), &[]), "");
    }
}
