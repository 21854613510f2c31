//! Takes away what Oracle Linux 5 does not have.

use rustix::mount::{MountFlags, mount, mount_bind_recursive};
use std::{
    fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

/// Programs that are not there (util-linux of OL5 has no findmnt, lsblk and fsfreeze, its coreutils no timeout), and
/// languages that a client may not count on.
const GONE: [&str; 7] = ["findmnt", "lsblk", "fsfreeze", "timeout", "jq", "bash", "rbash"];
const GONE_PREFIXES: [&str; 2] = ["python", "perl"];

fn gone(name: &str) -> bool {
    GONE.contains(&name) || GONE_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Each folder of programs becomes one with links to all but those.
pub fn hide(root: &Path) -> io::Result<()> {
    for folder in ["usr/bin", "usr/sbin", "usr/local/bin", "bin", "sbin"] {
        let path = root.join(folder);
        if path.is_dir() && !path.is_symlink() {
            veil(root, folder)?;
        }
    }
    Ok(())
}

fn veil(root: &Path, folder: &str) -> io::Result<()> {
    let kept = Path::new(".lab/programs").join(folder);
    let (real, seen) = (root.join(&kept), root.join(folder));
    fs::create_dir_all(&real)?;
    mount_bind_recursive(&seen, &real)?;
    mount("tmpfs", &seen, "tmpfs", MountFlags::empty(), c"mode=755")?;
    for entry in fs::read_dir(&real)? {
        let name = entry?.file_name();
        if !gone(&name.to_string_lossy()) {
            symlink(target(&kept, &real, &name.to_string_lossy()), seen.join(&name))?;
        }
    }
    Ok(())
}

/// A POSIX shell where there is one: `sh` may be bash under another name.
fn target(kept: &Path, real: &Path, name: &str) -> PathBuf {
    let name = if name == "sh" && real.join("dash").exists() { "dash" } else { name };
    Path::new("/").join(kept).join(name)
}

#[cfg(test)]
mod tests {
    use super::gone;
    use rstest::rstest;

    #[rstest]
    #[case("python3.11", true)]
    #[case("perl", true)]
    #[case("bash", true)]
    #[case("timeout", true)]
    #[case("sh", false)]
    #[case("mount", false)]
    #[case("cksum", false)]
    fn what_is_hidden(#[case] name: &str, #[case] hidden: bool) {
        assert_eq!(gone(name), hidden);
    }
}
