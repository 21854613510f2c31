//! `ovmirror config check|show`

use crate::{
    cli::{output::json, report::Reporter, resolve::Site, wire},
    config::KEYS,
    fault::{Fault, Kind},
};
use serde_json::json;
use std::process::ExitCode;

pub fn check(site: &Site, out: &Reporter) -> Result<ExitCode, Fault> {
    wire::secrets_are_ours_alone(&site.config)?;
    let (path, databases) = (site.path.display().to_string(), site.config.databases.len());
    let object = json::object(out.simulated(), "config", json!({ "path": path, "databases": databases }));
    out.result(&object, &format!("{path} is good: {databases} database(s)\n"));
    Ok(ExitCode::SUCCESS)
}

/// The configuration holds references to secrets, never secrets.
pub fn show(site: &Site, out: &Reporter) -> Result<ExitCode, Fault> {
    let bad = |e: String| Fault::new(Kind::Bug, "CFG-008", "the configuration cannot be written").cause(e);
    let text = toml::to_string(&site.config).map_err(|e| bad(e.to_string()))?;
    let value = serde_json::to_value(&site.config).map_err(|e| bad(e.to_string()))?;
    out.result(&json::object(out.simulated(), "config", value), &text);
    Ok(ExitCode::SUCCESS)
}

pub fn defaults(out: &Reporter) -> Result<ExitCode, Fault> {
    let (mut text, mut table) = (String::new(), "");
    let mut keys = Vec::new();
    for key in KEYS {
        if key.table != table {
            table = key.table;
            text.push_str(&format!("\n[{table}]\n"));
        }
        let default = if key.default.is_empty() { "must be given" } else { key.default };
        text.push_str(&format!("# {}: {}. Default: {default}\n{} =\n", key.about, key.kind, key.name));
        keys.push(json!({ "table": key.table, "name": key.name, "type": key.kind, "default": key.default, "about": key.about }));
    }
    out.result(&json::object(out.simulated(), "keys", json!(keys)), &text);
    Ok(ExitCode::SUCCESS)
}
