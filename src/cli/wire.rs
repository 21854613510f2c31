//! The only place that builds transports and hands out the world.

use super::{confirm::Terminal, resolve::Site};
use crate::{
    config::{Config, Database, Host},
    driver::{
        dom0::{Server, ServerDeadlines},
        ends::Ends,
        ovm::{self, Guests, Manager},
        sqlplus::SqlPlus,
    },
    fault::{Fault, Kind, Remedy},
    model::HostName,
    port::{Clock, Remote},
    step::{Limits, World},
    transport::{
        CancelToken, Router, Traced,
        local::LocalRemote,
        oci::OciSql,
        ssh::{PasswordSource, SshHost, SshOptions, SshRemote, only_mine},
    },
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

pub use crate::transport::SystemClock;

/// Silence on a connection is broken after so long; the manager ends idle sessions after 15 minutes or so.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Everything outside, for one database (or for the manager alone).
pub fn world(site: &Site, database: Option<&Database>) -> Result<World, Fault> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let remote: Arc<dyn Remote> = Arc::new(Ends::new(remote(site)?, clock.clone()));
    let deadlines = &site.config.deadlines;
    let limits = Limits {
        command: deadlines.command.get(),
        sql: deadlines.sql.get(),
        clone: deadlines.clone.get(),
        rman_stall: deadlines.rman_stall.get(),
        start_stop: deadlines.start_stop.get(),
    };
    let manager = Arc::new(manager(&remote, &clock, &limits)?);
    let remote: Arc<dyn Remote> = Arc::new(Guests::new(remote, manager.clone(), guests(site)));
    let become_words = database.and_then(|db| site.config.hosts.get(&db.host)).and_then(become_words);
    Ok(World {
        manager,
        dom0: database.and_then(|db| db.server.clone()).map(|host| Arc::new(server(&remote, &clock, host, &limits))),
        oci: Arc::new(OciSql),
        sqlplus: Arc::new(SqlPlus::new(remote.clone(), deadlines.connect.get() + deadlines.sql.get())),
        remote,
        become_words: become_words.unwrap_or_default(),
        artifacts: site.artifacts.clone(),
        limits,
        ask: Arc::new(Terminal),
        window: Mutex::new(None),
    })
}

fn manager(remote: &Arc<dyn Remote>, clock: &Arc<dyn Clock>, limits: &Limits) -> Result<Manager, Fault> {
    let deadlines = ovm::Deadlines { command: limits.command, job: limits.clone, ..ovm::Deadlines::default() };
    Manager::new(remote.clone(), clock.clone(), deadlines)
        .map_err(|error| Fault::new(Kind::Bug, "CFG-005", error.to_string()))
}

/// The VM of each host that is a guest.
fn guests(site: &Site) -> BTreeMap<HostName, String> {
    let databases = site.config.databases.values().map(|database| (database.host.clone(), database.vm.clone()));
    let media = site.config.media.values().map(|media| (media.host.clone(), media.vm.clone()));
    databases.chain(media).collect()
}

fn server(remote: &Arc<dyn Remote>, clock: &Arc<dyn Clock>, host: HostName, limits: &Limits) -> Server {
    let deadlines = ServerDeadlines { command: limits.command, ..ServerDeadlines::default() };
    Server::new(remote.clone(), clock.clone(), host, deadlines)
}

fn remote(site: &Site) -> Result<Arc<dyn Remote>, Fault> {
    let cancel = CancelToken::new().map_err(|error| {
        Fault::new(Kind::External, "CFG-006", "this machine gives no more descriptors").cause(error.to_string())
    })?;
    let (local, far): (Vec<_>, Vec<_>) = site.config.hosts.iter().partition(|(_, host)| host.local);
    let mut hosts: Vec<SshHost> = far.into_iter().map(|(name, host)| ssh_host(name, host)).collect();
    hosts.push(manager_host(site)?);
    let options = SshOptions {
        known_hosts: site.known_hosts.clone(),
        connect: site.config.deadlines.connect.get(),
        keepalive: KEEPALIVE,
        cancel: cancel.clone(),
    };
    let local = local.into_iter().map(|(name, host)| (name.clone(), become_words(host)));
    let router = Arc::new(Router::new(SshRemote::new(hosts, options), LocalRemote::new(local, &cancel)));
    Ok(if site.verbose > 0 { Arc::new(Traced::new(router, site.verbose > 1)) } else { router })
}

fn become_words(host: &Host) -> Option<Vec<String>> {
    let words: Vec<String> = host.become_with.as_deref()?.split_whitespace().map(str::to_owned).collect();
    (!words.is_empty()).then_some(words)
}

fn ssh_host(name: &HostName, host: &Host) -> SshHost {
    SshHost {
        name: name.clone(),
        address: host.address.clone().unwrap_or_default(),
        port: host.port.unwrap_or(22),
        user: host.user.clone().unwrap_or_default(),
        key: host.key.clone(),
        password: password(host.password_file.as_ref(), host.password_command.as_ref()),
        use_agent: host.agent,
        become_prefix: become_words(host),
        legacy: host.legacy_ssh,
        manager: false,
    }
}

fn manager_host(site: &Site) -> Result<SshHost, Fault> {
    let manager = &site.config.manager;
    let name = HostName::new("manager").map_err(|error| Fault::new(Kind::Bug, "CFG-005", error.to_string()))?;
    Ok(SshHost {
        name,
        address: manager.host.clone(),
        port: manager.port,
        user: manager.user.clone(),
        key: manager.key.clone(),
        password: password(manager.password_file.as_ref(), manager.password_command.as_ref()),
        use_agent: false,
        become_prefix: None,
        legacy: manager.legacy_ssh,
        manager: true,
    })
}

fn password(file: Option<&std::path::PathBuf>, command: Option<&String>) -> Option<PasswordSource> {
    file.cloned().map(PasswordSource::File).or_else(|| command.cloned().map(PasswordSource::Command))
}

/// A password file that is there must be ours alone: with a key in use it might be read only when that key fails.
pub fn secrets_are_ours_alone(config: &Config) -> Result<(), Fault> {
    let mut there = config.password_files().filter(|file| file.exists());
    there.try_for_each(|file| only_mine(file, "password file")).map_err(|error| error.fault())
}
