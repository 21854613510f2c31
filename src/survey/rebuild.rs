//! What a rebuild of the data file systems on fresh disks needs, kept with the snapshot. Each part is there as far as the
//! guest gives it: `blkid` and `tune2fs` want rights that the Oracle user may lack.

use serde::{Deserialize, Serialize};

/// One file system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSystem {
    /// Mount point.
    pub target: String,
    /// uid, gid and mode of its root (`54321 54321 755`).
    pub owner: String,
    /// The line of blkid(8): UUID, LABEL, type.
    pub blkid: String,
    /// What `xfs_info` or `tune2fs -l` says: the parameters of mkfs.
    pub mkfs: Vec<String>,
}

/// A partition, in sectors of 512 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// `xvdc1`
    pub name: String,
    /// First sector.
    pub start: u64,
    /// Sectors.
    pub sectors: u64,
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuild {
    /// By mount point.
    pub file_systems: Vec<FileSystem>,
    /// Of all disks of the guest.
    pub partitions: Vec<Partition>,
}

impl Rebuild {
    /// Parses what `templates/sh/rebuild.tera` prints; without its last line it is not whole.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut all = Self::default();
        for line in text.lines() {
            if line == "== end" {
                return Ok(all);
            }
            all.line(line).ok_or_else(|| format!("`{line}` is not understood"))?;
        }
        Err("it was cut off: its last line is missing".to_owned())
    }

    fn line(&mut self, line: &str) -> Option<()> {
        let (word, rest) = line.split_once(' ')?;
        match word {
            "==" if rest == "partitions" => {}
            "==" => {
                let target = rest.strip_prefix("unit ")?.to_owned();
                self.file_systems.push(FileSystem { target, ..FileSystem::default() });
            }
            "owner" => self.file_systems.last_mut()?.owner = rest.to_owned(),
            "blkid" => self.file_systems.last_mut()?.blkid = rest.to_owned(),
            "mkfs" => self.file_systems.last_mut()?.mkfs.push(rest.to_owned()),
            name => {
                let (start, sectors) = rest.split_once(' ')?;
                let (start, sectors) = (start.parse().ok()?, sectors.parse().ok()?);
                self.partitions.push(Partition { name: name.to_owned(), start, sectors });
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const PRINTED: &str = "\
== unit /u02
owner 54321 54321 755
blkid /dev/xvdc: LABEL=\"oradata\" UUID=\"0a1b\" TYPE=\"xfs\"
mkfs meta-data=/dev/xvdc  isize=512    agcount=4, agsize=76800 blks
mkfs data     =           bsize=4096   blocks=307200, imaxpct=25
== unit /u04
owner 54321 54321 750
== partitions
xvda1 2048 20969472
== end
";

    #[test]
    fn each_file_system_has_what_the_guest_gives() {
        let rebuild = Rebuild::parse(PRINTED).unwrap();
        let [first, second] = rebuild.file_systems.as_slice() else { panic!("{rebuild:?}") };
        assert_eq!((first.target.as_str(), first.owner.as_str(), first.mkfs.len()), ("/u02", "54321 54321 755", 2));
        assert!(first.blkid.contains("LABEL=\"oradata\""));
        assert_eq!((second.target.as_str(), second.blkid.as_str()), ("/u04", ""));
        let partition = Partition { name: "xvda1".into(), start: 2048, sectors: 20_969_472 };
        assert_eq!(rebuild.partitions, [partition]);
    }

    #[rstest]
    #[case("== unit /u02\nowner 1 2 3\n")]
    #[case("owner 1 2 3\n== end\n")]
    #[case("== partitions\nxvda1 x 7\n== end\n")]
    fn what_is_cut_or_strange_is_refused(#[case] text: &str) {
        assert!(Rebuild::parse(text).is_err());
    }
}
