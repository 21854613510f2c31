//! What commands that run flows share: the lock, the engine, the settling of what was left, the dry run.

use crate::{
    catalog::{self, RunInfo, RunWord},
    cli::{
        lease::{self, Needs, Shares, Taker},
        report::Reporter,
        resolve::Site,
        wire::{self, SystemClock},
    },
    config::{Database, Span},
    engine::{Actor, Cancel, Direction, Engine, Flow, PAST_RETURN, Settled, StepState},
    fault::{Fault, Kind},
    flow,
    model::{DbName, RunId},
    port::{Clock, Event, Monitor},
    step::World,
    store::{Lease, Lock, Store},
};
use serde::Serialize;
use serde_json::Value;
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

/// A database that this process has locked.
pub struct Session<'a> {
    pub name: DbName,
    pub database: &'a Database,
    pub world: World,
    pub store: Store,
    pub clock: SystemClock,
    monitor: Box<dyn Monitor>,
    cancel: Cancel,
    me: Actor,
    lock: Lock,
    /// How long somebody else's lease is waited for.
    wait: Duration,
    taker: Taker,
    /// Leases from before the run that needs them.
    reserved: RefCell<BTreeMap<Lease, Lock>>,
    simulated: bool,
}

impl<'a> Session<'a> {
    /// Locks the database and builds its world. Nothing is asked of it yet.
    pub fn open(
        site: &'a Site,
        name: &DbName,
        database: &'a Database,
        wait: Option<Span>,
        out: &Reporter,
    ) -> Result<Self, Fault> {
        let (store, clock, me) = (site.store()?, SystemClock::new(), Actor::here());
        let (wait, monitor) = (wait.map(Span::get).unwrap_or_default(), out.monitor());
        let lock = match store.try_lock(name, &me, &clock) {
            Err(busy) if busy.kind == Kind::Locked && !wait.is_zero() => {
                monitor.tell(&Event::Note(format!("{}: waiting for up to {} s", busy.message, wait.as_secs())));
                store.wait_lock(name, &me, wait, &clock)?
            }
            other => other?,
        };
        let world = wire::world(site, Some(database))?;
        let (cancel, simulated) = (cancel()?, site.config.simulated);
        let taker = Taker { state: site.state.clone(), simulated, me: me.clone() };
        let name = name.clone();
        Ok(Self {
            name,
            database,
            world,
            store,
            clock,
            monitor,
            cancel,
            me,
            lock,
            wait,
            taker,
            reserved: RefCell::default(),
            simulated,
        })
    }

    fn engine(&self) -> Engine<'_, World> {
        Engine {
            world: &self.world,
            clock: &self.clock,
            monitor: self.monitor.as_ref(),
            journal: &self.store,
            cancel: &self.cancel,
            me: self.me.clone(),
            tool: env!("CARGO_PKG_VERSION"),
            simulated: self.simulated,
        }
    }

    /// Starts a run of a flow and drives it to its end.
    pub fn start<P: Serialize>(&self, flow: &Flow<World>, params: &P) -> Result<RunId, Fault> {
        let run = RunId::make(&self.name, self.clock.now(), salt(&self.clock));
        self.store.note_run(&self.lock, &self.me, &run)?;
        let params = serde_json::to_value(params)
            .map_err(|e| Fault::new(Kind::Bug, "RUN-002", "the parameters cannot be written").cause(e.to_string()))?;
        let (leased, needs) = planned(&run, flow.name(), params.clone())?;
        let _held = self.hold(&run, &needs)?;
        self.engine().start(&lease::leased(leased, &needs.disks, &self.taker)?, &run, params)?;
        Ok(run)
    }

    /// Goes on with an interrupted run.
    pub fn resume(&self, run: &RunId) -> Result<(), Fault> {
        let flow = self.flow_of(run)?;
        if flow.name() == flow::release::NAME {
            return Err(looks_anew(run));
        }
        self.store.note_run(&self.lock, &self.me, run)?;
        let header = self.store.run_state(run)?.header;
        let _held = self.hold(run, &planned(run, &header.flow, header.params)?.1)?;
        self.engine().resume(&flow, run).map(drop)
    }

    /// Takes a run back.
    pub fn undo(&self, run: &RunId) -> Result<(), Fault> {
        let flow = self.flow_of(run)?;
        self.store.note_run(&self.lock, &self.me, run)?;
        self.engine().undo(&flow, run).map(drop)
    }

    /// Settles every unfinished run of the database: windows are closed, half-done work is taken back; of a stuck run
    /// the rest is tried again. Returns what was settled, in words.
    pub fn heal(&self) -> Result<Vec<(RunId, String)>, Fault> {
        let unfinished = catalog::unfinished(&self.store, &self.name)?.into_iter();
        unfinished.map(|run| Ok((run.id.clone(), self.heal_one(&run)?))).collect()
    }

    /// Before another run: like `heal`, but what a person was called for waits for that person, who is told again.
    pub fn settle_interrupted(&self) -> Result<(), Fault> {
        for run in catalog::unfinished(&self.store, &self.name)? {
            let how = match run.state {
                RunWord::Stuck => format!("is stuck and waits for a person: ovmirror show {}", run.id),
                _ => format!("was left unfinished: {}", self.heal_one(&run)?),
            };
            self.note(&format!("run {} {how}", run.id));
        }
        Ok(())
    }

    fn heal_one(&self, info: &RunInfo) -> Result<String, Fault> {
        let run = &info.id;
        if let Some(later) = super::recover::superseded(self, info)? {
            return Ok(format!("left as it is, since {later} recovered the database behind it: ovmirror commit {run}"));
        }
        let flow = self.flow_of(run)?;
        self.store.note_run(&self.lock, &self.me, run)?;
        if self.is_open_again(run)? {
            return self.engine().resume(&flow, run).map(|_| finished(run, &self.name));
        }
        match self.engine().heal(&flow, run)?.settled {
            Settled::Stuck(fault) => Err(*fault),
            Settled::Unwound => Ok("taken back".to_owned()),
            Settled::Finished => Ok("finished".to_owned()),
            Settled::Left | Settled::AlreadyEnded => match self.engine().undo(&flow, run) {
                // Behind a step of no return the only way leads on.
                Err(fault) if fault.code == PAST_RETURN => {
                    self.engine().resume(&flow, run).map(|_| "finished: it was past its point of no return".to_owned())
                }
                undone => undone.map(|_| "taken back".to_owned()),
            },
        }
    }

    /// A recovery that went forward as far as OPEN: work may have been done since, and only a person takes that back.
    fn is_open_again(&self, run: &RunId) -> Result<bool, Fault> {
        let state = self.store.run_state(run)?;
        let begun = |name: &str| state.step(name).is_some_and(|step| step.state != StepState::Pending);
        let forward = state.end.is_none() && state.direction == Direction::Forward;
        Ok(state.header.flow == flow::recover::NAME && forward && (begun("open") || begun("online")))
    }

    /// Makes the media host this session's before it is surveyed: free slots and mount points are only then what they
    /// will be.
    pub fn reserve_media(&self) -> Result<(), Fault> {
        self.reserve_within(self.wait)
    }

    /// The same if it is free now.
    pub fn reserve_free_media(&self) -> bool {
        match self.reserve_within(Duration::ZERO) {
            Ok(()) => true,
            Err(busy) => {
                self.note(&format!("{}: the snapshot does not wait for it", busy.message));
                false
            }
        }
    }

    fn reserve_within(&self, wait: Duration) -> Result<(), Fault> {
        let Some(name) = self.database.media.clone() else { return Ok(()) };
        let lease = Lease::Media(name);
        if self.reserved.borrow().contains_key(&lease) {
            return Ok(());
        }
        let held = self.taker.take(&BTreeSet::from([lease.clone()]), None, wait, &|text| self.note(text))?;
        self.reserved.borrow_mut().extend(held.into_iter().map(|lock| (lease.clone(), lock)));
        Ok(())
    }

    /// Holds what a run shares from before its first step on: nothing inside it waits for a machine of others.
    fn hold(&self, run: &RunId, needs: &Needs) -> Result<Vec<Lock>, Fault> {
        let (mut wanted, reserved) = (needs.whole.clone(), self.reserved.borrow());
        for (lease, lock) in reserved.iter().filter(|(lease, _)| needs.whole.contains(lease)) {
            self.store.note_run(lock, &self.me, run)?;
            wanted.remove(lease);
        }
        self.taker.take(&wanted, Some(run), self.wait, &|text| self.note(text))
    }

    /// The flow of a run, built from the parameters in its journal.
    fn flow_of(&self, run: &RunId) -> Result<Flow<World>, Fault> {
        let header = self.store.run_state(run)?.header;
        let (flow, needs) = planned(run, &header.flow, header.params)?;
        lease::leased(flow, &needs.disks, &self.taker)
    }

    /// The parameters of a run of a flow, from its journal.
    pub fn params_of<P: serde::de::DeserializeOwned>(&self, run: &RunId) -> Result<P, Fault> {
        params(run, self.store.run_state(run)?.header.params)
    }

    /// What a step of a run has told.
    pub fn out_of<T: serde::de::DeserializeOwned>(&self, run: &RunId, step: &str) -> Result<T, Fault> {
        let state = self.store.run_state(run)?;
        let out = state.step(step).and_then(|step| step.out.clone()).unwrap_or_default();
        serde_json::from_value(out).map_err(|error| {
            Fault::new(Kind::Bug, "EXT-024", format!("{step} cannot be read")).cause(error.to_string())
        })
    }

    /// Tells the reader something.
    pub fn note(&self, text: &str) {
        self.monitor.tell(&Event::Note(text.to_owned()));
    }
}

/// What was nobody's then may be somebody's now.
fn looks_anew(run: &RunId) -> Fault {
    Fault::new(
        Kind::User,
        "ORP-005",
        format!("release {run} is not resumed: what it was to remove must be looked at anew"),
    )
    .hint_command("settle it", format!("ovmirror undo {run}"))
    .hint_command("then go on", format!("ovmirror orphans {} --release", run.database()))
}

/// The flow that parameters describe, and what it shares.
fn planned(run: &RunId, name: &str, value: Value) -> Result<(Flow<World>, Needs), Fault> {
    match name {
        flow::snapshot::NAME => built(run, value, flow::snapshot::flow),
        flow::offload::NAME => built(run, value, flow::offload::flow),
        flow::from_tape::NAME => built(run, value, flow::from_tape::flow),
        flow::from_tape::RECORD => built(run, value, flow::from_tape::record_flow),
        flow::recover::NAME => built(run, value, flow::recover::flow),
        flow::commit::NAME => built(run, value, flow::commit::flow),
        flow::rebuild::NAME => built(run, value, flow::rebuild::flow),
        flow::release::NAME => built(run, value, flow::release::flow),
        flow::extract::NAME => built(run, value, flow::extract::flow),
        flow::drill::NAME => built(run, value, flow::drill::flow),
        other => Err(Fault::new(Kind::User, "RUN-003", format!("run {run} is of a flow that is not known: {other}"))
            .hint("it was made by another version of ovmirror; use that one")),
    }
}

fn built<P: serde::de::DeserializeOwned + Shares>(
    run: &RunId,
    value: Value,
    flow: fn(P) -> Result<Flow<World>, Fault>,
) -> Result<(Flow<World>, Needs), Fault> {
    let params: P = params(run, value)?;
    let needs = params.needs();
    Ok((flow(params)?, needs))
}

fn params<P: serde::de::DeserializeOwned>(run: &RunId, value: Value) -> Result<P, Fault> {
    serde_json::from_value(value).map_err(|error| {
        Fault::new(Kind::User, "RUN-004", format!("the parameters of run {run} do not fit this version"))
            .cause(error.to_string())
            .hint("use the version of ovmirror that made it")
    })
}

/// Of a recovery that `heal` brought to its end no snapshot was made.
fn finished(run: &RunId, database: &DbName) -> String {
    format!(
        "finished, since what it opened is not taken back unasked. Make a snapshot now: ovmirror backup {database}; to take \
         the recovery back: ovmirror undo {run}"
    )
}

/// Keeps two runs of one second apart.
fn salt(clock: &SystemClock) -> u16 {
    let nanos = clock.now().timestamp_subsec_nanos();
    ((nanos / 1000) ^ std::process::id()) as u16
}

/// The first SIGINT, SIGTERM or SIGHUP (the terminal went away) asks the run to stop; the second ends the process at once.
fn cancel() -> Result<Cancel, Fault> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        let armed = signal_hook::flag::register_conditional_shutdown(signal, 130, flag.clone())
            .and_then(|_| signal_hook::flag::register(signal, flag.clone()));
        armed.map_err(|error| {
            Fault::new(Kind::External, "RUN-005", "signals cannot be caught").cause(error.to_string())
        })?;
    }
    Ok(Cancel::from_flag(flag))
}
