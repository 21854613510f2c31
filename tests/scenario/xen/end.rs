//! A site that was taken down is gone from the machine.

use crate::site::Site;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Processes with the site's folder in their arguments.
fn processes(dir: &Path) -> Vec<PathBuf> {
    let dir = dir.to_str().unwrap();
    let all = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let own = |path: &PathBuf| fs::read(path.join("cmdline")).is_ok_and(|line| holds(&line, dir));
    all.filter(own).collect()
}

fn holds(text: &[u8], part: &str) -> bool {
    text.windows(part.len()).any(|window| window == part.as_bytes())
}

/// Regular files that a process has open.
fn files(process: &Path) -> Vec<PathBuf> {
    let open = fs::read_dir(process.join("fd")).unwrap().flatten();
    let real = open.filter(|fd| fs::metadata(fd.path()).is_ok_and(|data| data.is_file()));
    real.filter_map(|fd| fs::read_link(fd.path()).ok()).collect()
}

fn cache() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache");
    std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from).join("ovmirror-lab")
}

/// While it runs every file of it lies in its folder or in the cache; then there is no process, no mount, no loop device.
pub fn nothing_is_left(site: &Site) {
    let running = processes(&site.dir);
    assert!(running.len() >= 3, "unshare, the supervisor and QEMU: {running:?}");
    let foreign = |file: &PathBuf| !file.starts_with(&site.dir) && !file.starts_with(cache());
    let elsewhere: Vec<PathBuf> = running.iter().flat_map(|process| files(process)).filter(foreign).collect();
    assert_eq!(elsewhere, Vec::<PathBuf>::new(), "files outside folder and cache");
    site.lab(&["down"]).expect(0);
    assert_eq!(processes(&site.dir), Vec::<PathBuf>::new());
    let dir = site.dir.to_str().unwrap();
    for table in ["/proc/mounts", "/proc/swaps"] {
        assert!(!fs::read_to_string(table).unwrap().contains(dir), "in {table}");
    }
    let loops = fs::read_dir("/sys/block").unwrap().flatten().map(|entry| entry.path().join("loop/backing_file"));
    let behind: Vec<String> = loops.filter_map(|file| fs::read_to_string(file).ok()).collect();
    assert!(!behind.iter().any(|file| file.contains(dir)), "{behind:?}");
}
