//! What a Linux guest says.

use crate::{
    fault::{Fault, Kind},
    model::HostName,
    step::{World, folder, shell, volume_group},
    survey::{DbFacts, DbFile, FileKind, HostFacts, Layout, Rebuild, fstab, layout::Unit, place::group_under},
    text::sh::{self, OracleEnv},
};

/// An ORACLE_HOME.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// Of sqlplus and rman, what is not there.
    pub missing: Vec<String>,
    /// Its client's release.
    pub release: Option<String>,
    /// TZ of the instance's processes, empty where they have none; `None`: it does not run.
    pub tz: Option<String>,
}

/// Mounts, devices and instances.
pub fn host(world: &World, host: &HostName) -> Result<HostFacts, Fault> {
    let printed = shell::script(world, host, &sh::Facts {})?;
    HostFacts::parse(&printed).map_err(|why| {
        Fault::new(Kind::External, "CMD-002", format!("the facts of {host} were not understood: {why}"))
            .printed(&printed)
    })
}

/// The same, with the volume groups below files of the database: there LVM itself is asked, as root.
pub fn host_of(world: &World, host: &HostName, db: &DbFacts) -> Result<HostFacts, Fault> {
    let mut facts = self::host(world, host)?;
    let on_a_group =
        |file: &DbFile| facts.mount_of(&file.path).is_some_and(|mount| group_under(&facts, mount).is_some());
    if db.files.iter().filter(|file| file.kind == FileKind::Data).any(on_a_group) {
        facts.volumes = volume_group::physical_volumes(world, host)?;
    }
    Ok(facts)
}

/// What making the data file systems anew would need.
pub fn rebuild(world: &World, host: &HostName, layout: &Layout) -> Result<Rebuild, Fault> {
    let mounted = |unit: &Unit| sh::Mounted { target: unit.target.clone(), source: unit.source.clone() };
    let units: Vec<_> = layout.data_units().map(mounted).collect();
    let printed = shell::script(world, host, &sh::Rebuild { units: &units })?;
    Rebuild::parse(&printed).map_err(|why| {
        Fault::new(Kind::External, "CMD-002", format!("the facts of {host} were not understood: {why}"))
            .printed(&printed)
    })
}

/// How the guest finds its file systems at boot.
pub fn fstab(world: &World, host: &HostName) -> Result<Vec<fstab::Line>, Fault> {
    let printed = shell::script(world, host, &sh::Fstab {})?;
    fstab::parse(&printed).map_err(|why| {
        Fault::new(Kind::External, "CMD-002", format!("/etc/fstab of {host} was not understood: {why}"))
            .printed(&printed)
    })
}

/// What a home has.
pub fn home(world: &World, host: &HostName, env: &OracleEnv) -> Result<Home, Fault> {
    let printed = shell::script(world, host, &sh::Home { env })?;
    if !printed.lines().any(|line| line == "end") {
        return Err(folder::not_understood(host, &printed));
    }
    let all = |word: &str| printed.lines().filter_map(|l| l.strip_prefix(word)).map(str::to_owned).collect::<Vec<_>>();
    Ok(Home { missing: all("missing "), release: all("release ").pop(), tz: all("tz ").pop() })
}

/// Free space of the file system of a path, for users that are not root.
pub fn free_kib(world: &World, host: &HostName, path: &str) -> Result<u64, Fault> {
    let printed = shell::words(world, host, &["df", "-P", "-k", path])?;
    let fields = printed.lines().nth(1).map(|line| line.split_ascii_whitespace());
    let free = fields.and_then(|mut fields| fields.nth(3)).and_then(|field| field.parse().ok());
    free.ok_or_else(|| folder::not_understood(host, &printed))
}

/// Where each name really lies, links followed, in the same order; `None` for one that is not there.
pub fn places(world: &World, host: &HostName, paths: &[String]) -> Result<Vec<Option<String>>, Fault> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let printed = shell::script(world, host, &sh::Places { paths })?;
    let answers = printed.lines().filter(|line| line.starts_with("real ") || *line == "missing");
    let places: Vec<_> = answers.map(|line| line.strip_prefix("real ").map(str::to_owned)).collect();
    if places.len() == paths.len() { Ok(places) } else { Err(folder::not_understood(host, &printed)) }
}

/// The names with links resolved, in the same order; a name that is not there stays as it is.
pub fn real_paths(world: &World, host: &HostName, paths: &[String]) -> Result<Vec<String>, Fault> {
    let places = places(world, host, paths)?;
    Ok(places.into_iter().zip(paths).map(|(place, path)| place.unwrap_or_else(|| path.clone())).collect())
}
