//! A mebibyte of one thing, again and again: each body takes a bounded time and memory for it.

use crate::{TARGETS, corpus};
use std::{
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

/// The samples, their single lines, and single characters, each repeated up to a mebibyte.
fn large(target: &str) -> Vec<Vec<u8>> {
    let samples = corpus::samples(target);
    let lines = samples.iter().flat_map(|sample| sample.split_inclusive(|byte| *byte == b'\n')).map(<[u8]>::to_vec);
    let single = ["a", "\n", "\"", "[", "{\"a\":", " = ", "x\n", "|~|", "\0", "\u{FFFD}", "OVM>", "1 "];
    let pieces: Vec<Vec<u8>> =
        lines.chain(single.map(|text| text.as_bytes().to_vec())).filter(|p| !p.is_empty()).collect();
    let whole = samples.iter().filter(|sample| !sample.is_empty()).map(|sample| sample.repeat(SIZE / sample.len() + 1));
    let behind = pieces.iter().map(|piece| [samples[0].as_slice(), &piece.repeat(SIZE / piece.len())].concat());
    let alone = pieces.iter().map(|piece| piece.repeat(SIZE / piece.len()));
    let first: Vec<Vec<u8>> = behind.chain(alone).collect();
    whole.chain(first).collect()
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
