//! The journal's records. Their JSON is a format: it changes only with a new number and a reader for the old one.

use crate::{
    fault::{Fault, Kind},
    model::RunId,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;

/// The format that is written. Every format up to it is read.
pub const FORMAT: u32 = 1;

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Position in the run, from 0.
    pub n: u64,
    /// When, for people; the order is `n`.
    pub at: DateTime<Utc>,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// Of one step.
    Step(StepRecord),
    /// Of the run as a whole.
    Run(RunEvent),
}

/// An event of one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Kind and key (`clone_disk:2`).
    pub step: String,
    /// What happened to it.
    #[serde(flatten)]
    pub what: StepEvent,
}

/// What can happen to a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepEvent {
    /// It is about to run.
    Started {
        /// 1 for the first time.
        attempt: u32,
        /// Of the process that runs it.
        pid: u32,
        /// Of the process that runs it.
        host: String,
    },
    /// It ended well (or a probe found its effect).
    Done {
        /// What later steps and the undo need.
        out: Value,
        /// What the reader should know.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        warning: Option<String>,
        /// Why there was nothing to do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        skipped: Option<String>,
    },
    /// It failed, or a probe found no effect after an interruption.
    Failed {
        /// Why.
        fault: Fault,
    },
    /// Its undo is about to run.
    UndoStarted {},
    /// Its effect is absent.
    Undone {
        /// What its undo told.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<String>,
    },
    /// Its undo failed, retries included.
    UndoFailed {
        /// Why.
        fault: Fault,
    },
}

/// What can happen to a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEvent {
    /// The first record.
    Run(Header),
    /// The run goes on in this direction from here.
    Turn(Turn),
    /// The user stopped it between two steps; it waits for `resume` or `undo`.
    Paused {
        /// Why.
        why: String,
    },
    /// The run is over.
    End(End),
}

/// What a run is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Its id.
    pub id: RunId,
    /// Of the records.
    pub format: u32,
    /// Version of the program that began it.
    pub tool: String,
    /// Name of the flow.
    pub flow: String,
    /// What the plan is built from. References to secrets, never secrets.
    pub params: Value,
    /// The steps in order.
    pub plan: Vec<String>,
    /// SHA-256 over flow, steps and undo policies, hexadecimal.
    pub plan_digest: String,
    /// Whether it ran on a lab.
    pub simulated: bool,
}

/// Where a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// On with the plan.
    Forward,
    /// Back, undoing.
    Unwind,
}

/// A change of direction, or a resumption in the same one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Where to.
    pub to: Direction,
    /// In words.
    pub why: String,
    /// Code of the fault behind it, or `RESUME`, `UNDO`, `HEAL`.
    pub code: String,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndState {
    /// Every step is done.
    Done,
    /// Everything it did was taken back.
    Undone,
    /// An undo failed: a person is needed.
    Stuck,
}

/// The last record of a run (unless an undo reopens it).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// How.
    pub state: EndState,
    /// When stuck: the steps whose effects may still be there, in the order in which they are to be undone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
}

impl<'de> Deserialize<'de> for Event {
    // By hand: serde's untagged enums answer only "did not match any variant", which tells a reader nothing.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        let decoded = if value.get("step").is_some() {
            StepRecord::deserialize(&value).map(Event::Step)
        } else {
            RunEvent::deserialize(&value).map(Event::Run)
        };
        decoded.map_err(D::Error::custom)
    }
}

impl Event {
    /// An event of a step.
    pub fn step(step: &str, what: StepEvent) -> Self {
        Self::Step(StepRecord { step: step.to_owned(), what })
    }

    /// A turn.
    pub fn turn(to: Direction, why: impl Into<String>, code: impl Into<String>) -> Self {
        Self::Run(RunEvent::Turn(Turn { to, why: why.into(), code: code.into() }))
    }
}

/// Reads one stored event of a known format.
pub fn decode(format: u32, n: u64, body: &str) -> Result<Event, Fault> {
    if format == 0 || format > FORMAT {
        return Err(unknown_format(format));
    }
    serde_json::from_str(body).map_err(|error| {
        Fault::new(Kind::Bug, "JRN-002", format!("journal record {n} cannot be read"))
            .cause(error.to_string())
            .printed(body)
    })
}

pub(super) fn unknown_format(format: u32) -> Fault {
    Fault::new(Kind::User, "JRN-001", format!("the journal has format {format}, this program reads 1 to {FORMAT}"))
        .hint("use the version of ovmirror that began the run, or a later one")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_step_record_is_the_line_of_the_style_guide() {
        let line = json!({"n": 1, "at": "2026-11-21T20:45:12Z", "step": "begin",
            "started": {"attempt": 1, "pid": 4711, "host": "ctl1"}});
        let record: Record = serde_json::from_value(line.clone()).unwrap();
        assert_eq!(serde_json::to_value(&record).unwrap(), line);
    }

    #[test]
    fn an_undo_started_has_an_empty_object() {
        let event = Event::step("clone", StepEvent::UndoStarted {});
        assert_eq!(serde_json::to_string(&event).unwrap(), r#"{"step":"clone","undo_started":{}}"#);
    }

    #[test]
    fn what_is_not_understood_is_shown_with_its_number() {
        let fault = decode(1, 7, r#"{"step":"clone","melted":{}}"#).unwrap_err();
        assert_eq!(fault.code, "JRN-002");
        assert!(fault.message.contains("record 7"), "{fault}");
        assert_eq!(fault.context.output.as_deref(), Some(r#"{"step":"clone","melted":{}}"#));
        assert_eq!(decode(2, 0, "{}").unwrap_err().code, "JRN-001");
        assert!(decode(1, 0, r#"{"turned":{}}"#).unwrap_err().causes[0].contains("turned"));
    }
}
