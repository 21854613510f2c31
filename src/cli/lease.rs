//! What runs of different databases share. A media host is one run's from before it is surveyed to its end. A repository
//! is a snapshot's from before its first step, so that no window ever waits for a lease, and otherwise only while a step
//! makes or deletes disks there: nobody waits for somebody's tape.

use super::wire::SystemClock;
use crate::{
    engine::{Actor, AnyStep, Cx, Flow, Probe, Ran, UndoPolicy},
    fault::{Fault, Kind},
    flow::{
        commit::CommitParams,
        drill::DrillParams,
        extract::ExtractParams,
        from_tape::{FromTapeParams, TapeRecordParams},
        rebuild::RebuildParams,
        recover::RecoverParams,
        release::{ReleaseParams, Thing, What},
    },
    model::{HostName, ObjectId, RunId},
    port::Event,
    step::{
        World,
        params::{CloneParams, SnapshotParams},
    },
    store::{Lease, Lock, Store},
};
use serde_json::Value;
use std::{collections::BTreeSet, path::PathBuf, time::Duration};

/// A repository is held for seconds: that is waited for also where nobody asked to wait.
const REPOSITORY_PATIENCE: Duration = Duration::from_secs(600);
/// What is taken back is not kept waiting for long.
const UNDO_PATIENCE: Duration = Duration::from_secs(30);

/// Steps that make or delete disks.
const DISK_STEPS: [&str; 9] = [
    "work_copy",
    "new_disk",
    "fresh_disk",
    "tear_down",
    "take_down",
    "take_off",
    "release_copy",
    "delete_disk",
    "remove",
];

/// What a run shares.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// From before its first step to its end.
    pub whole: BTreeSet<Lease>,
    /// While a step makes or deletes disks.
    pub disks: BTreeSet<Lease>,
}

/// What a flow's parameters say of it.
pub trait Shares {
    /// What is shared.
    fn needs(&self) -> Needs;
}

fn repositories<'a>(all: impl Iterator<Item = &'a ObjectId>) -> BTreeSet<Lease> {
    all.cloned().map(Lease::Repository).collect()
}

fn media(name: &HostName) -> BTreeSet<Lease> {
    BTreeSet::from([Lease::Media(name.clone())])
}

impl Shares for SnapshotParams {
    fn needs(&self) -> Needs {
        let cloned = self.surveyed.layout.disks.iter().filter(|disk| self.slots.contains(&disk.facts.slot));
        let whole = repositories(cloned.filter_map(|disk| disk.facts.repository.as_ref()));
        Needs { whole, disks: BTreeSet::new() }
    }
}

impl Shares for CloneParams {
    fn needs(&self) -> Needs {
        Needs { whole: media(&self.media.name), disks: repositories(self.disks.iter().map(|disk| &disk.repository)) }
    }
}

impl Shares for DrillParams {
    fn needs(&self) -> Needs {
        self.clone.needs()
    }
}

impl Shares for FromTapeParams {
    fn needs(&self) -> Needs {
        let disks = repositories(self.disks.iter().map(|disk| &disk.repository));
        Needs { whole: media(&self.tape.clone.media.name), disks }
    }
}

impl Shares for TapeRecordParams {
    fn needs(&self) -> Needs {
        Needs { whole: media(&self.tape.clone.media.name), disks: BTreeSet::new() }
    }
}

impl Shares for RecoverParams {
    fn needs(&self) -> Needs {
        let copied = self.copying.disks.iter().map(|disk| &disk.repository);
        let disks = repositories(self.disks.iter().map(|disk| &disk.repository).chain(copied));
        Needs { whole: BTreeSet::new(), disks }
    }
}

impl Shares for CommitParams {
    fn needs(&self) -> Needs {
        self.recovery.needs()
    }
}

impl Shares for ExtractParams {
    fn needs(&self) -> Needs {
        let whole = self.new_ids.as_ref().map(|ids| media(&ids.guest.name)).unwrap_or_default();
        Needs { whole, disks: repositories(self.disks.iter().map(|disk| &disk.repository)) }
    }
}

impl Shares for ReleaseParams {
    fn needs(&self) -> Needs {
        let of = |thing: &'_ Thing| match &thing.what {
            What::Disk { repository, .. } => repository.clone(),
            _ => None,
        };
        let all: Vec<ObjectId> = self.things.iter().filter_map(of).collect();
        Needs { whole: BTreeSet::new(), disks: repositories(all.iter()) }
    }
}

/// It reads alone.
impl Shares for RebuildParams {
    fn needs(&self) -> Needs {
        Needs::default()
    }
}

/// Who takes leases.
#[derive(Debug, Clone)]
pub struct Taker {
    /// The state folder.
    pub state: PathBuf,
    /// Whether it is a lab.
    pub simulated: bool,
    /// This process.
    pub me: Actor,
}

impl Taker {
    /// Takes all of them in their order. Somebody else's is told before it is waited for.
    pub fn take(
        &self,
        leases: &BTreeSet<Lease>,
        run: Option<&RunId>,
        wait: Duration,
        tell: &dyn Fn(&str),
    ) -> Result<Vec<Lock>, Fault> {
        let (store, clock) = (Store::open(&self.state, self.simulated)?, SystemClock::new());
        let one = |lease: &Lease| {
            let wait = if matches!(lease, Lease::Repository(_)) { wait.max(REPOSITORY_PATIENCE) } else { wait };
            match store.lease(lease, &self.me, run, Duration::ZERO, &clock) {
                Err(busy) if busy.kind == Kind::Locked && !wait.is_zero() => {
                    tell(&format!("{}: waiting for up to {} s", busy.message, wait.as_secs()));
                    store.lease(lease, &self.me, run, wait, &clock)
                }
                other => other,
            }
        };
        leases.iter().map(one).collect()
    }

    /// The same for what is taken back: it goes on also without.
    fn try_for_undo(&self, leases: &BTreeSet<Lease>, run: &RunId) -> Vec<Lock> {
        let Ok(store) = Store::open(&self.state, self.simulated) else { return Vec::new() };
        let clock = SystemClock::new();
        leases.iter().filter_map(|lease| store.lease(lease, &self.me, Some(run), UNDO_PATIENCE, &clock).ok()).collect()
    }
}

/// A step that holds leases while it acts.
struct Leased {
    inner: Box<dyn AnyStep<World>>,
    leases: BTreeSet<Lease>,
    taker: Taker,
}

/// The same flow, whose steps that make or delete disks hold these leases meanwhile.
pub fn leased(flow: Flow<World>, leases: &BTreeSet<Lease>, taker: &Taker) -> Result<Flow<World>, Fault> {
    let name = flow.name().to_owned();
    let wrap = |inner: Box<dyn AnyStep<World>>| -> Box<dyn AnyStep<World>> {
        match DISK_STEPS.contains(&inner.kind()) && !leases.is_empty() {
            true => Box::new(Leased { inner, leases: leases.clone(), taker: taker.clone() }),
            false => inner,
        }
    };
    Flow::new(name, flow.into_steps().into_iter().map(wrap).collect())
}

impl Leased {
    fn run_id(cx: &Cx<'_, World>) -> Result<RunId, Fault> {
        crate::step::names::run_id(cx.run)
    }
}

impl AnyStep<World> for Leased {
    fn kind(&self) -> &'static str {
        self.inner.kind()
    }

    fn key(&self) -> Option<String> {
        self.inner.key()
    }

    fn undo_policy(&self) -> UndoPolicy {
        self.inner.undo_policy()
    }

    fn urgent(&self) -> bool {
        self.inner.urgent()
    }

    fn ends_window(&self) -> bool {
        self.inner.ends_window()
    }

    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn preview(&self, world: &World) -> Vec<String> {
        self.inner.preview(world)
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<Value>, Fault> {
        let tell = |text: &str| cx.monitor.tell(&Event::Note(text.to_owned()));
        let _held = self.taker.take(&self.leases, Some(&Self::run_id(cx)?), REPOSITORY_PATIENCE, &tell)?;
        self.inner.run(cx)
    }

    fn probe(&self, cx: &Cx<'_, World>) -> Result<Probe<Value>, Fault> {
        self.inner.probe(cx)
    }

    fn undo(&self, cx: &Cx<'_, World>, out: Option<&Value>) -> Result<(), Fault> {
        let _held = self.taker.try_for_undo(&self.leases, &Self::run_id(cx)?);
        self.inner.undo(cx, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::params::testing::offload;

    #[test]
    fn a_tape_half_holds_its_media_host_and_no_repository_all_the_time() {
        let needs = offload().needs();
        assert_eq!(needs.whole.iter().map(ToString::to_string).collect::<Vec<_>>(), ["media host bckvm"]);
        assert!(needs.disks.iter().all(|lease| matches!(lease, Lease::Repository(_))) && !needs.disks.is_empty());
    }

    /// A plan that changes by its leases could not be resumed.
    #[test]
    fn leases_change_no_plan() {
        let plain = || crate::flow::offload::flow(offload()).unwrap();
        let taker = Taker { state: PathBuf::from("/nowhere"), simulated: true, me: Actor::here() };
        let leased = leased(plain(), &offload().needs().disks, &taker).unwrap();
        assert_eq!((leased.digest(), leased.plan()), (plain().digest(), plain().plan()));
    }
}
