//! Which file is read: `-c FILE`, `$OVMIRROR_CONFIG`, the user's, the machine's.

use crate::fault::{Fault, Kind};
use std::path::{Path, PathBuf};

/// The machine's file.
const MACHINE: &str = "/etc/ovmirror/ovmirror.toml";

/// The file to read. A file that is named must exist; else the first that exists is taken.
/// `home` is the user's home folder, `variable` the value of `OVMIRROR_CONFIG`.
pub fn locate(named: Option<&Path>, variable: Option<&Path>, home: Option<&Path>) -> Result<PathBuf, Fault> {
    if let Some(path) = named.or(variable) {
        return if path.is_file() { Ok(path.to_owned()) } else { Err(absent(path)) };
    }
    let users = home.map(|home| home.join(".config/ovmirror/ovmirror.toml"));
    let candidates: Vec<PathBuf> = users.into_iter().chain([PathBuf::from(MACHINE)]).collect();
    candidates.iter().find(|path| path.is_file()).cloned().ok_or_else(|| nowhere(&candidates))
}

fn absent(path: &Path) -> Fault {
    Fault::new(Kind::User, "CFG-001", format!("there is no configuration file {}", path.display()))
        .hint("name the right one with -c FILE or OVMIRROR_CONFIG")
}

fn nowhere(candidates: &[PathBuf]) -> Fault {
    let names: Vec<_> = candidates.iter().map(|path| path.display().to_string()).collect();
    Fault::new(Kind::User, "CFG-001", format!("there is no configuration file: looked for {}", names.join(", ")))
        .hint("name one with -c FILE")
        .hint_command("see every key with its default", "ovmirror config show --defaults")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_file_must_exist() {
        let fault = locate(Some(Path::new("/nonexistent/a.toml")), None, None).unwrap_err();
        assert_eq!((fault.kind, fault.code.as_str()), (Kind::User, "CFG-001"));
    }

    #[test]
    fn the_variable_comes_before_the_home() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.toml");
        std::fs::write(&file, "").unwrap();
        assert_eq!(locate(None, Some(&file), Some(folder.path())).unwrap(), file);
    }
}
