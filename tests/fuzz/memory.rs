//! A mebibyte of one thing, again and again: each body takes a bounded time and memory for it.

use crate::{TARGETS, corpus};
use std::{
    collections::BTreeSet,
    fs,
    time::{Duration, Instant},
};

const SIZE: usize = 1 << 20;
/// Far above what a linear reader takes, far below what a quadratic one does.
const PATIENCE: Duration = Duration::from_secs(8);
/// Peak of the process above where it stood, for one input of one mebibyte.
const PEAK_KIB: u64 = 160 * 1024;

/// Fields of /proc/self/status, in KiB.
fn status(name: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Up to a mebibyte of each: whole samples, single characters, and lines and characters inside of a sample.
fn large(target: &str) -> Vec<Vec<u8>> {
    let samples = corpus::samples(target);
    let lines = samples.iter().flat_map(|sample| sample.split_inclusive(|byte| *byte == b'\n')).map(<[u8]>::to_vec);
    let single = ["a", "\n", "\"", "[", "{\"a\":", " = ", "x\n", "|~|", "\0", "\u{FFFD}", "OVM>", "1 "];
    let single = single.map(|text| text.as_bytes().to_vec());
    let pieces: BTreeSet<Vec<u8>> = lines.chain(single.clone()).filter(|piece| !piece.is_empty()).collect();
    let repeated = |piece: &Vec<u8>| piece.repeat(SIZE / piece.len());
    // Before the last line, which often says that it is the last.
    let last = samples[0].trim_ascii_end().iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let (head, tail) = samples[0].split_at(last);
    let inside = pieces.iter().map(|piece| [head, &repeated(piece), tail].concat());
    samples.iter().chain(&single).map(repeated).chain(inside).collect()
}

#[test]
fn a_mebibyte_of_anything_is_read_in_bounds() {
    for (target, body) in TARGETS {
        for input in large(target) {
            // Makes the kernel count the peak anew (proc(5), clear_refs).
            fs::write("/proc/self/clear_refs", "5").unwrap();
            let (before, began) = (status("VmRSS"), Instant::now());
            body(&input);
            let (took, grown) = (began.elapsed(), status("VmHWM").saturating_sub(before));
            let shown = input[..60.min(input.len())].escape_ascii();
            assert!(took < PATIENCE, "{target}: {took:?} for \"{shown}…\"");
            assert!(grown < PEAK_KIB, "{target}: {grown} KiB for \"{shown}…\"");
        }
    }
}
