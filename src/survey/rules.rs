//! What speaks for and against a backup, as findings. Each rule is one function; `findings` is the list of them.

mod database;
mod layout;
mod machines;
mod media;

pub use machines::{machine, same as same_machine};
pub use media::{EXTRACT_SLOTS, PGA_MIB, SGA_MIB, WORK_SLOTS, Wanted, media_findings};

use super::{DbFacts, Finding, HostFacts, Layout, MediaFacts, RepositoryFacts, VmFacts};

/// What the configuration chose, as far as rules need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// `quiesce = "fsfreeze"`.
    pub fsfreeze: bool,
    /// Offline files that may be missing.
    pub skip: Vec<String>,
    /// Work copies are mounted under a prefix instead of at production's paths.
    pub prefix: Option<String>,
    /// The media host's home, for messages.
    pub media_home: Option<String>,
    /// The instance's SID.
    pub sid: String,
}

/// All that the rules look at.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The database.
    pub db: &'a DbFacts,
    /// Its guest.
    pub host: &'a HostFacts,
    /// Its Vm.
    pub vm: &'a VmFacts,
    /// The repositories of its disks.
    pub repositories: &'a [RepositoryFacts],
    /// Where everything lies.
    pub layout: &'a Layout,
    /// The media host, unless only a snapshot is wanted.
    pub media: Option<&'a MediaFacts>,
    /// The configuration's choices.
    pub choices: &'a Choices,
}

/// Every finding, in the order of reading.
#[must_use]
pub fn findings(seen: &Seen<'_>) -> Vec<Finding> {
    let mut all = database::rules(seen);
    all.extend(layout::rules(seen));
    all.extend(machines::rules(seen));
    if let Some(media) = seen.media {
        let (version, layout, choices) = (seen.db.identity.version.as_str(), seen.layout, seen.choices);
        all.extend(media_findings(&Wanted { version, layout, choices }, media));
    }
    all
}
