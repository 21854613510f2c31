//! Runs one body over many damaged inputs. There is no coverage feedback; what a body answers stands for it.

use crate::{Body, TARGETS, corpus, mutate::Mutator};
use std::{collections::HashSet, env, panic, time::Instant};

/// Executions per target, unless `OVMIRROR_FUZZ` says otherwise.
const USUAL: u64 = 2_000;
/// Inputs that are kept beside the corpus because they led to a new answer.
const KEPT: usize = 512;

fn number(name: &str, usual: u64) -> u64 {
    env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// The body of a target.
pub fn body(target: &str) -> Body {
    TARGETS.iter().find(|(name, _)| *name == target).unwrap().1
}

/// Drives one target.
pub fn drive(target: &str) {
    let (wanted, seed) = (number("OVMIRROR_FUZZ", USUAL), number("OVMIRROR_FUZZ_SEED", 1));
    let (body, began) = (body(target), Instant::now());
    let mut pool = corpus::samples(target);
    let mut seen: HashSet<String> = pool.iter().map(|sample| execute(target, body, sample)).collect();
    let samples = pool.len();
    let mut mutator = Mutator::new(seed, target);
    for _ in 0..wanted {
        let input = mutator.next(&pool);
        let answer = execute(target, body, &input);
        if pool.len() < samples + KEPT && seen.insert(answer) {
            pool.push(input);
        }
    }
    eprintln!("{target}: {wanted} executions from seed {seed}, {} answers, {:.0?}", seen.len(), began.elapsed());
}

/// One execution. A panic shows the input, so that it can go into the corpus.
fn execute(target: &str, body: Body, input: &[u8]) -> String {
    panic::catch_unwind(|| body(input)).unwrap_or_else(|_| panic!("{target} failed on \"{}\"", input.escape_ascii()))
}
