//! Hostile names at every place where a name comes in.

use super::names::{hostile, nothing_was_run, some};
use crate::{
    clean::assert_clean,
    site::{Said, Site},
};
use std::fs;

/// What is wrong with how it ended: an answer, or one error with a code and a remedy, in a status that says whose it is.
fn unclear(said: &Said) -> Option<String> {
    if said.status == 0 || said.status == 2 {
        return None;
    }
    if ![1, 3, 4].contains(&said.status) {
        return Some(format!("status {}: {}", said.status, said.stderr));
    }
    let object = said.object();
    let error = &object["error"];
    let control = |c: char| c.is_control() && c != '\n' && c != '\t';
    match () {
        () if error["code"].as_str().is_none_or(str::is_empty) => Some(format!("no code: {object}")),
        () if error["hints"].as_array().is_none_or(Vec::is_empty) => Some(format!("no remedy: {object}")),
        () if said.stderr.contains(control) => Some(format!("control characters on the terminal: {:?}", said.stderr)),
        () => None,
    }
}

/// What was wrong, all of it.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn judge(&mut self, said: &Said, what: &str) {
        self.0.extend(unclear(said).map(|why| format!("{what}: {why}")));
    }

    fn must_be_nothing(&self) {
        assert!(self.0.is_empty(), "{} are wrong:\n{}", self.0.len(), self.0.join("\n"));
    }
}

/// Runs with the name in the place of NAME.
fn with_name(site: &Site, wrong: &mut Wrong, args: &[&str], name: &str) {
    let args: Vec<String> = args.iter().map(|arg| arg.replace("NAME", name)).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let said = site.ovmirror(&[&["--json"], args.as_slice()].concat());
    wrong.judge(&said, &format!("{args:?}"));
}

#[test]
fn hostile_arguments() {
    let site = Site::up(&["--mode", "portable"]);
    site.ovmirror(&["backup", "--snapshot-only", "ORCL"]).expect(0);
    let snapshot = site.newest_snapshot();
    let runs = site.json(&["runs"])["runs"].as_array().unwrap().len();
    let local: &[&[&str]] = &[
        &["backup", "--", "NAME"],
        &["check", "--", "NAME"],
        &["offload", "--", "NAME"],
        &["show", "--", "NAME"],
        &["list", "--", "NAME"],
        &["heal", "--", "NAME"],
        &["undo", "--yes", "--", "NAME"],
        &["resume", "--", "NAME"],
        &["commit", "--yes", "--", "NAME"],
        &["drill", "--", "NAME"],
        &["extract", "--close=NAME"],
        &["extract", "--list", "--", "NAME"],
        &["recover", "--to=latest", "--", "NAME"],
        &["recover", "ORCL", "--to=time=NAME"],
        &["recover", "ORCL", "--to=NAME"],
        &["plan", "--runbook=NAME"],
        &["setup", "sudoers", "--", "NAME"],
    ];
    let mut wrong = Wrong::default();
    for name in hostile() {
        local.iter().for_each(|args| with_name(&site, &mut wrong, args, &name));
    }
    wrong.must_be_nothing();
    // These ask the machines first.
    let far: &[&[&str]] = &[
        &["vm", "--", "NAME"],
        &["recover", "ORCL", "--plan", "--to=snapshot=NAME"],
        &["recover", "ORCL", "--plan", "--to=latest", "--tablespace=NAME"],
        &["recover", "ORCL", "--plan", "--to=latest", "--pdb=NAME"],
        &["recover", "ORCL", "--plan", "--to=latest", "--from-tape=NAME"],
        &["extract", &snapshot, "--at=NAME"],
        &["extract", &snapshot, "--at=/home/oracle/NAME"],
        &["extract", &snapshot, "--path=/u02/NAME", "--to=/home/oracle"],
        &["extract", &snapshot, "--path=/u02/oradata", "--to=/home/oracle/NAME"],
        &["extract", &snapshot, "--list", "--disk=NAME"],
        &["setup", "sudoers", "--at=NAME"],
    ];
    for name in some() {
        far.iter().for_each(|args| with_name(&site, &mut wrong, args, &name));
        close_all(&site);
    }
    wrong.must_be_nothing();
    nothing_was_run(&site);
    let now = site.json(&["runs"])["runs"].as_array().unwrap().len();
    assert!(now >= runs);
    assert_clean(&site, true);
    // `/` as a name is the folder itself, which may be copied.
    let left = site.says("slot021", "ls -A /home/oracle | grep -v -e '^[.]' -e '^oradata$' -e '^u02$' || true");
    assert_eq!(left, "", "left in /home/oracle");
}

/// A hostile folder that is a folder for all that is taken, and taken back.
fn close_all(site: &Site) {
    let status = site.json(&["runs"]);
    for run in status["runs"].as_array().unwrap() {
        if run["flow"] == "extract" && run["state"] == "done" && run["step"] != "take_down" {
            site.ovmirror(&["extract", "--close", run["id"].as_str().unwrap()]);
        }
    }
}

/// TOML takes any text in quotes.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}

#[test]
fn hostile_configuration() {
    let site = Site::up(&["--mode", "portable"]);
    let whole = fs::read_to_string(site.config()).unwrap();
    let line = |key: &str| whole.lines().find(|line| line.starts_with(key)).unwrap_or_else(|| panic!("{key}: {whole}"));
    let places = [
        ("[databases.ORCL]", "[databases.NAME]"),
        ("[hosts.slot021]", "[hosts.NAME]"),
        ("[media.bckvm]", "[media.NAME]"),
        (line("sid = "), "sid = NAME"),
        (line("oracle_home = "), "oracle_home = NAME"),
        (line("vm = "), "vm = NAME"),
        (line("server_pool = "), "server_pool = NAME"),
        (line("become = "), "become = NAME"),
        (line("sid = "), "sid = \"ORCL\"\nskip = [NAME]"),
        (line("sid = "), "sid = \"ORCL\"\nkept = NAME"),
        (line("sid = "), "sid = \"ORCL\"\nchecks = [NAME]"),
        (line("user = "), "user = NAME"),
        (line("address = "), "address = NAME"),
        (line("sbt = "), "sbt = { library = NAME }"),
        (line("sbt = "), "sbt = { library = \"oracle.disksbt\", env = { BACKUP_DIR = NAME } }"),
        (line("sbt = "), "sbt = { library = \"oracle.disksbt\", env = { NAME = \"x\" } }"),
        (line("sbt = "), "mount = \"prefix\"\nprefix = NAME\nsbt = { library = \"oracle.disksbt\" }"),
    ];
    let mut wrong = Wrong::default();
    for (from, to) in places {
        for name in hostile() {
            fs::write(site.config(), whole.replacen(from, &to.replace("NAME", &quoted(&name)), 1)).unwrap();
            wrong.judge(&site.ovmirror(&["--json", "config", "check"]), &format!("{to}: {name:?}"));
        }
    }
    // What the file may hold goes as far as it goes.
    for (from, to) in &places[5..] {
        for name in hostile().iter().step_by(4) {
            fs::write(site.config(), whole.replacen(from, &to.replace("NAME", &quoted(name)), 1)).unwrap();
            wrong.judge(&site.ovmirror(&["--json", "check"]), &format!("check, {to}: {name:?}"));
        }
    }
    fs::write(site.config(), &whole).unwrap();
    wrong.must_be_nothing();
    nothing_was_run(&site);
    assert_clean(&site, false);
}

/// Files of the database with hostile names: backed up as they are, or refused before anything is changed.
#[test]
fn hostile_datafiles() {
    let site = Site::up(&["--mode", "portable"]);
    let (mut taken, mut refused) = (0, 0);
    for name in some() {
        let literal = format!("/u02/oradata/ORCL/{}.dbf", name.replace('\'', "''"));
        let made = site.sql(&format!("set define off\ncreate tablespace odd datafile '{literal}' size 1m;"));
        if made.contains("ORA-")
            || made.contains("SP2-")
            || site.sql("select name from v$tablespace where name = 'ODD';") != "ODD"
        {
            continue;
        }
        let said = site.ovmirror(&["--json", "backup", "ORCL"]);
        match said.status {
            0 => taken += 1,
            _ => {
                refused += 1;
                assert_eq!(unclear(&said), None, "{name:?}");
                assert!(said.stderr.contains("refused") || said.stderr.contains("["), "{name:?}: {}", said.stderr);
                let list = site.json(&["list"]);
                assert_clean(&site, !list["snapshots"].as_array().unwrap().is_empty());
            }
        }
        nothing_was_run(&site);
        site.sql("drop tablespace odd including contents and datafiles;");
    }
    assert!(taken + refused > 5, "the lab made almost none: {taken} taken, {refused} refused");
    eprintln!("datafile names: {taken} backed up, {refused} refused");
}

/// Vm, disk and mapping names at the manager. Objects are known by id; names are compared, never sent.
#[test]
fn hostile_names_at_the_manager() {
    let site = Site::up(&["--mode", "portable"]);
    let disks = site.json(&["vm", "slot021"]);
    let disk = disks["disks"].as_array().unwrap().iter().find(|disk| disk["slot"] == 2).unwrap();
    let (mapping, disk) = (disk["mapping"].as_str().unwrap(), disk["disk"].as_str().unwrap());
    let mut renamed = 0;
    for name in some() {
        // The CLI's own rule: `/` escapes inside quotes; a line end or semicolon cannot be typed.
        let typed: String =
            name.chars().flat_map(|c| if "/'\"".contains(c) { vec!['/', c] } else { vec![c] }).collect();
        let said = site.manager(&format!("edit VirtualDisk id={disk} name=\"{typed}\""));
        if !said.contains("Status: Success") {
            continue;
        }
        renamed += 1;
        site.manager(&format!("edit VmDiskMapping id={mapping} name=\"{typed}\""));
        assert_eq!(unclear(&site.ovmirror(&["--json", "vm", "slot021"])), None, "{name:?}");
        let said = site.ovmirror(&["--json", "backup", "--snapshot-only", "ORCL"]);
        assert_eq!(said.status, 0, "{name:?}: {}", said.stderr);
        nothing_was_run(&site);
    }
    assert!(renamed > 5, "the manager took {renamed} names only");
    assert_clean(&site, true);
}
