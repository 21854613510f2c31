//! Cells in parallel, each worker on a site of its own.

use super::{
    cell::Cell,
    judge::{Verdict, tried},
    world::{Mode, World},
};
use std::{path::Path, sync::Mutex, time::Instant};

/// A site collects snapshots; a fresh one is soon made.
const CELLS_PER_SITE: usize = 25;

/// How they are tried.
pub struct Ways<'a> {
    pub mode: Mode,
    pub workers: usize,
    /// Another program than ours.
    pub program: Option<&'a Path>,
}

/// Tries all cells.
pub fn tried_all(cells: Vec<Cell>, ways: &Ways<'_>) -> Vec<(Cell, Verdict)> {
    let total = cells.len();
    let (todo, done) = (Mutex::new(cells), Mutex::new(Vec::new()));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..ways.workers {
            scope.spawn(|| {
                while let Some(batch) = batch(&todo) {
                    on_one_site(batch, ways, &|cell, verdict| {
                        let mut done = done.lock().unwrap();
                        done.push((cell, verdict.clone()));
                        eprintln!(
                            "{:>5}/{total} {:>6.1?} {}",
                            done.len(),
                            begun.elapsed(),
                            told(&done[done.len() - 1])
                        );
                    });
                }
            });
        }
    });
    done.into_inner().unwrap()
}

fn told((cell, verdict): &(Cell, Verdict)) -> String {
    match verdict {
        Verdict::Green => format!("green: {cell}"),
        Verdict::Missed => format!("never happened: {cell}"),
        Verdict::Red(why) => format!("RED: {cell}\n{why}"),
    }
}

fn batch(todo: &Mutex<Vec<Cell>>) -> Option<Vec<Cell>> {
    let mut todo = todo.lock().unwrap();
    let rest = todo.len().saturating_sub(CELLS_PER_SITE);
    let batch = todo.split_off(rest);
    if batch.is_empty() { None } else { Some(batch) }
}

fn on_one_site(batch: Vec<Cell>, ways: &Ways<'_>, tell: &dyn Fn(Cell, &Verdict)) {
    let fresh = || {
        let mut world = World::new(ways.mode).expect("real mode was possible a moment ago");
        world.site.program = ways.program.map_or(world.site.program.clone(), Path::to_owned);
        world
    };
    let mut world = fresh();
    for cell in batch {
        let verdict = tried(&world, &cell);
        // What a red cell left would turn others red.
        if matches!(verdict, Verdict::Red(_)) {
            world = fresh();
        }
        tell(cell, &verdict);
    }
}
