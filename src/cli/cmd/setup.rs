//! `ovmirror setup sudoers`: what each host must allow; asks, and changes nothing.

use crate::{
    catalog,
    cli::{
        args::Sudoers,
        output::json,
        prepare::{self, Seen, extract::with_type},
        recover,
        report::Reporter,
        resolve::Site,
        sudoers::Known,
        wire,
    },
    config::{Database, MountMode, Quiesce},
    fault::{Fault, Kind},
    model::{DbName, HostName, RunId, Scn},
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
const PROGRAMS: [&str; 17] = [
    "mount",
    "umount",
    "mkdir",
    "fsfreeze",
    "xfs_admin",
    "tune2fs",
    "e2fsck",
    "mkfs.xfs",
    "mkfs.ext2",
    "mkfs.ext3",
    "mkfs.ext4",
    "e2label",
    "chown",
    "chmod",
    "pvs",
    "vgchange",
    "vgimportclone",
];

/// A host: who logs in, and where its programs are.
#[derive(Debug, Clone)]
struct Login {
    user: String,
    home: String,
    programs: BTreeMap<String, String>,
}

pub fn sudoers(site: &Site, args: &Sudoers, out: &Reporter) -> Result<ExitCode, Fault> {
    let mut hosts: BTreeMap<HostName, (Login, Vec<Right>)> = BTreeMap::new();
    let restored = args.from_tape.as_deref().map(|id| catalog::find_snapshot(&site.store()?, id)).transpose()?;
    let mut servers: BTreeMap<HostName, Login> = BTreeMap::new();
    for (name, database) in site.databases(&args.databases)? {
        let world = wire::world(site, Some(database))?;
        if let Some(server) = &database.server
            && !servers.contains_key(server)
        {
            servers.insert(server.clone(), login(&world, server)?);
        }
        if let Some(snapshot) = restored.as_ref().filter(|snapshot| snapshot.database == name) {
            let right = from_tape(site, &world, (&name, database), &snapshot.id)?;
            let login = login(&world, &database.host)?;
            hosts.entry(database.host.clone()).or_insert_with(|| (login, Vec::new())).1.push(right);
        }
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
    for (host, login) in &servers {
        objects.push(json!({"host": host, "user": login.user, "lines": Vec::<String>::new()}));
        texts.push(server(host, login));
    }
    out.result(&json::object(out.simulated(), "sudoers", objects.into()), &texts.join("\n"));
    Ok(ExitCode::SUCCESS)
}

/// dom0 is reached as root by default. The commands of another user there name images by a run's id, behind which only a
/// wildcard could stand.
fn server(host: &HostName, login: &Login) -> String {
    match login.user.as_str() {
        "root" => root(host),
        user => format!(
            "# {host}: no exact lines can be given to {user}, since reflink, mv, rm and fuser name files by a run's id: let \
             ovmirror log in as root there, or choose way = \"manager\", which needs no server\n"
        ),
    }
}

fn root(host: &HostName) -> String {
    format!("# {host}: its user is root, who needs no lines\n")
}

/// What the flow's own step types for each file system of the snapshot. The media host needs nothing beyond a backup.
fn from_tape(site: &Site, world: &World, (name, database): (&DbName, &Database), id: &RunId) -> Result<Right, Fault> {
    let facts = recover::look(site, world, (name, database), Scn::default(), false, None)?;
    let all = recover::snapshots(&site.store()?, name)?;
    let snapshot = all.into_iter().find(|one| one.record.id == *id).ok_or_else(|| {
        Fault::new(Kind::User, "SET-003", format!("snapshot {id} is not in the store")).hint("ovmirror list")
    })?;
    let params = recover::fresh::params(site, world, database, &facts, &snapshot)?;
    let id_of = |flag: &str| shell::words(world, &database.host, &["id", flag]).map(|text| text.trim().to_owned());
    let user = format!("{}:{}", id_of("-u")?, id_of("-g")?);
    let commands = params.file_systems.iter().flat_map(|fs| fs.commands(&user)).collect();
    let what =
        format!("{name}: recover --from-tape {id}, at the slots that are free now; for the hour of the recovery");
    Ok(Right { what, pattern: false, commands })
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
        return Ok(root(host));
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
