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
        match prepare::survey(site, &world, &name, database, true) {
            Ok(seen) => findings.extend(seen.findings),
            Err(fault) => findings.push(off(fault)?),
        }
    }
    let value = serde_json::to_value(&findings)
        .map_err(|e| Fault::new(Kind::Bug, "CHK-001", "the findings cannot be written").cause(e.to_string()))?;
    out.result(&json::object(out.simulated(), "findings", value), &text(&findings));
    let refused = findings.iter().any(|finding| finding.level == Level::Error);
    Ok(ExitCode::from(if refused { Kind::User.exit_code() } else { 0 }))
}

/// A machine whose VM is off tells nothing, and that is the finding; any other failure stays one.
fn off(fault: Fault) -> Result<Finding, Fault> {
    if fault.code != "VM-STATUS" {
        return Err(fault);
    }
    let subject = fault.context.host.clone().unwrap_or_default();
    let remedy = fault.hints.first().map(|hint| hint.text.clone()).unwrap_or_default();
    Ok(Finding::error(&fault.code, subject, fault.message, remedy))
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
