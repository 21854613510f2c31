//! `ovmirror take-over`: a store that was moved here becomes this control host's.

use crate::{
    cli::{args::TakeOver, confirm, output::json, report::Reporter, resolve::Site},
    fault::Fault,
    store::Store,
};
use serde_json::json;
use std::process::ExitCode;

pub fn run(site: &Site, args: &TakeOver, out: &Reporter) -> Result<ExitCode, Fault> {
    let simulated = site.config.simulated;
    let before = Store::belongs_to(&site.state, simulated)?.unwrap_or_default();
    let what =
        format!("No ovmirror may work on {before} with this store any more: two hosts do not see each other's locks.");
    if !before.is_empty() {
        confirm::typed(&before, &what, args.yes)?;
    }
    Store::take_over(&site.state, simulated)?;
    let object = json::object(out.simulated(), "taken_over", json!({ "from": before }));
    out.result(&object, "the store is this control host's now\n");
    Ok(ExitCode::SUCCESS)
}
