//! `ovmirror setup sudoers`: what each host must allow; asks, and changes nothing.

use crate::{
    cli::{
        args::Sudoers,
        output::json,
        prepare::{self, Seen, extract::with_type},
        report::Reporter,
        resolve::Site,
        sudoers::Known,
        wire,
    },
    config::{Database, MountMode, Quiesce},
    fault::{Fault, Kind},
    model::{DbName, HostName},
    step::{World, folder, gather, shell},
    survey::{Unit, fstab},
    text::{
        self,
        sudoers::{self, Right},
    },
};
use serde_json::json;
use std::{collections::BTreeMap, process::ExitCode};

/// Programs that are run as root.
const PROGRAMS: [&str; 7] = ["mount", "umount", "mkdir", "fsfreeze", "xfs_admin", "tune2fs", "e2fsck"];

/// A host: who logs in, and where its programs are.
#[derive(Debug, Clone)]
struct Login {
    user: String,
    home: String,
    programs: BTreeMap<String, String>,
}

pub fn sudoers(site: &Site, args: &Sudoers, out: &Reporter) -> Result<ExitCode, Fault> {
    let mut hosts: BTreeMap<HostName, (Login, Vec<Right>)> = BTreeMap::new();
    for (name, database) in site.databases(&args.databases)? {
        let world = wire::world(site, Some(database))?;
        for (host, login, rights) in rights(site, &world, (&name, database), args.at.as_deref())? {
            hosts.entry(host).or_insert_with(|| (login, Vec::new())).1.extend(rights);
        }
    }
    let mut texts = Vec::new();
    let mut objects = Vec::new();
    for (host, (login, rights)) in &hosts {
        let text = lines(host, login, rights)?;
        let kept = |line: &&str| !line.starts_with('#');
        objects.push(json!({"host": host, "user": login.user, "lines": text.lines().filter(kept).collect::<Vec<_>>()}));
        texts.push(text);
    }
    out.result(&json::object(out.simulated(), "sudoers", objects.into()), &texts.join("\n"));
    Ok(ExitCode::SUCCESS)
}

type Rights = (HostName, Login, Vec<Right>);

fn rights(
    site: &Site,
    world: &World,
    (name, database): (&DbName, &Database),
    at: Option<&str>,
) -> Result<Vec<Rights>, Fault> {
    let seen = prepare::survey(site, world, name, database, false)?;
    let facts = gather::host(world, &database.host)?;
    let login = login(world, &database.host)?;
    let media = site.media(database);
    let media_login = media.map(|(_, media)| self::login(world, &media.host)).transpose()?;
    let (typed, by_id) = units(world, database, &seen, &facts)?;
    let freeze: Vec<String> = seen.layout.to_freeze().map(str::to_owned).collect();
    let known = Known {
        database: name.as_str(),
        layout: &seen.layout,
        facts: &facts,
        typed: &typed,
        freeze: if database.quiesce == Quiesce::Fsfreeze { &freeze } else { &[] },
        prefix: media.filter(|(_, m)| m.mount == MountMode::Prefix).map(|(_, m)| m.prefix.as_str()),
        home: &login.home,
        media_home: media_login.as_ref().map_or("", |login| &login.home),
        by_id: &by_id,
        at,
    };
    let mut all = Vec::new();
    if let (Some((_, media)), Some(login)) = (media, media_login.clone()) {
        all.push((media.host.clone(), login, known.media()?));
    }
    let rights = known.database()?;
    all.push((database.host.clone(), login, rights));
    Ok(all)
}

/// The file systems with their types, and those that /etc/fstab finds by an id.
fn units(
    world: &World,
    database: &Database,
    seen: &Seen,
    facts: &crate::survey::HostFacts,
) -> Result<(Vec<Unit>, Vec<Unit>), Fault> {
    let lines = gather::fstab(world, &database.host)?;
    let typed: Vec<Unit> = seen.layout.data_units().map(|unit| with_type(unit.clone(), &lines)).collect();
    let by_id = typed.iter().filter(|unit| !fstab::by_id(&lines, facts, &unit.slots).is_empty()).cloned().collect();
    Ok((typed, by_id))
}

fn login(world: &World, host: &HostName) -> Result<Login, Fault> {
    let printed = shell::script(world, host, &sudoers::Programs { programs: &PROGRAMS })?;
    let mut words: BTreeMap<String, String> =
        printed.lines().filter_map(|line| line.split_once(' ')).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
    match (printed.lines().last(), words.remove("user"), words.remove("home")) {
        (Some("end"), Some(user), Some(home)) => Ok(Login { user, home, programs: words }),
        _ => Err(folder::not_understood(host, &printed)),
    }
}

/// The text of a host: programs by the place where sudo finds them.
fn lines(host: &HostName, login: &Login, rights: &[Right]) -> Result<String, Fault> {
    if login.user == "root" {
        return Ok(format!("# {host}: its user is root, who needs no lines\n"));
    }
    let mut rights = rights.to_vec();
    for command in rights.iter_mut().flat_map(|right| &mut right.commands) {
        let Some(program) = command.first_mut() else { continue };
        match login.programs.get(program) {
            Some(path) => program.clone_from(path),
            None => return Err(absent(host, program)),
        }
    }
    text::render(&sudoers::Sudoers { host: host.as_str(), user: &login.user, rights: &rights })
}

fn absent(host: &HostName, program: &str) -> Fault {
    Fault::new(Kind::User, "SET-001", format!("{program} is in none of the folders in which sudo looks on {host}"))
        .hint(format!("install it on {host}; what it is needed for: README, least privilege"))
        .on(host)
}
