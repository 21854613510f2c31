//! `xm` of a server: only the list of domains, from what the supervisor publishes.

use serde::{Deserialize, Serialize};
use std::{fs, process::ExitCode};

/// Where the supervisor publishes the running guests.
pub const DOMAINS: &str = "/.lab/site/domains.json";

/// A running guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// Its id at the manager, which is the domain's name.
    pub id: String,
    /// Its number.
    pub number: u32,
}

/// `xm list`
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => {
            print!("{}", list(&domains()));
            ExitCode::SUCCESS
        }
        [] => usage("xm <subcommand> [args]"),
        [other, ..] => usage(&format!("Sub-command {other} not found!")),
    }
}

fn usage(text: &str) -> ExitCode {
    eprintln!("{text}");
    ExitCode::FAILURE
}

fn domains() -> Vec<Domain> {
    fs::read(DOMAINS).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

fn list(domains: &[Domain]) -> String {
    let line = |name: &str, id: u32, memory: u32, state: &str| {
        format!("{name:<40} {id:>5} {memory:>5} {:>5} {state:>10} {:>8}\n", 1, "0.0")
    };
    let head = format!("{:<40} {:>5} {:>5} {:>5} {:>10} {:>8}\n", "Name", "ID", "Mem", "VCPUs", "State", "Time(s)");
    let guests: String = domains.iter().map(|d| line(&d.id, d.number, 4096, "-b----")).collect();
    head + &line("Domain-0", 0, 1024, "r-----") + &guests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_each_guest() {
        let text = list(&[Domain { id: "0004fb00000600001".into(), number: 3 }]);
        assert!(text.lines().nth(2).unwrap().starts_with("0004fb00000600001"));
        assert_eq!(text.lines().count(), 3);
    }
}
