//! Contexts of the runbook's page.

use ovmirror::text::runbook::{Disk, Runbook, Sql, TapeStep, Unit};

fn owned(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn disk(slot: u32, device: &str) -> Disk {
    let command = |what: &str| format!("({what} of slot {slot}) name=\"a b\"");
    Disk {
        slot,
        device: device.into(),
        live: format!("0004fb000012000000000000000000{slot:02}.img"),
        mapping: format!("0004fb000013000000000000000000{slot:02}"),
        repository: "0004fb00000300000000000000000001".into(),
        swap: "may be swapped".into(),
        name_golden: command("name the golden disk"),
        clone: command("clone"),
        name_old: command("name the old disk"),
        name_new: command("name the new disk"),
        name_new_away: command("name the new disk away"),
        name_old_back: command("name the old disk back"),
        map_new: command("map the new disk"),
        map_old: command("map the old disk"),
        refresh: command("refresh the repository"),
        is_free: format!("(is {device} free)"),
        has_come: format!("(has {device} come)"),
    }
}

fn sql() -> Sql {
    let text = |what: &str| format!("({what})");
    Sql {
        active: text("active"),
        archive: text("archive"),
        checkpoint: text("checkpoint"),
        begin: text("begin"),
        controlfile: text("control file"),
        end: text("end"),
        now: text("now"),
        logs: text("logs since THIS_BEGIN_SCN"),
        headers: text("headers"),
        scn_of: text("SCN of a time"),
        startup: text("startup mount"),
        shutdown: text("shutdown immediate"),
        recover: text("recover"),
        open: text("open"),
        open_resetlogs: text("open resetlogs"),
    }
}

fn unit(target: &str, device: &str) -> Unit {
    Unit { target: target.into(), mount: format!("mount -o rw -t xfs {device} {target}") }
}

/// One disk, no server, no tape.
pub fn small(freeze: &[String]) -> Runbook<'_> {
    Runbook {
        database: "ORCL",
        dbid: 1_234_567_890,
        sid: "ORCL",
        home: "/u01/app/oracle/product/19.0.0/dbhome_1",
        role: "SYSBACKUP",
        made_at: "2026-11-21 20:45 +00:00".into(),
        version: "0.1.0",
        vm: "slot021",
        vm_id: "0004fb00000600000000000000000021",
        ovm_release: "3.4",
        ssh_manager: "ssh -p 10000 admin@ovmm".into(),
        ssh_db: "ssh -p 22 oracle@slot021".into(),
        ssh_server: String::new(),
        become_words: String::new(),
        variables: owned(&["GOLDEN_2", "TAG"]),
        customizer: String::new(),
        storage_mappings: Vec::new(),
        clone: "(clone the Vm)".into(),
        freeze,
        controlfile_folder: "/u02/oradata/ORCL",
        log_name_column: 14,
        disks: vec![disk(2, "xvdc")],
        units: vec![unit("/u02", "/dev/xvdc")],
        units_down: vec![unit("/u02", "/dev/xvdc")],
        groups: Vec::new(),
        kept: "/u03/.ovmirror/kept/runbook".into(),
        keep: "(keep the way back)".into(),
        restore: "(put it back)".into(),
        sql: sql(),
        tape: Vec::new(),
        no_tape: "Not known: no media host is configured.".into(),
    }
}

/// Two disks, everything else as well.
pub fn large(freeze: &[String]) -> Runbook<'_> {
    let units = vec![unit("/u02", "/dev/xvdc"), unit("/u02/idx", "/dev/xvde")];
    Runbook {
        ssh_server: "ssh root@ovs1".into(),
        become_words: "sudo -n".into(),
        customizer: "(make the customizer)".into(),
        storage_mappings: owned(&["(with slot 2)", "(with slot 4)"]),
        disks: vec![disk(2, "xvdc"), disk(4, "xvde")],
        units_down: units.iter().rev().cloned().collect(),
        units,
        groups: owned(&["vg-data"]),
        tape: vec![
            TapeStep { text: "make a work copy".into(), sends: owned(&["(clone)", "(rename)"]) },
            TapeStep { text: "close".into(), sends: Vec::new() },
        ],
        no_tape: String::new(),
        ..small(freeze)
    }
}
