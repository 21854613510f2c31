//! Everything with our mark of one database: at the manager, on its machine, on its media host, on its server. Looks, and
//! changes nothing. A place that does not answer is named, and the others are shown.

mod host;
mod manager;
mod server;

pub use manager::strangers;

use super::{
    judge::{Seen, Verdict, judge, ways_back},
    thing::{Thing, What, in_order},
};
use crate::{
    catalog::Owners,
    fault::Fault,
    model::{DbName, HostName, ObjectId, RunId},
    step::World,
};
use std::collections::BTreeSet;

/// Where to look.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The database.
    pub database: DbName,
    /// Its machine.
    pub machine: Machine,
    /// The machine with the media manager.
    pub media: Option<Machine>,
    /// The configured folder of kept sets.
    pub kept: Option<String>,
    /// Folders of datafiles that the store knows.
    pub folders: BTreeSet<String>,
}

/// A guest and the software on it.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Its host.
    pub host: HostName,
    /// Its Vm's name.
    pub vm: String,
    /// ORACLE_HOME.
    pub oracle_home: String,
    /// SID of production, and of its clones.
    pub sid: String,
}

/// A place that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// Which.
    pub place: String,
    /// Why.
    pub why: Fault,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Look {
    /// Things that nobody answers for, in the order in which they can go.
    pub things: Vec<(Thing, Verdict)>,
    /// Places that were not seen.
    pub unseen: Vec<Unseen>,
}

/// What the parts of a look share.
struct Looking<'a> {
    world: &'a World,
    scope: &'a Scope,
    owners: &'a Owners,
    things: Vec<Thing>,
    /// Guests and slots at which copies are, also those that somebody answers for: their content is no live disk's.
    copies: Vec<(HostName, u32)>,
    seen: Seen,
    unseen: Vec<Unseen>,
}

/// Looks everywhere.
pub fn look(world: &World, scope: &Scope, owners: &Owners) -> Result<Look, Fault> {
    let (seen, unseen) = (Seen::default(), Vec::new());
    let mut looking = Looking { world, scope, owners, things: Vec::new(), copies: Vec::new(), seen, unseen };
    let disks = manager::look(&mut looking)?;
    looking.hosts();
    looking.server(&disks);
    Ok(looking.judged())
}

impl Looking<'_> {
    /// Both machines; the database's own first. One machine may be both.
    fn hosts(&mut self) {
        let scope = self.scope;
        let found = host::database(self, &scope.machine);
        self.note(scope.machine.host.as_str(), found);
        if let Some(media) = &scope.media {
            let found = host::media(self, media, media.host == scope.machine.host);
            self.note(media.host.as_str(), found);
        }
    }

    fn server(&mut self, disks: &BTreeSet<ObjectId>) {
        if let Some(server) = self.world.dom0.clone() {
            let found = server::look(self, &server, disks);
            self.note("server", found);
        }
    }

    fn note(&mut self, place: &str, found: Result<(), Fault>) {
        if let Err(why) = found {
            self.unseen.push(Unseen { place: place.to_owned(), why });
        }
    }

    /// Whether a mark is one that is looked for here: of this database, and nobody answers for all of its run.
    fn wanted(&self, run: &RunId) -> bool {
        run.database() == self.scope.database.as_str() && self.owners.claim(run).is_none()
    }

    fn judged(mut self) -> Look {
        self.seen.ways_back = ways_back(self.owners, &self.things);
        in_order(&mut self.things);
        self.things.dedup();
        let judged = self.things.into_iter().map(|thing| {
            let verdict = judge(self.owners, &self.seen, &thing);
            (thing, verdict)
        });
        let things = judged.filter(|(_, verdict)| *verdict != Verdict::Owned).collect();
        Look { things, unseen: self.unseen }
    }

    /// Mappings under our mark at a guest: device and run.
    fn mapped_at(&self, host: &HostName) -> Vec<(u32, RunId)> {
        let here = |thing: &Thing| match &thing.what {
            What::Mapping { guest: Some(guest), slot, .. } if guest == host => Some((*slot, thing.run.clone())),
            _ => None,
        };
        self.things.iter().filter_map(here).collect()
    }
}
