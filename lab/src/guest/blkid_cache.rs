//! What `blkid` wrote down at its last look, in the form of libblkid's file.

use super::table::Meta;
use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

/// Where it lies.
pub const CACHE: &str = "/run/blkid/blkid.tab";
/// libblkid's BLKID_PROBE_MIN: seconds in which nobody looks again.
const PROBE_MIN: u64 = 2;

/// What is written, by device: seconds since the epoch, and what was seen then.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Cache(BTreeMap<String, (u64, Meta)>);

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

impl Cache {
    /// Reads it; one that is not there, or not in this form, is empty.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_default();
        Self(text.lines().filter_map(line).collect())
    }

    /// Writes it, if that is possible: without it everybody looks again.
    pub fn write(&self, path: &Path) {
        let text: String = self.0.iter().map(|(device, (time, meta))| render(device, *time, meta)).collect();
        let folder = path.parent().unwrap_or(path);
        fs::create_dir_all(folder).and_then(|()| fs::write(path, text)).ok();
    }

    /// Whether nobody has to look again: the entry is young, and the device is older than it.
    #[must_use]
    pub fn is_fresh(&self, device: &str) -> bool {
        let Some((time, _)) = self.0.get(device) else { return false };
        let made = fs::metadata(device).and_then(|data| data.modified()).unwrap_or(UNIX_EPOCH);
        let made = made.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        made < *time && (*time..*time + PROBE_MIN).contains(&now())
    }

    /// What was seen now; nothing where there is no file system.
    pub fn put(&mut self, device: &str, meta: Option<Meta>) {
        match meta.filter(|meta| meta.fstype.is_some()) {
            Some(meta) => drop(self.0.insert(device.to_owned(), (now(), meta))),
            None => drop(self.0.remove(device)),
        }
    }

    /// What is written of a device.
    #[must_use]
    pub fn get(&self, device: &str) -> Option<Meta> {
        self.0.get(device).map(|(_, meta)| meta.clone())
    }
}

fn render(device: &str, time: u64, meta: &Meta) -> String {
    let label = meta.label.as_ref().map_or(String::new(), |label| format!(" LABEL=\"{label}\""));
    let kind = meta.fstype.as_deref().unwrap_or_default();
    format!("<device TIME=\"{time}.0\"{label} UUID=\"{}\" TYPE=\"{kind}\">{device}</device>\n", meta.uuid)
}

fn line(text: &str) -> Option<(String, (u64, Meta))> {
    let (head, device) = text.strip_prefix("<device ")?.strip_suffix("</device>")?.rsplit_once('>')?;
    let value = |name: &str| Some(head.split(&format!("{name}=\"")).nth(1)?.split('"').next()?.to_owned());
    let time = value("TIME")?.split('.').next()?.parse().ok()?;
    let meta = Meta { fstype: value(" TYPE"), uuid: value("UUID")?, label: value("LABEL"), ..Meta::default() };
    Some((device.to_owned(), (time, meta)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_ages() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/blkid.tab");
        let meta =
            Meta { fstype: Some("xfs".into()), uuid: "u-1".into(), label: Some("a b".into()), ..Meta::default() };
        let mut cache = Cache::default();
        cache.put("/dev/xvdc", Some(meta.clone()));
        cache.put("/dev/xvdd", None);
        cache.write(&path);
        let read = Cache::read(&path);
        assert_eq!(read.get("/dev/xvdc"), Some(meta.clone()));
        assert!(read.is_fresh("/dev/xvdc") && !read.is_fresh("/dev/xvdd"));
        let old = Cache([("/dev/xvdc".to_owned(), (now() - 5, meta))].into());
        assert!(!old.is_fresh("/dev/xvdc"));
    }
}
