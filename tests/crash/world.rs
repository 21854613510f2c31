//! A site that cells are tried on, one behind the other.

use crate::{
    site::{Said, Site},
    witness::work,
};
use serde_json::Value;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

/// A command that has not ended by then hangs.
const END: Duration = Duration::from_secs(150);

/// How long the product waits in a cell: a hang is over soon.
const DEADLINES: &str = "\n[deadlines]\nconnect = \"5s\"\ncommand = \"4s\"\nsql = \"5s\"\nclone = \"20s\"\n\
                         rman_stall = \"6s\"\nstart_stop = \"15s\"\n";

pub struct World {
    pub site: Site,
    seed: Cell<u64>,
    /// By disk: inode, size and time of the last write of its image, and the sum that was taken then.
    sums: RefCell<BTreeMap<String, (String, String)>>,
}

/// What the disks of a site are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Folders.
    Portable,
    /// Block devices, where the machine gives them.
    Real,
}

impl Mode {
    /// `OVMIRROR_MODE=real`, else portable.
    pub fn asked() -> Self {
        if std::env::var("OVMIRROR_MODE").is_ok_and(|mode| mode == "real") { Self::Real } else { Self::Portable }
    }

    /// In words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Real => "real",
        }
    }
}

impl World {
    /// A site that has worked, with a product that waits shortly; nothing where the machine gives no real one.
    pub fn new(mode: Mode) -> Option<Self> {
        match mode {
            Mode::Portable => Some(Self::of(Site::up(&["--mode", "portable"]))),
            Mode::Real => Site::real(&[]).map(Self::of),
        }
    }

    fn of(site: Site) -> Self {
        let config = std::fs::read_to_string(site.config()).unwrap();
        let limit = config.replace("kept = ", "window_limit = \"20s\"\nkept = ");
        std::fs::write(site.config(), limit + DEADLINES).unwrap();
        work(&site, 10, 1);
        // Makes the store.
        site.json(&["list"]);
        Self { site, seed: Cell::new(1), sums: RefCell::default() }
    }

    /// A seed that no workload of this site had.
    pub fn next_seed(&self) -> u64 {
        self.seed.set(self.seed.get() + 1);
        self.seed.get()
    }

    /// A sum over a disk in the repository; in portable mode it is a folder. An image is read again only when it was written since.
    pub fn sum_of_disk(&self, id: &str) -> String {
        let at = format!("set -- /OVS/Repositories/*/VirtualDisks/{id}; ");
        let written = self.site.says("ovs1", &(at.clone() + "stat -c '%F %i %s %y' \"$1\" 2>/dev/null || echo gone"));
        match self.sums.borrow().get(id) {
            Some((then, sum)) if *then == written && written.starts_with("regular file") => return sum.clone(),
            _ => {}
        }
        let script = match written.starts_with("directory") {
            true => at + "cd \"$1\" && find . -type f | sort | xargs cksum | cksum",
            false => at + "cat \"$1\" 2>/dev/null | cksum",
        };
        let sum = self.site.says("ovs1", &script).trim().to_owned();
        self.sums.borrow_mut().insert(id.to_owned(), (written, sum.clone()));
        sum
    }

    /// Ids of the recorded snapshots.
    pub fn snapshots(&self) -> Vec<Value> {
        self.site.json(&["list"])["snapshots"].as_array().unwrap().clone()
    }

    /// A snapshot that recoveries may use: the newest, or one that is made.
    pub fn snapshot(&self) -> String {
        if !self.snapshots().iter().any(|one| one["state"] != "orphan" && one["state"] != "rejected") {
            self.site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
        }
        self.site.newest_snapshot()
    }

    pub fn snapshot_without_tape(&self) -> String {
        let waits = |one: &&Value| one["tape"]["state"] != "ok" && one["state"] != "orphan";
        if !self.snapshots().iter().any(|one| waits(&one)) {
            self.site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
        }
        let all = self.snapshots();
        all.iter().find(waits).unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// Runs a command that makes a run; gives the run.
    pub fn done(&self, args: &[&str]) -> String {
        let said = self.site.ovmirror(&[&["--json"], args].concat()).expect(0);
        let object = said.object();
        let id = object["run"]["id"].as_str().or_else(|| object["runs"][0]["id"].as_str());
        id.unwrap_or_else(|| panic!("{object}")).to_owned()
    }

    /// A recovery that is done, and worked on.
    pub fn recovered(&self, args: &[&str]) -> String {
        self.snapshot();
        work(&self.site, 3, self.next_seed());
        let run = self.done(args);
        work(&self.site, 3, self.next_seed());
        run
    }

    /// Every run, newest first.
    pub fn runs(&self) -> Vec<Value> {
        self.site.json(&["runs"])["runs"].as_array().unwrap().clone()
    }

    /// Runs the product with a variable set; one that does not end is ended.
    pub fn with(&self, args: &[String], variable: Option<(&str, &str)>) -> Result<Said, String> {
        let mut command = self.site.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some((name, value)) = variable {
            command.env(name, value);
        }
        ended(command.spawn().unwrap(), &args.join(" "))
    }
}

/// Its output; both pipes are read while it runs.
pub fn ended(child: Child, what: &str) -> Result<Said, String> {
    let pid = child.id().to_string();
    let (send, ends) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || drop(send.send(child.wait_with_output())));
    let begun = Instant::now();
    let said = match ends.recv_timeout(END) {
        Ok(output) => Ok(Said::from(output.unwrap())),
        Err(_) => {
            std::process::Command::new("kill").args(["-9", &pid]).status().unwrap();
            let said = Said::from(ends.recv().unwrap().unwrap());
            Err(format!("`{what}` did not end within {:?}: {}", begun.elapsed(), said.stderr))
        }
    };
    reader.join().unwrap();
    said
}
