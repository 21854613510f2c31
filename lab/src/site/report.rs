//! What the command line says about a site.

use super::{
    control,
    error::{During, SiteError},
    paths::Paths,
    plan::{Disk, Machine, Site},
    probe::{self, Choice},
    up::better,
};
use crate::{
    host::{dev, spec::Role},
    quirk,
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, path::Path, process::ExitCode};

/// After `up`.
pub fn up(paths: &Paths, site: &Site, choice: &Choice, notes: &[String], as_json: bool) -> Result<(), SiteError> {
    if as_json {
        let text =
            serde_json::to_string_pretty(&object(paths, site)).map_err(std::io::Error::from).during("the report")?;
        say!("{text}");
    } else {
        human(paths, site, choice);
    }
    notes.iter().for_each(|note| eprintln!("{note}"));
    Ok(())
}

fn human(paths: &Paths, site: &Site, choice: &Choice) {
    say!("The site stands in {}.", paths.dir.display());
    say!("{}", better(choice));
    say!("\n  ovmirror -c {} check", paths.config().display());
    let login = site.machines.first().map_or(String::new(), |m| ssh(paths, m));
    say!("  {login}");
    say!("  ovmirror-lab down --dir {}", paths.dir.display());
}

fn ssh(paths: &Paths, machine: &Machine) -> String {
    let (key, known) = (paths.client_key(), paths.known_hosts());
    let user = user(machine);
    format!("ssh -i {} -o UserKnownHostsFile={} -p {} {user}@127.0.0.1", key.display(), known.display(), machine.port)
}

fn user(machine: &Machine) -> &'static str {
    if machine.role == Role::Server { "root" } else { "oracle" }
}

fn object(paths: &Paths, site: &Site) -> Value {
    let key = paths.client_key();
    let host =
        |m: &Machine| json!({"address": "127.0.0.1", "port": m.port, "user": user(m), "key": key, "disks": disks(m)});
    let hosts: Map<String, Value> = site.machines.iter().map(|m| (m.name.clone(), host(m))).collect();
    let home = site.oracle_home();
    let database = |m: &Machine| json!({"name": m.sid, "host": m.name, "sid": m.sid, "oracle_home": home});
    let manager = json!({
        "address": "127.0.0.1", "port": site.manager_port, "user": "admin", "password_file": paths.password(),
    });
    json!({
        "schema": 1,
        "simulated": true,
        "mode": probe::name(site.mode),
        "dir": paths.dir,
        "config": paths.config(),
        "known_hosts": paths.known_hosts(),
        "client_key": key,
        "manager": if site.hosts_only { Value::Null } else { manager },
        "hosts": hosts,
        "databases": site.of(Role::Database).map(database).collect::<Vec<_>>(),
        "tape_dir": paths.tape(),
        "layout": site.layout,
        "fstab": site.fstab,
        "repositories": site.repositories,
    })
}

/// The disks of the first boot.
fn disks(machine: &Machine) -> Vec<Value> {
    let disk = |d: &Disk| {
        json!({
            "slot": d.slot, "device": dev::name(d.slot), "id": d.id, "name": d.name, "repository": d.repository,
            "bytes": d.bytes, "mount": d.dir, "group": d.group,
        })
    };
    machine.disks.iter().map(disk).collect()
}

/// `status`: exit status 0 when the site runs.
pub fn status(dir: &Path, as_json: bool) -> Result<ExitCode, SiteError> {
    let paths = Paths::of(dir).at(dir)?;
    let site = Site::read(&paths)?.ok_or_else(SiteError::no_site)?;
    let ports: Option<BTreeMap<String, u16>> = control::runtime()?.block_on(async {
        let mut stream = control::connect(&paths).await?;
        serde_json::from_str(&control::ask(&mut stream, "status").await.ok()?).ok()
    });
    let running = |m: &Machine| ports.as_ref().and_then(|p| p.get(&m.name));
    if as_json {
        let machine =
            |m: &Machine| json!({"name": m.name, "id": m.id, "running": running(m).is_some(), "port": running(m)});
        let machines: Vec<_> = site.machines.iter().map(machine).collect();
        say!(
            "{}",
            json!({"schema": 1, "simulated": true, "running": ports.is_some(), "mode": probe::name(site.mode), "machines": machines})
        );
    } else {
        say!("{} ({} mode)", if ports.is_some() { "running" } else { "down" }, probe::name(site.mode));
        for machine in &site.machines {
            say!("{:<10} {}", machine.name, running(machine).map_or("-".to_owned(), |p| format!("127.0.0.1:{p}")));
        }
    }
    Ok(if ports.is_some() { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

/// `quirks`
pub fn quirks() {
    for quirk in quirk::all() {
        say!("{}={}\n    {}", quirk.name, quirk.values.join("|"), quirk.about);
    }
}
