//! `--dry-run`: each step with what taking it back means and the exact texts it would send.

use crate::{
    cli::{output::json, report::Reporter},
    engine::{Flow, UndoPolicy},
    fault::Fault,
    model::DbName,
    step::{World, names::sample_run},
};
use serde::Serialize;

/// The plan of one flow. In its texts the run is called RUN.
#[derive(Debug, Serialize)]
pub struct Plan {
    flow: String,
    digest: String,
    steps: Vec<Planned>,
}

#[derive(Debug, Serialize)]
struct Planned {
    step: String,
    text: String,
    undo: String,
    sends: Vec<String>,
}

impl Plan {
    /// Asks nothing but what the steps' texts need (the manager's release).
    pub fn of(flow: &Flow<World>, world: &World, database: &DbName) -> Result<Self, Fault> {
        let sample = sample_run(database)?;
        let steps = flow.steps().iter().map(|step| Planned {
            step: step.name(),
            text: step.describe(),
            undo: undo(step.undo_policy()),
            sends: step.preview(world).iter().map(|text| text.replace(sample.as_str(), "RUN")).collect(),
        });
        Ok(Self { flow: flow.name().to_owned(), digest: flow.digest().to_owned(), steps: steps.collect() })
    }

    /// What each step does and sends.
    pub fn outline(self) -> impl Iterator<Item = (String, Vec<String>)> {
        self.steps.into_iter().map(|step| (step.text, step.sends))
    }

    fn text(&self) -> String {
        let mut text = format!("flow {} (plan {})\n", self.flow, &self.digest[..12]);
        for (index, step) in self.steps.iter().enumerate() {
            text.push_str(&format!("{:>3}. {}  [{}]\n     {}\n", index + 1, step.text, step.step, step.undo));
            for line in step.sends.iter().flat_map(|sent| sent.lines()) {
                text.push_str(&format!("     | {line}\n"));
            }
        }
        text
    }
}

fn undo(policy: UndoPolicy) -> String {
    match policy {
        UndoPolicy::Compensate => "undo: taken back".to_owned(),
        UndoPolicy::Nothing { because } => format!("undo: nothing, {because}"),
        UndoPolicy::NoReturn { because } => format!("no return: {because}"),
    }
}

/// Prints plans: one object, or one text after the other.
pub fn show(plans: &[Plan], out: &Reporter) {
    let text: String = plans.iter().map(Plan::text).collect();
    let plans = serde_json::to_value(plans).unwrap_or_default();
    out.result(&json::object(out.simulated(), "plans", plans), &text);
}
