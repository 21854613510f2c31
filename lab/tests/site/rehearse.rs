//! A recovery by hand, as the papers type it: what a site must allow, with nothing but sqlplus, the manager's commands and
//! dom0's programs.

use crate::support::{Lab, modes, text};

/// A site with a workload behind it, and what is typed at it.
struct Rehearsal {
    lab: Lab,
    /// Slot, disk and mount point of each disk with datafiles.
    disks: Vec<(u32, String, String)>,
}

impl Rehearsal {
    fn new(mode: &str, more: &[&str]) -> Self {
        let lab = Lab::whole(mode, more);
        let all = lab.machine("slot021")["disks"].as_array().unwrap().clone();
        let is_data = |dir: &str| ["/u02", "/u04"].contains(&dir);
        let disk = |d: &serde_json::Value| {
            let dir = d["dir"].as_str().filter(|dir| is_data(dir))?.to_owned();
            let place = format!("/OVS/Repositories/{}/VirtualDisks", d["repository"].as_str()?);
            Some((u32::try_from(d["slot"].as_u64()?).ok()?, format!("{place}/{}", d["id"].as_str()?), dir))
        };
        let disks = all.iter().filter_map(disk).collect();
        Self { lab, disks }
    }

    fn sql(&self, statements: &str) -> String {
        self.lab.sql("slot021", statements)
    }

    /// Transactions: start comes back when it commits, and stop lets it finish what it began.
    fn workload(&self) {
        self.lab.must(&["workload", "start"]);
        self.lab.must(&["workload", "stop"]);
    }

    /// The kept copy of a disk.
    fn aside(disk: &str, kind: &str) -> String {
        disk.replace("/VirtualDisks/", "/snapshots/") + "." + kind
    }

    fn snapshot(&self) {
        self.lab.must(&["workload", "start", "--hold-writes"]);
        let begun = self.sql("alter system archive log current;\nalter database begin backup;");
        assert!(begun.contains("Database altered"), "{begun}");
        for (_, disk, dir) in &self.disks {
            self.lab.says("slot021", &format!("sync {dir}"));
            self.lab.says("ovs1", &format!("reflink {disk} {}", Self::aside(disk, "golden")));
        }
        let ended = self.sql("alter database end backup;\nalter system archive log current;");
        assert!(ended.contains("Database altered"), "{ended}");
        self.lab.must(&["workload", "stop"]);
    }

    /// Each disk goes `aside` as `to`, and `from` comes to its name.
    fn swap(&self, to: &str, come: impl Fn(&str) -> String) {
        for (slot, disk, dir) in &self.disks {
            self.lab.says("slot021", &format!("sudo -n umount {dir}"));
            self.lab.ok(&format!("delete VmDiskMapping id={}", self.lab.mapping("slot021", *slot)));
            self.lab.says("ovs1", &format!("mv {disk} {} && {}", Self::aside(disk, to), come(disk)));
            self.lab.ok("refresh Repository name=slotreposan01");
            let id = disk.rsplit('/').next().unwrap();
            self.lab.ok(&format!("create VmDiskMapping slot={slot} virtualDisk={id} name=m on Vm name=slot021"));
            self.lab.says("slot021", &format!("sudo -n mount {dir}"));
        }
    }

    fn verify(&self) -> serde_json::Value {
        let output = self.lab.lab(&["verify", "--json"]);
        let report = serde_json::from_slice(&output.stdout).unwrap();
        assert!(output.status.success(), "{report} {}", text(&output.stderr));
        report
    }
}

fn rehearse(mode: &str, more: &[&str]) {
    let it = Rehearsal::new(mode, more);
    it.workload();
    it.snapshot();
    it.workload();
    let struck: serde_json::Value = serde_json::from_str(&it.lab.must(&["disaster", "--json"])).unwrap();
    let wrecked = it.verify();
    assert!(it.sql("alter system archive log current;\nshutdown immediate").contains("instance shut down"), "{mode}");
    it.lab.says("slot021", "cp -a /u03/oradata/ORCL /home/oracle/kept");
    it.swap("live", |disk| format!("reflink {} {disk}", Rehearsal::aside(disk, "golden")));
    let until = struck["first_scn"].as_str().unwrap();
    let said = it.sql(&format!(
        "startup mount\nset autorecovery on\nrecover database until change {until}\nalter database open resetlogs;"
    ));
    assert!(said.contains("Media recovery complete") && said.contains("Database altered"), "{mode}: {said}");
    let back = it.verify();
    assert_eq!(back["left_behind"]["first_scn"], struck["first_scn"], "{mode}: {back}");
    assert!(it.sql("shutdown immediate").contains("instance shut down"), "{mode}");
    it.lab.says("slot021", "cd /home/oracle && mv /u03/oradata/ORCL after && mv kept /u03/oradata/ORCL");
    it.swap("after", |disk| format!("mv {} {disk}", Rehearsal::aside(disk, "live")));
    let opened = it.sql("startup");
    assert!(opened.contains("Database opened"), "{mode}: {opened}");
    assert_eq!(it.verify()["transactions"], wrecked["transactions"], "{mode}: the disaster is back");
}

#[test]
fn a_recovery_by_hand_goes_there_and_back() {
    modes().into_iter().for_each(|mode| rehearse(mode, &[]));
}

#[test]
fn several_disks_in_two_repositories_go_there_and_back() {
    let Some(mode) = modes().first().copied() else { return };
    rehearse(mode, &["--layout", "spread", "--fstab", "uuid"]);
}
