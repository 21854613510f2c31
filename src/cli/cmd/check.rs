//! `ovmirror check`: the survey as findings with remedies; changes nothing.

use crate::{
    cli::{args::Check, output::json, prepare, report::Reporter, resolve::Site, wire},
    fault::{Fault, Kind},
    survey::{Finding, Level},
};
use std::process::ExitCode;

pub fn run(site: &Site, args: &Check, out: &Reporter) -> Result<ExitCode, Fault> {
    let mut findings = Vec::new();
    for (name, database) in site.databases(&args.databases)? {
        let world = wire::world(site, Some(database))?;
        findings.extend(prepare::survey(site, &world, &name, database, true)?.findings);
    }
    let value = serde_json::to_value(&findings)
        .map_err(|e| Fault::new(Kind::Bug, "CHK-001", "the findings cannot be written").cause(e.to_string()))?;
    out.result(&json::object(out.simulated(), "findings", value), &text(&findings));
    let refused = findings.iter().any(|finding| finding.level == Level::Error);
    Ok(ExitCode::from(if refused { Kind::User.exit_code() } else { 0 }))
}

fn text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let level = match finding.level {
            Level::Ok => "ok   ",
            Level::Warn => "warn ",
            Level::Error => "ERROR",
        };
        text.push_str(&format!("{level}  {:<14} {}: {}\n", finding.code, finding.subject, finding.text));
        if !finding.remedy.is_empty() {
            text.push_str(&format!("       -> {}\n", finding.remedy));
        }
    }
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    text + &format!("{} ok, {} to know, {} to mend\n", count(Level::Ok), count(Level::Warn), count(Level::Error))
}
