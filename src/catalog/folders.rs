//! Where datafiles of a database lie or lay, as far as the store knows: only beside them are files ever set aside.

use super::orphans::RECOVER;
use crate::{fault::Fault, model::DbName, store::Store};
use serde_json::Value;
use std::collections::BTreeSet;

/// Folders of datafiles, of every recorded snapshot and of every recovery.
pub fn datafile_folders(store: &Store, database: &DbName) -> Result<BTreeSet<String>, Fault> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for snapshot in store.snapshots(Some(database))? {
        names.extend(snapshot.files.iter().filter_map(name));
    }
    for row in store.runs(Some(database))?.into_iter().filter(|row| row.flow == RECOVER) {
        names.extend(named(&store.run_state(&row.id)?.header.params));
    }
    Ok(names.iter().filter_map(|name| folder(name)).collect())
}

/// The files that a recovery's parameters name: those of the snapshot, those that were added or dropped since, and those
/// that are copied.
fn named(params: &Value) -> Vec<String> {
    let files = |list: &Value| list.as_array().into_iter().flatten().filter_map(name).collect::<Vec<_>>();
    let mut all = files(&params["surveyed"]["datafiles"]);
    all.extend(files(&params["added"]));
    all.extend(files(&params["later"]));
    for unit in params["copying"]["units"].as_array().into_iter().flatten() {
        all.extend(files(&unit["files"]));
        all.extend(unit["later"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
    }
    all
}

fn name(file: &Value) -> Option<String> {
    file["name"].as_str().map(str::to_owned)
}

fn folder(name: &str) -> Option<String> {
    let (folder, _) = name.rsplit_once('/')?;
    folder.starts_with('/').then(|| folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_file_that_a_recovery_names() {
        let params = json!({
            "surveyed": {"datafiles": [{"name": "/u02/oradata/a.dbf"}]},
            "added": [{"name": "/u04/new/b.dbf"}],
            "later": [{"name": "/u02/later/c.dbf"}],
            "copying": {"units": [{"files": [{"name": "/u05/d.dbf"}], "later": ["/u06/e.dbf"]}]},
        });
        let folders: BTreeSet<String> = named(&params).iter().filter_map(|name| folder(name)).collect();
        assert_eq!(folders.into_iter().collect::<Vec<_>>(), ["/u02/later", "/u02/oradata", "/u04/new", "/u05", "/u06"]);
        assert!(named(&json!({})).is_empty() && folder("a.dbf").is_none() && folder("/a.dbf").is_none());
    }
}
