//! What an event changes in the tables that people ask. Only events are read here, so that the tables can be built again.

use super::{
    CatalogChange, SnapshotRecord,
    append::{Stored, number, time},
    error::sql,
    statement,
};
use crate::{
    engine::{Direction, EndState, Event, Header, RunEvent, StepEvent, StepRecord},
    fault::{Fault, Kind},
    model::RunId,
};
use rusqlite::{Params, Transaction};
use serde::Serialize;
use serde_json::Value;

/// Takes one event into the tables.
pub(super) fn project(tx: &Transaction<'_>, stored: &Stored) -> Result<(), Fault> {
    match &stored.record.event {
        Event::Run(event) => project_run(tx, stored, event),
        Event::Step(event) => project_step(tx, stored, event),
    }
}

fn project_run(tx: &Transaction<'_>, stored: &Stored, event: &RunEvent) -> Result<(), Fault> {
    match event {
        RunEvent::Run(header) => add_run(tx, stored, header),
        RunEvent::Paused { .. } => Ok(()),
        RunEvent::Turn(turn) => {
            let word = if turn.to == Direction::Unwind { "unwinding" } else { "running" };
            change(tx, statement::RUN_STATE, (&stored.run, word, None::<String>), &stored.run)
        }
        RunEvent::End(end) => {
            let word = match end.state {
                EndState::Done => "done",
                EndState::Undone => "undone",
                EndState::Stuck => "stuck",
            };
            if end.state != EndState::Done {
                run(tx, statement::TAPE_GIVEN_UP, [&stored.run])?;
            }
            change(tx, statement::RUN_STATE, (&stored.run, word, time(stored.record.at)), &stored.run)
        }
    }
}

fn add_run(tx: &Transaction<'_>, stored: &Stored, header: &Header) -> Result<(), Fault> {
    let at = time(stored.record.at);
    let database = header.id.database();
    run(tx, statement::ADD_RUN, (&stored.run, stored.seq, database, &header.flow, at, &header.tool, header.simulated))
        .map(drop)
}

fn project_step(tx: &Transaction<'_>, stored: &Stored, event: &StepRecord) -> Result<(), Fault> {
    match &event.what {
        StepEvent::Started { .. } | StepEvent::UndoStarted {} => {
            change(tx, statement::RUN_STEP, (&stored.run, &event.step), &stored.run)
        }
        StepEvent::Done { out, .. } => {
            catalog_changes(&event.step, out)?.iter().try_for_each(|changed| project_change(tx, stored, changed))
        }
        StepEvent::Failed { .. } | StepEvent::Undone { .. } | StepEvent::UndoFailed { .. } => Ok(()),
    }
}

fn catalog_changes(step: &str, out: &Value) -> Result<Vec<CatalogChange>, Fault> {
    let Some(changes) = out.get("catalog") else {
        return Ok(Vec::new());
    };
    serde_json::from_value(changes.clone()).map_err(|error| {
        Fault::new(Kind::Bug, "STO-008", format!("the catalog changes of step {step} cannot be read"))
            .cause(error.to_string())
            .printed(&changes.to_string())
    })
}

fn project_change(tx: &Transaction<'_>, stored: &Stored, changed: &CatalogChange) -> Result<(), Fault> {
    match changed {
        CatalogChange::SnapshotMade(record) => add_snapshot(tx, stored, record),
        CatalogChange::SnapshotState { id, state } => {
            change(tx, statement::SNAPSHOT_STATE, (id.as_str(), word(state)?), id.as_str())
        }
        CatalogChange::TapeState { id, tape } => {
            let (pieces, bytes) = (number("pieces", tape.pieces)?, number("bytes", tape.bytes)?);
            let finished = tape.finished_at.map(time);
            let values = (id.as_str(), word(&tape.state)?, pieces, bytes, finished, &stored.run);
            change(tx, statement::TAPE_STATE, values, id.as_str())
        }
        CatalogChange::Pieces { id, pieces } => {
            run(tx, statement::DROP_PIECES, [id.as_str()])?;
            add_pieces(tx, id, pieces)
        }
        CatalogChange::Drilled { id, at } => change(tx, statement::DRILLED, (id.as_str(), time(*at)), id.as_str()),
        CatalogChange::Pinned { id, pinned } => change(tx, statement::PINNED, (id.as_str(), pinned), id.as_str()),
        CatalogChange::Gone { id } => change(tx, statement::DROP_SNAPSHOT, [id.as_str()], id.as_str()),
    }
}

fn add_snapshot(tx: &Transaction<'_>, stored: &Stored, made: &SnapshotRecord) -> Result<(), Fault> {
    let values = rusqlite::params![
        made.id.as_str(),
        stored.seq,
        made.database.as_str(),
        number("DBID", made.dbid)?,
        made.resetlogs_change.to_string(),
        made.begin_scn.to_string(),
        made.end_scn.to_string(),
        time(made.begun_at),
        time(made.ended_at),
        number("window", made.window_ms)?,
        number("clone job", made.clone_job_ms)?,
        word(&made.state)?,
        word(&made.tape.state)?,
        number("pieces", made.tape.pieces)?,
        number("bytes", made.tape.bytes)?,
        made.tape.finished_at.map(time),
        &stored.run,
        made.drilled_at.map(time),
        made.pinned,
        made.layout.to_string(),
    ];
    run(tx, statement::ADD_SNAPSHOT, values)?;
    for (n, disk) in made.disks.iter().enumerate() {
        let bytes = number("bytes", disk.bytes)?;
        run(tx, statement::ADD_DISK, (made.id.as_str(), place(n)?, disk.slot, &disk.role, &disk.id, bytes))?;
    }
    add_bodies(tx, statement::ADD_FILE, &made.id, &made.files)?;
    add_bodies(tx, statement::ADD_LOG, &made.id, &made.logs)?;
    add_pieces(tx, &made.id, &made.pieces)
}

fn add_bodies(tx: &Transaction<'_>, statement: &str, id: &RunId, bodies: &[Value]) -> Result<(), Fault> {
    for (n, body) in bodies.iter().enumerate() {
        run(tx, statement, (id.as_str(), place(n)?, body.to_string()))?;
    }
    Ok(())
}

fn add_pieces(tx: &Transaction<'_>, id: &RunId, pieces: &[super::Piece]) -> Result<(), Fault> {
    for (n, piece) in pieces.iter().enumerate() {
        let bytes = number("bytes", piece.bytes)?;
        run(tx, statement::ADD_PIECE, (id.as_str(), place(n)?, &piece.handle, &piece.tag, bytes))?;
    }
    Ok(())
}

fn place(n: usize) -> Result<i64, Fault> {
    number("position", n as u64)
}

/// The word that JSON has for a state.
fn word(state: &impl Serialize) -> Result<String, Fault> {
    match serde_json::to_value(state) {
        Ok(Value::String(word)) => Ok(word),
        other => Err(Fault::new(Kind::Bug, "STO-009", format!("a state is no word: {other:?}"))),
    }
}

fn run(tx: &Transaction<'_>, statement: &str, values: impl Params) -> Result<usize, Fault> {
    let mut prepared = tx.prepare_cached(statement).map_err(sql("write to the catalog"))?;
    prepared.execute(values).map_err(sql("write to the catalog"))
}

/// As `run`, and the object must exist.
fn change(tx: &Transaction<'_>, statement: &str, values: impl Params, id: &str) -> Result<(), Fault> {
    match run(tx, statement, values)? {
        0 => Err(Fault::new(Kind::Bug, "STO-010", format!("the store does not know {id}"))),
        _ => Ok(()),
    }
}
