//! One program under many names: the site's command line, the processes of a site, and the tools inside its hosts.

use ovmirror_lab::{guest, host, site};
use std::{path::Path, process::ExitCode};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args_os().map(|a| a.to_string_lossy().into_owned()).collect();
    let called = args.first().map(Path::new).and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned());
    let rest = args.get(1..).unwrap_or_default();
    if let Some(tool) = called.as_deref().and_then(guest::applet) {
        return tool(rest);
    }
    let inner = rest.get(1..).unwrap_or_default();
    match rest.first().map(String::as_str) {
        Some("supervise") => site::supervise::main(inner),
        Some("probe") => site::probe::main(inner),
        Some("host-init") => host::init::main(inner),
        Some("host-serve") => host::serve::main(),
        Some("guest-boot") => host::xen::guest::boot(),
        Some("blocks") => host::xen::guest::blocks(inner),
        _ => site::main(),
    }
}
