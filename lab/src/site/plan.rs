//! What a site is made of: machines with their disks, ids, options. Kept in `site.json`.

use super::{
    args::{Fstab, Layout, Up},
    error::{During, SiteError},
    layout::{self, GIB, Plate},
    paths::Paths,
};
use crate::{
    context::{Mode, Oracle},
    guest::table,
    host::{
        dev,
        spec::{FstabLine, Role},
    },
    quirk::Quirks,
};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The name of the server pool.
pub const POOL: &str = "slot";
/// The name of the server.
pub const SERVER: &str = "ovs1";

/// A site.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Site {
    /// How hosts are made.
    pub mode: Mode,
    /// Release of the database.
    pub oracle: Oracle,
    /// Release of the manager.
    pub release: String,
    /// Round trip time in milliseconds.
    pub rtt_ms: u64,
    /// How long a job takes, in milliseconds.
    pub job_ms: u64,
    /// Disks of the database VMs.
    pub layout: Layout,
    /// Bytes of the datafile disk, where they were asked for.
    pub data_size: Option<u64>,
    /// How fstab names file systems.
    pub fstab: Fstab,
    /// Old guests.
    pub old_guest: bool,
    /// The switches.
    pub quirks: Quirks,
    /// No manager, no databases.
    pub hosts_only: bool,
    /// The repositories; the first holds every vm.cfg.
    pub repositories: Vec<Repository>,
    /// The manager's port; 0 until it is known.
    pub manager_port: u16,
    /// The machines: guests first, the server last.
    pub machines: Vec<Machine>,
}

/// A repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Repository {
    /// `0004fb0000030000…`
    pub id: String,
    /// Its name at the manager.
    pub name: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// A guest or the server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Machine {
    /// Its name, at the manager and in its own kernel.
    pub name: String,
    /// `0004fb0000060000…`; for the server its UUID.
    pub id: String,
    /// What it is for.
    pub role: Role,
    /// Disks at the first boot.
    pub disks: Vec<Disk>,
    /// The database on it.
    pub sid: Option<String>,
    /// The port of its SSH server; 0 until it is known.
    pub port: u16,
}

/// A virtual disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// Slot of its mapping.
    pub slot: u32,
    /// `0004fb0000120000….img`
    pub id: String,
    /// Its name at the manager.
    pub name: String,
    /// The id of the repository it lies in.
    pub repository: String,
    /// Size.
    pub bytes: u64,
    /// UUID of its file system.
    pub uuid: String,
    /// Label of its file system.
    pub label: Option<String>,
    /// Where the guest mounts it; `None` for an external log and for the further disks of a volume group.
    pub dir: Option<String>,
    /// The volume group it belongs to; UUID, label and place are those of the group's volume.
    #[serde(default)]
    pub group: Option<String>,
    /// Its file system.
    #[serde(default = "xfs")]
    pub fs: String,
}

fn xfs() -> String {
    "xfs".to_owned()
}

/// A server's id is the UUID of its board as the manager writes it: sixteen bytes with colons between them.
fn server_id() -> String {
    let bytes: [u8; 16] = rand::random();
    bytes.map(|byte| format!("{byte:02x}")).join(":")
}

/// A fresh id of the manager: type and 16 random digits.
#[must_use]
pub fn id(kind: &str) -> String {
    format!("0004fb0000{kind}0000{:016x}", rand::random::<u64>())
}

impl Site {
    /// A new one.
    pub fn new(up: &Up, mode: Mode) -> Result<Self, SiteError> {
        let layout = up.layout.unwrap_or(Layout::Papers);
        let oracle = up.oracle.unwrap_or(Oracle::V19);
        possible(layout, mode, oracle)?;
        let data_size = up.data_size.map(|gib| gib * GIB);
        let bytes = up.repository_size.map_or_else(|| (64 * GIB).max(4 * data_size.unwrap_or(0)), |gib| gib * GIB);
        let repository = |name: &&str| Repository { id: id("03"), name: (*name).to_owned(), bytes };
        let repositories: Vec<_> = layout::repositories(layout).iter().map(repository).collect();
        let mut site = Self {
            mode,
            oracle,
            release: up.release.clone().unwrap_or_else(|| "3.4".into()),
            rtt_ms: 0,
            job_ms: 1000,
            layout,
            data_size,
            fstab: up.fstab.unwrap_or_default(),
            old_guest: false,
            quirks: Quirks::default(),
            hosts_only: up.hosts_only,
            repositories,
            manager_port: 0,
            machines: Vec::new(),
        };
        site.machines = machines(&site, up.databases.unwrap_or(1), up.media.unwrap_or(1));
        site.switch(up)?;
        Ok(site)
    }

    /// What may change from one `up` to the next.
    pub fn switch(&mut self, up: &Up) -> Result<(), SiteError> {
        if self.mode == Mode::Xen {
            fits_xen(up)?;
        }
        self.rtt_ms = up.rtt.unwrap_or(self.rtt_ms);
        if let Some(seconds) = up.job_time {
            self.job_ms = std::time::Duration::try_from_secs_f64(seconds)
                .map_err(|e| SiteError::refused(format!("--job-time {seconds}: {e}"), ""))
                .map(|d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))?;
        }
        self.manager_port = up.manager_port.unwrap_or(self.manager_port);
        self.old_guest |= up.old_guest;
        if let Some(release) = &up.release {
            self.release.clone_from(release);
        }
        up.quirk
            .iter()
            .try_for_each(|text| self.quirks.set(text))
            .map_err(|e| SiteError::refused(e, "`ovmirror-lab quirks` lists them"))
    }

    /// Whether a site that exists is the one that is asked for now.
    pub fn fits(&self, up: &Up, mode: Option<Mode>) -> Result<(), SiteError> {
        let count = |role: Role| u32::try_from(self.machines.iter().filter(|m| m.role == role).count()).unwrap_or(0);
        let wrong = [
            ("--mode", mode.is_some_and(|m| m != self.mode)),
            ("--oracle", up.oracle.is_some_and(|o| o != self.oracle)),
            ("--layout", up.layout.is_some_and(|l| l != self.layout)),
            ("--data-size", up.data_size.is_some_and(|g| Some(g * GIB) != self.data_size)),
            ("--fstab", up.fstab.is_some_and(|by| by != self.fstab)),
            ("--databases", up.databases.is_some_and(|n| n != count(Role::Database))),
            ("--media", up.media.is_some_and(|n| n != count(Role::Media))),
            (
                "--repository-size",
                up.repository_size.is_some_and(|g| self.repositories.iter().any(|r| r.bytes != g * GIB)),
            ),
        ];
        match wrong.iter().find(|(_, differs)| *differs) {
            Some((option, _)) => Err(SiteError::refused(
                format!("the site in this folder was made with another {option}"),
                "leave the option out, or choose another --dir",
            )),
            None => Ok(()),
        }
    }

    /// Reads it; `None` when there is none.
    pub fn read(paths: &Paths) -> Result<Option<Self>, SiteError> {
        let path = paths.site();
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .map(Some)
                .map_err(|e| SiteError::refused(format!("{}: {e}", path.display()), "")),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e).at(&path),
        }
    }

    /// Writes it.
    pub fn write(&self, paths: &Paths) -> Result<(), SiteError> {
        let text = serde_json::to_vec_pretty(self).map_err(std::io::Error::from).at(&paths.site())?;
        let next = paths.dir.join("site.json.new");
        fs::write(&next, text).at(&next)?;
        fs::rename(&next, paths.site()).at(&paths.site())
    }

    /// The Oracle home of this release.
    #[must_use]
    pub fn oracle_home(&self) -> PathBuf {
        let version = match self.oracle {
            Oracle::V11_2 => "11.2.0",
            Oracle::V12_2 => "12.2.0",
            Oracle::V19 => "19.0.0",
            Oracle::V23 => "23.0.0",
        };
        Path::new("/u01/app/oracle/product").join(version).join("dbhome_1")
    }

    /// A machine by its name or id.
    #[must_use]
    pub fn machine(&self, word: &str) -> Option<&Machine> {
        self.machines.iter().find(|m| m.name == word || m.id == word)
    }

    /// The machines of a role.
    pub fn of(&self, role: Role) -> impl Iterator<Item = &Machine> {
        self.machines.iter().filter(move |m| m.role == role)
    }
}

/// Whether there can be a site with these disks.
fn possible(layout: Layout, mode: Mode, oracle: Oracle) -> Result<(), SiteError> {
    let (why, remedy) = match layout {
        Layout::TwoDisk if mode != Mode::Real => {
            ("--layout two-disk needs file systems that span disks, and a portable site has none", "use --mode real")
        }
        Layout::Lvm if mode != Mode::Xen => (
            "--layout lvm needs a guest with a kernel, and so a device mapper, of its own: no other mode than xen has that",
            "use --mode xen",
        ),
        Layout::Pdbs if oracle < Oracle::V12_2 => {
            ("--layout pdbs makes a container database, and 11.2 has none", "use --oracle 12.2, 19 or 23")
        }
        _ => return Ok(()),
    };
    Err(SiteError::refused(why, remedy))
}

/// Hosts of real Xen are what they are: nothing stands between them and their clients.
fn fits_xen(up: &Up) -> Result<(), SiteError> {
    let played = [("--rtt", up.rtt.is_some()), ("--old-guest", up.old_guest)];
    match played.iter().find(|(_, asked)| *asked) {
        Some((option, _)) => {
            Err(SiteError::refused(format!("{option} is played, and nothing is in xen mode"), "use --mode real"))
        }
        None => Ok(()),
    }
}

fn machines(site: &Site, databases: u32, media: u32) -> Vec<Machine> {
    let plates = layout::database(site.layout, site.data_size);
    let database = |n: u32| {
        let sid = if n == 0 { "ORCL".to_owned() } else { format!("ORCL{}", n + 1) };
        guest(site, &format!("slot{:03}", 21 + n), Role::Database, Some(sid), &plates)
    };
    let tape = |n: u32| {
        let name = if n == 0 { "bckvm".to_owned() } else { format!("bckvm{}", n + 1) };
        guest(site, &name, Role::Media, None, &layout::media())
    };
    let server =
        Machine { name: SERVER.into(), id: server_id(), role: Role::Server, disks: Vec::new(), sid: None, port: 0 };
    (0..databases).map(database).chain((0..media).map(tape)).chain([server]).collect()
}

fn guest(site: &Site, name: &str, role: Role, sid: Option<String>, plates: &[Plate]) -> Machine {
    let disk = |(slot, plate): (u32, &Plate)| Disk {
        slot,
        id: id("12") + ".img",
        name: format!("{name}-{}", plate.kind),
        repository: site.repositories[plate.repository].id.clone(),
        bytes: plate.bytes,
        uuid: table::uuid(),
        label: (site.fstab == Fstab::Label && plate.dir.is_some()).then(|| plate.kind.to_owned()),
        dir: plate.dir.map(str::to_owned),
        group: plate.group.map(str::to_owned),
        fs: layout::file_system(site.mode, plate).to_owned(),
    };
    let disks = (0..).zip(plates).map(disk).collect();
    Machine { name: name.to_owned(), id: id("06"), role, disks, sid, port: 0 }
}

impl Disk {
    /// The first field of its line in fstab.
    #[must_use]
    pub fn source(&self, by: Fstab) -> String {
        match (by, &self.label) {
            (Fstab::Uuid, _) => format!("UUID={}", self.uuid),
            (Fstab::Label, Some(label)) => format!("LABEL={label}"),
            _ => self.group.as_deref().map_or_else(|| format!("/dev/{}", dev::name(self.slot)), layout::mapper),
        }
    }

    /// Whether it is the log of another disk's file system.
    fn is_log(&self) -> bool {
        self.dir.is_none() && self.group.is_none()
    }
}

impl Machine {
    /// The line of `/` and those of the other file systems.
    #[must_use]
    pub fn fstab(&self, by: Fstab) -> Vec<FstabLine> {
        let log = self.disks.iter().find(|d| d.is_log()).map(|d| format!("logdev=/dev/{}", dev::name(d.slot)));
        let line = |disk: &Disk| {
            let dir = disk.dir.clone()?;
            let options = log.clone().filter(|_| dir == "/u02").unwrap_or_else(|| "defaults".into());
            Some(FstabLine { device: disk.source(by), dir, options, kind: disk.fs.clone() })
        };
        self.disks.iter().filter_map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use rstest::rstest;

    fn made(options: &str, mode: Mode) -> Result<Site, SiteError> {
        let words = format!("ovmirror-lab up --dir d {options}");
        let args = crate::site::args::Args::parse_from(words.split_whitespace());
        let crate::site::args::Verb::Up(up) = args.verb else { panic!("{words}") };
        Site::new(&up, mode)
    }

    fn site(options: &str) -> Site {
        made(options, Mode::Real).unwrap()
    }

    fn lines(machine: &Machine, by: Fstab) -> Vec<String> {
        machine.fstab(by).into_iter().map(|l| format!("{} {}", l.device, l.dir)).collect()
    }

    #[test]
    fn names_and_disks_are_those_of_the_papers() {
        let all = site("--databases 2").machines;
        let names: Vec<_> = all.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["slot021", "slot022", "bckvm", "ovs1"]);
        assert_eq!(
            lines(&all[0], Fstab::Device),
            ["/dev/xvda /", "/dev/xvdb /u01", "/dev/xvdc /u02", "/dev/xvdd /u03"]
        );
        assert_eq!(all[2].disks.len(), 2);
        assert!(all[0].disks.iter().all(|d| d.id.starts_with("0004fb0000120000") && d.id.len() == 36));
    }

    #[test]
    fn two_disks_are_one_file_system() {
        let all = site("--layout two-disk").machines;
        assert_eq!(all[0].fstab(Fstab::Device)[2].options, "logdev=/dev/xvde");
        assert_eq!(all[0].fstab(Fstab::Device).len(), 4);
    }

    #[rstest]
    #[case("device", "/dev/mapper/vg--data-lv_data /u02")]
    #[case("label", "LABEL=data /u02")]
    fn a_volume_over_two_disks_is_mounted_as_one(#[case] by: &str, #[case] line: &str) {
        let site = made(&format!("--layout lvm --fstab {by}"), Mode::Xen).unwrap();
        let guest = &site.machines[0];
        assert_eq!(lines(guest, site.fstab)[2], line);
        assert_eq!(guest.fstab(site.fstab)[2].options, "defaults");
        assert_eq!(guest.fstab(site.fstab).len(), 4);
        let of_group: Vec<_> = guest.disks.iter().filter(|d| d.group.is_some()).map(|d| d.slot).collect();
        assert_eq!(of_group, [2, 4]);
    }

    #[rstest]
    #[case(Mode::Real)]
    #[case(Mode::Portable)]
    fn volume_groups_are_of_xen_mode_only(#[case] mode: Mode) {
        let error = made("--layout lvm", mode).unwrap_err().to_string();
        assert!(error.contains("device mapper"), "{error}");
    }

    #[test]
    fn fstab_names_what_the_disk_carries() {
        let site = site("--fstab label --layout spread");
        let guest = &site.machines[0];
        assert_eq!(lines(guest, site.fstab)[4], "LABEL=app /u04");
        assert_eq!(lines(guest, Fstab::Uuid)[2], format!("UUID={} /u02", guest.disks[2].uuid));
        assert_ne!(guest.disks[4].repository, guest.disks[2].repository);
    }
}
