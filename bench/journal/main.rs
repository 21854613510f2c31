//! What the journal costs a step: its two records made durable, beside two synced writes of the same bytes and nothing else.
//!
//! `cargo bench --bench journal`, or with a folder on the state folder's file system: `cargo bench --bench journal -- DIR`.
//! Ends with 0 when the median of a step is at most 3 ms.

use ovmirror::{
    engine::{Journal, Record},
    model::RunId,
    store::Store,
};
use std::{
    error::Error,
    fs::File,
    io::Write,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

const RUNS: usize = 10;
const STEPS: usize = 40;
const MOST: Duration = Duration::from_millis(3);

/// The records of a run of so many steps, the header first.
fn records(run: &RunId) -> Result<Vec<Record>, serde_json::Error> {
    let plan: Vec<String> = (0..STEPS).map(|n| format!("step:{n}")).collect();
    let plan = serde_json::to_string(&plan)?;
    let at = "\"at\":\"2026-11-21T20:45:12Z\"";
    let header = format!(
        "{{\"n\":0,{at},\"run\":{{\"id\":\"{run}\",\"format\":1,\"tool\":\"0.1.0\",\"flow\":\"toy\",\"params\":{{}},\
         \"plan\":{plan},\"plan_digest\":\"5d0f\",\"simulated\":true}}}}"
    );
    let out = "x".repeat(200);
    let of_step = |n: usize| {
        let number = 2 * n + 1;
        let started = "\"started\":{\"attempt\":1,\"pid\":4711,\"host\":\"ctl1\"}".to_owned();
        let done = format!("\"done\":{{\"out\":\"{out}\"}}");
        [(number, started), (number + 1, done)]
            .map(|(number, what)| format!("{{\"n\":{number},{at},\"step\":\"step:{n}\",{what}}}"))
    };
    std::iter::once(header).chain((0..STEPS).flat_map(of_step)).map(|line| serde_json::from_str(&line)).collect()
}

/// The time of each step's two records.
fn journalled(dir: &Path) -> Result<Vec<Duration>, Box<dyn Error>> {
    let store = Store::open(&dir.join("state"), true)?;
    let mut took = Vec::new();
    for n in 0..RUNS {
        let run = RunId::new(&format!("ORCL-20261121T2045{n:02}-4f2a"))?;
        let all = records(&run)?;
        store.append(&run, &all[0])?;
        for pair in all[1..].chunks(2) {
            let begun = Instant::now();
            pair.iter().try_for_each(|record| store.append(&run, record))?;
            took.push(begun.elapsed());
        }
    }
    Ok(took)
}

/// The time of two synced writes of the same bytes.
fn written(dir: &Path) -> Result<Vec<Duration>, Box<dyn Error>> {
    let (mut file, run) = (File::create(dir.join("plain"))?, RunId::new("ORCL-20261121T204500-4f2a")?);
    let mut took = Vec::new();
    for _ in 0..RUNS {
        for pair in records(&run)?[1..].chunks(2) {
            let begun = Instant::now();
            for record in pair {
                file.write_all(&serde_json::to_vec(record)?)?;
                file.sync_data()?;
            }
            took.push(begun.elapsed());
        }
    }
    Ok(took)
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let given = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let dir = tempfile::tempdir_in(given.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").to_owned() + "/target"))?;
    let (journal, plain) = (median(journalled(dir.path())?), median(written(dir.path())?));
    let ratio = journal.as_secs_f64() / plain.as_secs_f64();
    println!(
        "{} steps, medians: journal {journal:.2?} a step, two synced writes {plain:.2?}, ratio {ratio:.2}",
        RUNS * STEPS
    );
    Ok(if journal <= MOST { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
