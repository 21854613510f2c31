//! The product's configuration for this site, and the host keys it is to trust.

use super::{
    error::{During, SiteError},
    keys, manager,
    paths::Paths,
    plan::{Machine, Site},
};
use crate::{context::Mode, host::spec::Role};
use std::{fmt::Display, fs};

/// Writes both.
pub fn write(paths: &Paths, site: &Site) -> Result<(), SiteError> {
    fs::write(paths.config(), text(paths, site)).at(&paths.config())?;
    let mut known: String = String::new();
    for machine in &site.machines {
        known += &keys::known_hosts(machine.port, &keys::host(paths, &machine.name)?)?;
    }
    if !site.hosts_only {
        known += &manager::known_hosts(paths, site.manager_port)?;
    }
    fs::write(paths.known_hosts(), known).at(&paths.known_hosts())
}

/// A text as TOML writes it; JSON's escapes are a part of TOML's.
fn quoted(value: impl Display) -> String {
    serde_json::Value::String(value.to_string()).to_string()
}

fn text(paths: &Paths, site: &Site) -> String {
    let at = |path: std::path::PathBuf| quoted(path.display());
    let mut out = format!(
        "# Written by `ovmirror-lab up`; the next one writes it again.\nstate = {}\nknown_hosts = {}\nsimulated = true\n",
        at(paths.dir.join("state")),
        at(paths.known_hosts())
    );
    if !site.hosts_only {
        out += &format!(
            "\n[manager]\nhost = \"127.0.0.1\"\nport = {}\nuser = \"admin\"\nkey = {}\npassword_file = {}\nserver_pool = {}\n",
            site.manager_port,
            at(paths.client_key()),
            at(paths.password()),
            quoted(super::plan::POOL)
        );
    }
    site.machines.iter().for_each(|machine| out += &host(paths, machine));
    site.of(Role::Media).for_each(|machine| out += &media(paths, site, machine));
    site.of(Role::Database).for_each(|machine| out += &database(site, machine));
    if site.mode == Mode::Xen {
        out += DEADLINES;
    }
    out
}

/// An emulated machine may need seconds for a login, and ten times as long beside other work.
const DEADLINES: &str = "\n[deadlines]\nconnect = \"60 s\"\ncommand = \"3 min\"\nsql = \"5 min\"\n";

fn host(paths: &Paths, machine: &Machine) -> String {
    let (user, rise) = if machine.role == Role::Server { ("root", "") } else { ("oracle", "become = \"sudo\"\n") };
    format!(
        "\n[hosts.{}]\naddress = \"127.0.0.1\"\nport = {}\nuser = {}\nkey = {}\n{rise}",
        machine.name,
        machine.port,
        quoted(user),
        quoted(paths.client_key().display())
    )
}

fn media(paths: &Paths, site: &Site, machine: &Machine) -> String {
    format!(
        "\n[media.{0}]\nhost = \"{0}\"\nvm = \"{0}\"\noracle_home = {1}\n\
         sbt = {{ library = \"oracle.disksbt\", env = {{ BACKUP_DIR = {2} }} }}\n",
        machine.name,
        quoted(site.oracle_home().display()),
        quoted(paths.tape().display())
    )
}

fn database(site: &Site, machine: &Machine) -> String {
    let (Some(sid), Some(server)) = (&machine.sid, site.of(Role::Server).next()) else { return String::new() };
    let media = site.of(Role::Media).next().map_or(String::new(), |m| format!("media = \"{}\"\n", m.name));
    let window = if site.mode == Mode::Xen { "window_limit = \"10 min\"\n" } else { "" };
    format!(
        "\n[databases.{sid}]\nhost = \"{0}\"\nvm = \"{0}\"\nserver = \"{1}\"\n{media}sid = \"{sid}\"\noracle_home = {2}\n\
         {window}kept = \"/home/oracle/kept\"\n",
        machine.name,
        server.name,
        quoted(site.oracle_home().display())
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn odd_paths_stay_one_text() {
        assert_eq!(super::quoted("/tmp/a \"b\"\\c"), r#""/tmp/a \"b\"\\c""#);
    }
}
