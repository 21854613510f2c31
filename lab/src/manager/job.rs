//! Jobs: every change is one. They outlive the session that asked for them, and take back what they made.

use super::block::Block;
use super::core::Core;
use super::object::{Body, Job, JobState, Kind, Made};
use super::state::State;
use super::{lock, text};
use crate::host::seam::{HostError, Machines};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Done jobs that are remembered.
const KEPT: usize = 500;

/// What a plan is made from: the state as it is at this moment.
pub struct Scene<'a> {
    /// The objects.
    pub state: &'a State,
    /// Options and machines.
    pub core: &'a Core,
}

/// What a job does; the lines are for `Data:`.
pub type Work = Box<dyn FnOnce(&Ticket) -> Result<Option<Vec<String>>, Trouble> + Send>;

/// A change that was found allowed.
pub struct Plan {
    /// The job's description, as `list Job` shows it.
    pub title: String,
    /// The objects it touches.
    pub locks: Vec<String>,
    /// How many jobs it makes besides the first.
    pub children: usize,
    /// What it leaves when it fails stays (quirk `clone-leaves-half-objects`).
    pub leaves_half: bool,
    /// What it does.
    pub work: Work,
}

impl Plan {
    /// A plan of one job.
    pub fn new(
        title: String,
        locks: Vec<String>,
        work: impl FnOnce(&Ticket) -> Result<Option<Vec<String>>, Trouble> + Send + 'static,
    ) -> Self {
        Self { title, locks, children: 0, leaves_half: false, work: Box::new(work) }
    }
}

/// Why a job did not get to its end.
#[derive(Debug)]
pub enum Trouble {
    /// It failed.
    Failed(String),
    /// Somebody aborted it.
    Aborted,
    /// The manager goes down; nothing may be touched any more.
    Stopped,
}

/// How the session waits.
#[derive(Debug, Clone, Copy)]
pub struct Waiting {
    /// `CommandMode=Asynchronous`
    pub asynchronous: bool,
    /// `CommandTimeout`
    pub timeout: Option<Duration>,
}

/// Plans, locks, starts, and (in synchronous mode) waits for the end.
pub fn run(core: &Arc<Core>, waiting: Waiting, plan: impl Fn(&Scene<'_>) -> Result<Plan, String>) -> Block {
    let patience = lock::patience(core, waiting.asynchronous);
    let admitted = core.change_when(Some(Instant::now() + patience), |state, last| admit(core, state, last, &plan));
    let (plan, ids) = match admitted {
        Some(Ok(admitted)) => admitted,
        Some(Err(text)) => return Block::failure(text),
        None => return Block::failure(text::restarted()),
    };
    let ticket = Ticket { core: core.clone(), id: ids[0], leaves_half: plan.leaves_half };
    let work = plan.work;
    core.spawn(move || ticket.perform(work));
    if waiting.asynchronous {
        return Block { jobs: ids, result: Ok(None) };
    }
    await_end(core, ids, waiting.timeout)
}

fn admit(
    core: &Core,
    state: &mut State,
    last: bool,
    plan: &impl Fn(&Scene<'_>) -> Result<Plan, String>,
) -> Option<Result<(Plan, Vec<u64>), String>> {
    let plan = match plan(&Scene { state, core }) {
        Ok(plan) => plan,
        Err(text) => return Some(Err(text)),
    };
    if let Some(held) = lock::first_held(state, &plan.locks) {
        return last.then(|| Err(text::locked(held)));
    }
    let ids = register(core, state, &plan);
    lock::take(state, &plan.locks, ids[0]);
    Some(Ok((plan, ids)))
}

/// Enters the job and its children. The children are only ids on the line: nothing is known of how they look.
fn register(core: &Core, state: &mut State, plan: &Plan) -> Vec<u64> {
    let several = core.options.quirks.is("job-ids", "several");
    let count = 1 + if several { plan.children } else { 0 };
    let ids: Vec<u64> = (0..count).map(|_| state.next_job()).collect();
    for id in ids.iter().rev() {
        let job = Job {
            state: JobState::Running,
            abort: false,
            made: vec![],
            result: None,
            error: None,
            family: ids.clone(),
        };
        state.add(&id.to_string(), &plan.title, "", Body::Job(job));
    }
    let old: Vec<String> = state
        .of(Kind::Job)
        .into_iter()
        .skip(KEPT)
        .filter(|o| o.job().is_some_and(|j| j.state != JobState::Running))
        .map(|o| o.id.clone())
        .collect();
    old.iter().for_each(|id| state.remove(id));
    ids
}

fn await_end(core: &Arc<Core>, ids: Vec<u64>, timeout: Option<Duration>) -> Block {
    let id = ids[0].to_string();
    let deadline = timeout.map(|t| Instant::now() + t);
    let ended = core.read_when(deadline, |state| {
        let job = state.get(&id)?.job()?;
        (job.state != JobState::Running).then(|| job.clone())
    });
    let result = match ended {
        Some(Job { state: JobState::Success, result, .. }) => Ok(result),
        Some(Job { error, .. }) => Err(error.unwrap_or_default()),
        None if core.is_closed() => Err(text::restarted()),
        None => {
            if core.options.quirks.is("command-timeout", "job-aborted") {
                ask_to_abort(core, &id);
            }
            let seconds = timeout.unwrap_or_default().as_secs();
            Err(format!("The command did not complete within the CommandTimeout of {seconds} seconds. Job: {id}"))
        }
    };
    Block { jobs: ids, result }
}

/// Sets the flag that a job looks at between its steps.
fn ask_to_abort(core: &Core, id: &str) {
    core.change(|state| {
        if let Some(job) = state.get_mut(id).and_then(|o| o.job_mut()) {
            job.abort = true;
        }
    });
}

/// `abort Job`: waits until the job is taken back.
pub fn abort(core: &Arc<Core>, id: &str) -> Block {
    let running = core.read(|state| {
        let job = state.get(id).and_then(|o| o.job());
        job.filter(|j| j.state == JobState::Running).map(|j| j.family[0].to_string())
    });
    let Some(head) = running else {
        return Block::failure(text::rule(&format!("Job: {id} cannot be aborted, it is already done")));
    };
    ask_to_abort(core, &head);
    let end = core.read_when(None, |state| {
        state.get(&head).and_then(|o| o.job()).map(|j| j.state).filter(|s| *s != JobState::Running)
    });
    match end {
        Some(JobState::Aborted) => Block::done(),
        Some(_) => Block::failure(text::rule(&format!("Job: {id} was done before it could be aborted"))),
        None => Block::failure(text::restarted()),
    }
}

/// Takes back the jobs that were running when the manager went down.
pub fn recover(core: &Arc<Core>) {
    let running: Vec<u64> = core.read(|state| {
        let jobs = state.of(Kind::Job).into_iter().filter(|o| o.job().is_some_and(|j| j.state == JobState::Running));
        jobs.filter_map(|o| o.id.parse().ok()).collect()
    });
    for id in running {
        let ticket = Ticket { core: core.clone(), id, leaves_half: false };
        ticket.take_back();
        ticket.end(JobState::Failure, None, Some(text::restarted()));
    }
}

/// A running job's hold on the manager.
pub struct Ticket {
    /// The manager.
    pub core: Arc<Core>,
    id: u64,
    leaves_half: bool,
}

impl Ticket {
    fn perform(self, work: Work) {
        let outcome = catch_unwind(AssertUnwindSafe(|| work(&self)));
        match outcome {
            Ok(Ok(result)) => self.end(JobState::Success, result, None),
            Ok(Err(Trouble::Stopped)) => {}
            Ok(Err(Trouble::Failed(text))) => self.fail(JobState::Failure, text),
            Ok(Err(Trouble::Aborted)) => self.fail(JobState::Aborted, format!("Job: {} was aborted", self.id)),
            Err(_) => self.fail(JobState::Failure, text::rule("Internal error")),
        }
    }

    fn fail(&self, state: JobState, text: String) {
        self.take_back();
        self.end(state, None, Some(text));
    }

    fn end(&self, end: JobState, result: Option<Vec<String>>, error: Option<String>) {
        self.core.change(|state| {
            lock::release(state, self.id);
            let family = state.get(&self.id.to_string()).and_then(|o| o.job()).map(|j| j.family.clone());
            for id in family.unwrap_or_default() {
                if let Some(job) = state.get_mut(&id.to_string()).and_then(|o| o.job_mut()) {
                    job.state = end;
                    job.result.clone_from(&result);
                    job.error.clone_from(&error);
                }
            }
        });
    }

    /// Undoes what the job made, last first. Where half objects stay, only the piece in work goes: the single job that
    /// made it is rolled back, those before it are not (release notes of 3.4, "no transaction").
    fn take_back(&self) {
        let made = self.core.read(|s| s.get(&self.id.to_string()).and_then(|o| o.job()).map(|j| j.made.clone()));
        for step in made.unwrap_or_default().into_iter().rev() {
            if self.leaves_half && matches!(step, Made::Object(_)) {
                return;
            }
            self.undo(step);
        }
    }

    /// What is gone already needs no undoing, so errors of the machines end here.
    fn undo(&self, step: Made) {
        match step {
            Made::Object(id) => {
                self.core.change(|state| state.remove(&id));
            }
            Made::File { repository, disk } => drop(self.machines().delete_disk(&repository, &disk)),
            Made::Config { repository, vm, template } => {
                drop(self.machines().remove_config(&repository, &vm, template));
            }
            Made::Attached { guest, slot } => drop(self.machines().detach(&guest, slot)),
        }
    }

    /// What lies below.
    #[must_use]
    pub fn machines(&self) -> &dyn Machines {
        self.core.machines.as_ref()
    }

    /// The job's time passes; an abort or the manager's end breaks it off.
    pub fn wait(&self, time: Duration) -> Result<(), Trouble> {
        let aborted =
            self.core.read_when(Some(Instant::now() + time), |state| self.is_asked_to_abort(state).then_some(()));
        match aborted {
            Some(()) => Err(Trouble::Aborted),
            None if self.core.is_closed() => Err(Trouble::Stopped),
            None => Ok(()),
        }
    }

    fn is_asked_to_abort(&self, state: &State) -> bool {
        state.get(&self.id.to_string()).and_then(|o| o.job()).is_some_and(|j| j.abort)
    }

    /// The whole time that a clone, attach or refresh takes.
    pub fn take_time(&self) -> Result<(), Trouble> {
        self.wait(self.core.options.job_time)
    }

    /// Changes the state.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> Result<T, Trouble> {
        self.core.change(change).ok_or(Trouble::Stopped)
    }

    /// Notes what is about to be made, so that also a crash can take it back.
    pub fn making(&self, step: Made) -> Result<(), Trouble> {
        self.change(|state| {
            if let Some(job) = state.get_mut(&self.id.to_string()).and_then(|o| o.job_mut()) {
                job.made.push(step);
            }
        })
    }

    /// A piece that stays whatever happens next: it is in force now.
    pub fn making_no_more(&self, step: &Made) -> Result<(), Trouble> {
        self.change(|state| {
            if let Some(job) = state.get_mut(&self.id.to_string()).and_then(|o| o.job_mut()) {
                job.made.retain(|made| made != step);
            }
        })
    }

    /// Adds an object, locked by this job until its end.
    pub fn add(&self, id: &str, name: &str, description: &str, body: Body) -> Result<(), Trouble> {
        self.making(Made::Object(id.to_owned()))?;
        self.change(|state| {
            state.add(id, name, description, body);
            lock::take(state, &[id.to_owned()], self.id);
        })
    }

    /// The line of an object for `Data:`.
    #[must_use]
    pub fn line(&self, id: &str) -> Option<Vec<String>> {
        self.core.read(|state| state.get(id).map(|o| vec![o.line()]))
    }

    /// A failure of the machines as the manager words it.
    pub fn below<T>(&self, command: &str, result: Result<T, HostError>) -> Result<T, Trouble> {
        result.map_err(|error| {
            let servers = self.core.read(|s| s.of(Kind::Server).first().map(|o| o.name.clone()));
            Trouble::Failed(text::machine(command, &servers.unwrap_or_default(), &error.to_string()))
        })
    }
}
