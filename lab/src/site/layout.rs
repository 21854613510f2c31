//! What the disks of a machine are for, and where on them a database's files lie.

use super::args::Layout;
use crate::context::Mode;
use serde::Serialize;
use std::path::PathBuf;

/// Bytes of a GiB.
pub const GIB: u64 = 1 << 30;
const MIB: u64 = 1 << 20;
/// No data file is longer: whoever reads a file whole does not need the memory of a disk.
const LONGEST_FILE: u64 = 2 * GIB;

/// The volume group of layout lvm. device-mapper doubles the hyphen, since it has one between group and volume.
const GROUP: &str = "vg-data";
/// The one logical volume of a volume group.
pub const VOLUME: &str = "lv_data";

/// The device of a group's volume.
#[must_use]
pub fn mapper(group: &str) -> String {
    format!("/dev/mapper/{}-{VOLUME}", group.replace('-', "--"))
}

/// A disk of a machine before it has an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plate {
    /// What it is for; also the label of its file system.
    pub kind: &'static str,
    /// Its size.
    pub bytes: u64,
    /// Where the guest mounts it; `None` for an external log and for the further disks of a volume group.
    pub dir: Option<&'static str>,
    /// The volume group it belongs to; where the first of them is mounted, the group's volume is.
    pub group: Option<&'static str>,
    /// Which of the site's repositories it lies in.
    pub repository: usize,
}

const fn plate(kind: &'static str, gib: u64, dir: &'static str) -> Plate {
    Plate { kind, bytes: gib * GIB, dir: Some(dir), group: None, repository: 0 }
}

const SYSTEM: Plate = plate("system", 8, "/");
const SOFTWARE: Plate = plate("software", 16, "/u01");

/// The file system of a disk. Where the kernel is the guest's own, both kinds are there.
#[must_use]
pub fn file_system(mode: Mode, plate: &Plate) -> &'static str {
    match (mode, plate.kind) {
        (Mode::Xen, "system" | "software" | "redo") => "ext4",
        _ => "xfs",
    }
}

/// The disks of a media host by slot.
#[must_use]
pub fn media() -> Vec<Plate> {
    vec![SYSTEM, SOFTWARE]
}

/// The disks of a database VM by slot.
#[must_use]
pub fn database(layout: Layout, data_size: Option<u64>) -> Vec<Plate> {
    let mut data = plate("data", 8, "/u02");
    data.bytes = data_size.unwrap_or(data.bytes);
    let mut plates = vec![SYSTEM, SOFTWARE, data, plate("redo", 8, "/u03")];
    match layout {
        Layout::Papers | Layout::Mixed => {}
        Layout::TwoDisk => plates.push(Plate { dir: None, ..plate("data-log", 1, "") }),
        Layout::Lvm => {
            plates[2] = Plate { bytes: data.bytes / 2, group: Some(GROUP), ..data };
            plates.push(Plate { kind: "data-2", dir: None, ..plates[2] });
        }
        Layout::Spread => plates.push(Plate { repository: 1, ..plate("app", 4, "/u04") }),
        Layout::Alone => plates.push(plate("alone", 4, "/u04")),
        Layout::Pdbs => plates.extend([plate("pdb1", 4, "/u04"), plate("pdb2", 4, "/u05")]),
    }
    plates
}

/// The names of the site's repositories: the first is the one of the papers.
#[must_use]
pub const fn repositories(layout: Layout) -> &'static [&'static str] {
    match layout {
        Layout::Spread => &["slotreposan01", "slotreposan02"],
        _ => &["slotreposan01"],
    }
}

/// Where the files of a database lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Placement {
    /// Folder of SYSTEM, SYSAUX, UNDOTBS1, USERS and the temp file.
    pub data: PathBuf,
    /// Folder of the online redo logs.
    pub redo: PathBuf,
    /// The control files.
    pub control: Vec<PathBuf>,
    /// Folder of the archived logs.
    pub archive: PathBuf,
    /// Tablespaces besides those.
    pub tablespaces: Vec<Tablespace>,
    /// The pluggable databases of a container database; none: no container database.
    pub pdbs: Vec<Pdb>,
}

/// A pluggable database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pdb {
    /// Its name.
    pub name: &'static str,
    /// Folder of its files.
    pub data: PathBuf,
}

/// A tablespace with rows of the workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tablespace {
    /// Its name.
    pub name: &'static str,
    /// Its files.
    pub files: Vec<PathBuf>,
    /// Bytes of each.
    pub bytes: u64,
}

/// Datafiles on /u02, all else on /u03, as in the papers; what a layout does otherwise is here.
#[must_use]
pub fn placement(layout: Layout, data_size: Option<u64>, sid: &str) -> Placement {
    let folder = |top: &str| PathBuf::from(format!("/{top}/oradata/{sid}"));
    let mixed = layout == Layout::Mixed;
    let redo = folder(if mixed { "u02" } else { "u03" });
    let mut tablespaces = vec![tablespace("DATA", &folder("u02"), data_size.map_or((2, 4 * MIB), filling))];
    if layout == Layout::Spread {
        tablespaces.push(tablespace("APP", &folder("u04"), (2, 4 * MIB)));
    }
    if layout == Layout::Alone {
        // Only the second file leaves the disk of the others.
        tablespaces[0].files[1] = folder("u04").join("data02.dbf");
    }
    let pdb = |(name, top): (&'static str, &str)| Pdb { name, data: folder(top).join(name.to_lowercase()) };
    let pdbs = if layout == Layout::Pdbs { vec![pdb(("PDB1", "u04")), pdb(("PDB2", "u05"))] } else { Vec::new() };
    Placement {
        data: folder("u02"),
        control: vec![redo.join("control01.ctl"), folder("u03").join("control02.ctl")],
        redo,
        archive: format!("/u03/arch/{sid}").into(),
        tablespaces,
        pdbs,
    }
}

/// How many files of which size fill four fifths of a disk: the rest is for the journal of its file system, the other
/// data files, and what comes to lie beside them.
fn filling(disk: u64) -> (u64, u64) {
    let bytes = disk / 5 * 4;
    let files = bytes.div_ceil(LONGEST_FILE).max(2);
    (files, bytes / files / MIB * MIB)
}

fn tablespace(name: &'static str, folder: &std::path::Path, (files, bytes): (u64, u64)) -> Tablespace {
    let file = |number| folder.join(format!("{}{number:02}.dbf", name.to_lowercase()));
    Tablespace { name, files: (1..=files).map(file).collect(), bytes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn a_spread_database_has_a_tablespace_in_the_second_repository() {
        let plates = database(Layout::Spread, None);
        assert_eq!(plates[4].dir, Some("/u04"));
        assert_eq!(repositories(Layout::Spread)[plates[4].repository], "slotreposan02");
        let app = &placement(Layout::Spread, None, "ORCL").tablespaces[1];
        assert_eq!(app.files[1].to_str(), Some("/u04/oradata/ORCL/app02.dbf"));
    }

    #[test]
    fn the_second_file_of_data_lies_alone() {
        assert_eq!(database(Layout::Alone, None)[4].dir, Some("/u04"));
        let data = &placement(Layout::Alone, None, "ORCL").tablespaces[0];
        let files: Vec<_> = data.files.iter().filter_map(|file| file.to_str()).collect();
        assert_eq!(files, ["/u02/oradata/ORCL/data01.dbf", "/u04/oradata/ORCL/data02.dbf"]);
    }

    #[test]
    fn a_volume_has_half_of_the_data_on_each_of_its_disks() {
        let plates = database(Layout::Lvm, Some(4 * GIB));
        let of_group: Vec<_> = plates.iter().filter(|plate| plate.group.is_some()).collect();
        assert_eq!(
            of_group.iter().map(|plate| (plate.kind, plate.dir)).collect::<Vec<_>>(),
            [("data", Some("/u02")), ("data-2", None)]
        );
        assert!(of_group.iter().all(|plate| plate.bytes == 2 * GIB && plate.group == Some(GROUP)));
        assert_eq!(mapper(GROUP), "/dev/mapper/vg--data-lv_data");
        let there = |layout| placement(layout, Some(4 * GIB), "ORCL");
        assert_eq!(there(Layout::Lvm), there(Layout::Papers));
    }

    #[test]
    fn each_pluggable_database_has_a_disk() {
        let dirs: Vec<_> = database(Layout::Pdbs, None).iter().skip(4).map(|plate| plate.dir.unwrap()).collect();
        assert_eq!(dirs, ["/u04", "/u05"]);
        let pdbs = placement(Layout::Pdbs, None, "ORCL").pdbs;
        assert_eq!(pdbs[1].data.to_str(), Some("/u05/oradata/ORCL/pdb2"));
    }

    #[test]
    fn mixed_has_redo_and_a_control_file_beside_the_datafiles() {
        let mixed = placement(Layout::Mixed, None, "ORCL");
        assert_eq!(mixed.redo, mixed.data);
        assert!(mixed.control[0].starts_with("/u02") && mixed.control[1].starts_with("/u03"));
        let papers = placement(Layout::Papers, None, "ORCL");
        assert!(papers.control.iter().all(|file| file.starts_with("/u03")));
    }

    #[rstest]
    #[case(1, 2)]
    #[case(4, 2)]
    #[case(16, 7)]
    fn datafiles_fill_their_disk(#[case] gib: u64, #[case] files: u64) {
        let (count, bytes) = filling(gib * GIB);
        assert_eq!(count, files);
        assert!(bytes <= LONGEST_FILE && bytes % MIB == 0);
        assert!((gib * GIB * 7 / 9..=gib * GIB * 4 / 5).contains(&(count * bytes)), "{count} files of {bytes}");
    }
}
