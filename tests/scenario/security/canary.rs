//! A secret that exists once is looked for everywhere: in every process, while runs work and after them, in every file of the
//! site, in everything that is printed.

use crate::{
    site::{Said, Site},
    watch::Watched,
};
use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

const CANARY: &str = "canary-7f3a91-of-ovmirror";

/// What must never be printed or kept: the manager's password, the right one and a wrong one.
pub struct Secrets(pub Vec<String>);

impl Secrets {
    /// Whether one of them is in it.
    pub fn in_text(&self, text: &[u8]) -> bool {
        self.0.iter().any(|secret| text.windows(secret.len()).any(|part| part == secret.as_bytes()))
    }

    /// Processes of this machine, which are those of the lab's hosts, too.
    fn in_processes(&self) -> Vec<String> {
        let folders = fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
        let files = folders.flat_map(|path| ["cmdline", "environ"].map(|file| path.join(file)));
        files
            .filter(|file| self.in_text(&fs::read(file).unwrap_or_default()))
            .map(|file| file.display().to_string())
            .collect()
    }

    /// Files of the site but those where it stands on purpose.
    fn in_files(&self, folder: &Path, but: &BTreeSet<PathBuf>, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            if kind.is_dir() {
                self.in_files(&path, but, found);
            } else if kind.is_file() && !but.contains(&path) && entry.metadata().is_ok_and(|m| m.len() < 64 << 20) {
                found.extend(self.in_text(&fs::read(&path).unwrap_or_default()).then_some(path));
            }
        }
    }
}

fn secret_file(path: &Path, text: &str) {
    fs::write(path, format!("{text}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Watches a run from beginning to end; what it said.
pub fn watched(site: &Site, secrets: &Secrets, args: &[&str]) -> Said {
    let mut watched = Watched::start(site, args);
    while watched.runs() {
        assert_eq!(secrets.in_processes(), Vec::<String>::new(), "{args:?}");
        if !watched.reaches("\n") {
            break;
        }
    }
    let said = watched.end();
    assert!(!secrets.in_text(said.stderr.as_bytes()), "{args:?}: {}", said.stderr);
    said
}

fn nowhere(site: &Site, secrets: &Secrets, but: &BTreeSet<PathBuf>) {
    for args in [
        &["--json", "list"][..],
        &["--json", "runs"],
        &["--json", "config", "show"],
        &["config", "show"],
        &["-v", "check"],
    ] {
        let said = site.ovmirror(args);
        let text = said.stdout + &said.stderr;
        assert!(!secrets.in_text(text.as_bytes()), "{args:?}: {text}");
    }
    for run in site.json(&["runs"])["runs"].as_array().unwrap() {
        let said = site.ovmirror(&["-v", "--json", "show", run["id"].as_str().unwrap()]);
        assert!(!secrets.in_text((said.stdout + &said.stderr).as_bytes()), "{run}");
    }
    // Bundles lie in the site's folder, too.
    for run in site.json(&["runs"])["runs"].as_array().unwrap() {
        let id = run["id"].as_str().unwrap();
        let file = site.dir.join(format!("{id}.tar"));
        fs::remove_file(&file).ok();
        site.ovmirror(&["support-bundle", id, "--out", file.to_str().unwrap()]).expect(0);
    }
    let mut found = Vec::new();
    secrets.in_files(&site.dir, but, &mut found);
    assert_eq!(found, Vec::<PathBuf>::new(), "files with a secret");
    for host in ["slot021", "bckvm", "ovs1"] {
        for secret in &secrets.0 {
            let look = format!("grep -rlsF {secret} /home /tmp /var/log /var/tmp /etc /u01/app 2>/dev/null || true");
            assert_eq!(site.says(host, &look), "", "files of {host} with a secret");
        }
    }
}

#[test]
fn law_13_canaries_are_seen_nowhere() {
    let site = Site::up(&[]);
    let manager = fs::read_to_string(site.dir.join("manager.password")).unwrap().trim().to_owned();
    let secrets = Secrets(vec![manager, CANARY.to_owned()]);
    let (kept, manager_s) = (site.dir.join("canary"), site.dir.join("manager.password"));
    secret_file(&kept, CANARY);
    let mut seen = Vec::new();
    secrets.in_files(&site.dir, &BTreeSet::new(), &mut seen);
    assert!(seen.contains(&kept) && seen.contains(&manager_s), "the search finds what is there: {seen:?}");
    let but = BTreeSet::from([kept, manager_s.clone(), site.dir.join("site.json"), site.dir.join("askpass")]);
    let good = watched(&site, &secrets, &["-v", "backup", "ORCL"]);
    assert_eq!(good.status, 0, "{}", good.stderr);
    nowhere(&site, &secrets, &but);
    site.fault("manager", "create VmDiskMapping", 1, "fail");
    let failed = watched(&site, &secrets, &["-v", "backup", "ORCL"]);
    assert_ne!(failed.status, 0, "{}", failed.stderr);
    site.no_faults();
    let file = format!("password_file = \"{}\"", manager_s.display());
    site.reconfigure(&file, &format!("password_command = \"cat '{}'\"", manager_s.display()));
    let recovered = watched(&site, &secrets, &["-vv", "recover", "ORCL", "--to", "latest", "--yes"]);
    assert_eq!(recovered.status, 0, "{}", recovered.stderr);
    nowhere(&site, &secrets, &but);
    // A wrong one: it is tried, refused, and not shown.
    secret_file(&manager_s, CANARY);
    site.reconfigure(&format!("key = \"{}\"\npassword_command", site.dir.join("id").display()), "password_command");
    let refused = watched(&site, &secrets, &["-v", "--json", "backup", "ORCL"]);
    assert_eq!(refused.status, 3, "{}", refused.stderr);
    nowhere(&site, &secrets, &but);
}

/// Kept logs, control files and the store are production data: nothing below `state` is open to others.
#[test]
fn law_13_what_is_kept_is_the_owner_s_alone() {
    let site = Site::up(&["--mode", "portable"]);
    site.ovmirror(&["backup", "ORCL"]).expect(0);
    site.ovmirror(&["drill", "ORCL"]).expect(0);
    let mut open = Vec::new();
    modes(&site.dir.join("state"), &mut open);
    assert_eq!(open, Vec::<String>::new());
    let lock = site.dir.join("state/locks/ORCL");
    fs::set_permissions(&lock, fs::Permissions::from_mode(0o644)).unwrap();
    let said = site.ovmirror(&["--json", "backup", "ORCL"]).expect(1);
    assert_eq!(said.object()["error"]["code"], "STO-002", "{}", said.stderr);
    fs::set_permissions(&lock, fs::Permissions::from_mode(0o600)).unwrap();
    let store = site.dir.join("state/ovmirror.db");
    fs::set_permissions(&store, fs::Permissions::from_mode(0o640)).unwrap();
    let said = site.ovmirror(&["--json", "list"]).expect(1);
    assert_eq!(said.object()["error"]["code"], "STO-002", "{}", said.stderr);
    fs::set_permissions(&store, fs::Permissions::from_mode(0o600)).unwrap();
    let key = site.dir.join("id");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let said = site.ovmirror(&["--json", "backup", "ORCL"]);
    assert_eq!((said.status, said.object()["error"]["code"].as_str()), (1, Some("SSH-021")), "{}", said.stderr);
}

fn modes(folder: &Path, open: &mut Vec<String>) {
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    if mode(folder) != 0o700 {
        open.push(format!("{} {:o}", folder.display(), mode(folder)));
    }
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            modes(&path, open);
        } else if mode(&path) != 0o600 {
            open.push(format!("{} {:o}", path.display(), mode(&path)));
        }
    }
}
