//! Steps with probe and undo, the journal's events and the loop that runs them. Knows nothing of Oracle, SSH or disks.
//!
//! Order of every act: record, commit, then act. What a run is follows from its records alone ([`fold`]); `interrupted`
//! is derived by the caller, who can see whether anybody holds the lock.

mod actor;
mod ending;
mod event;
mod flow;
mod fold;
mod heard;
mod journal;
mod live;
mod recover;
mod run;
mod step;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod toy;
mod unwind;

pub use actor::{Actor, Cancel};
pub use ending::{resume_command, show_command, undo_command};
pub use event::{
    Direction, End, EndState, Event, FORMAT, Header, Record, RunEvent, StepEvent, StepRecord, Turn, decode,
};
pub use flow::Flow;
pub use fold::{Phase, RunState, StepRun, StepState, fold};
pub use journal::Journal;
pub use recover::{Healed, PAST_RETURN, Settled};
pub use run::Engine;
pub use step::{AnyStep, Cx, Keyed, Outs, Probe, Ran, Step, UndoPolicy, erase};
