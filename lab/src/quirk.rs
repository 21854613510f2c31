//! Points of the real systems that no public source settles: each is a switch, so that a client is tried under both.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One switch.
#[derive(Debug, Clone, Copy)]
pub struct Quirk {
    /// Its name (`template-clone-of-running-vm`).
    pub name: &'static str,
    /// The values it takes; the first is the default.
    pub values: &'static [&'static str],
    /// What it decides, and which open point it stands for.
    pub about: &'static str,
}

/// Every switch, gathered from the parts that own them.
pub fn all() -> impl Iterator<Item = &'static Quirk> {
    [crate::manager::QUIRKS, crate::host::QUIRKS, crate::db::QUIRKS, crate::db::sql::QUIRKS, crate::rman::QUIRKS]
        .into_iter()
        .flatten()
}

/// The values a site runs under.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quirks(BTreeMap<String, String>);

impl Quirks {
    /// Sets one from `NAME=VALUE`; an unknown name or value is an error that lists what there is.
    pub fn set(&mut self, text: &str) -> Result<(), String> {
        let (name, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not NAME=VALUE"))?;
        let quirk = all().find(|q| q.name == name).ok_or_else(|| {
            let names: Vec<_> = all().map(|q| q.name).collect();
            format!("there is no quirk `{name}`; there are: {}", names.join(", "))
        })?;
        if !quirk.values.contains(&value) {
            return Err(format!("quirk {name} takes {}", quirk.values.join(" | ")));
        }
        self.0.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    /// The value in force. An unknown name gives the empty text (a test walks all uses).
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        let default = || all().find(|q| q.name == name).map_or("", |q| q.values[0]);
        self.0.get(name).map_or_else(default, String::as_str)
    }

    /// Whether the quirk has this value.
    #[must_use]
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == value
    }
}
