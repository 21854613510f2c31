//! Damages samples: cuts, doubles, numbers at their limits, characters that mean something to somebody, other line ends.

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use std::ops::Range;

/// No input is larger; `memory.rs` looks at large ones.
const LONGEST: usize = 4096;

const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "1",
    "255",
    "65536",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e309",
    "0x10",
    "+7",
    "99999999999999999999999999999999999999999999",
];
const PIECES: &[&str] = &[
    "\0",
    "\n",
    "\r",
    "\n\r",
    "\r\n",
    "\t",
    " ",
    "  ",
    "'",
    "\"",
    "`",
    "\\",
    ";",
    "&",
    "%",
    "$(id)",
    "../",
    "/",
    "-",
    "--",
    "=",
    " = ",
    ":",
    "|",
    "|~|",
    ",",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "#",
    "@",
    "é",
    "\u{FFFD}",
    "\u{2028}",
    "\u{1F4A3}",
    "e\u{301}",
    "\u{202E}",
    "OVM>",
    "Status: ",
    "Data:",
    "ORA-01034: ",
    "RMAN-00569: ",
    "== end",
    "null",
    "true",
];

/// A source of inputs that is the same for the same seed.
pub struct Mutator(StdRng);

impl Mutator {
    /// Each target has a sequence of its own.
    pub fn new(seed: u64, target: &str) -> Self {
        let own = target.bytes().fold(seed, |mixed, byte| mixed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        Self(StdRng::seed_from_u64(own))
    }

    /// A damaged one of these.
    pub fn next(&mut self, pool: &[Vec<u8>]) -> Vec<u8> {
        let mut input = pool.choose(&mut self.0).cloned().unwrap_or_default();
        for _ in 0..self.0.random_range(1..=6) {
            self.damage(&mut input, pool);
        }
        input.truncate(LONGEST);
        input
    }

    fn damage(&mut self, input: &mut Vec<u8>, pool: &[Vec<u8>]) {
        match self.0.random_range(0..10) {
            0 => self.flip(input),
            1 => drop(input.drain(self.range(input.len()))),
            2 => input.truncate(self.place(input.len())),
            3 => self.repeat(input),
            4 => self.number(input),
            5 => self.line(input),
            6 => self.splice(input, pool),
            7 => self.line_ends(input),
            _ => {
                let piece = PIECES.choose(&mut self.0).copied().unwrap_or_default();
                self.insert(input, piece.as_bytes());
            }
        }
    }

    fn place(&mut self, length: usize) -> usize {
        self.0.random_range(0..=length)
    }

    /// A range, mostly a short one.
    fn range(&mut self, length: usize) -> Range<usize> {
        let start = self.place(length);
        let most = if self.0.random_bool(0.8) { 16 } else { LONGEST };
        start..start + self.0.random_range(0..=most.min(length - start))
    }

    fn insert(&mut self, input: &mut Vec<u8>, piece: &[u8]) {
        let at = self.place(input.len());
        input.splice(at..at, piece.iter().copied());
    }

    fn flip(&mut self, input: &mut [u8]) {
        if !input.is_empty() {
            let at = self.0.random_range(0..input.len());
            input[at] = self.0.random();
        }
    }

    fn repeat(&mut self, input: &mut Vec<u8>) {
        let piece = input[self.range(input.len())].to_vec();
        let times = if self.0.random_bool(0.9) { 1 } else { self.0.random_range(2..40) };
        self.insert(input, &piece.repeat(times));
    }

    /// Puts a number at its limit in the place of one that stands there.
    fn number(&mut self, input: &mut Vec<u8>) {
        let digits: Vec<usize> = (0..input.len()).filter(|at| input[*at].is_ascii_digit()).collect();
        let Some(start) = digits.choose(&mut self.0).copied() else { return };
        let end = input[start..].iter().position(|byte| !byte.is_ascii_digit()).map_or(input.len(), |n| start + n);
        let start = input[..start].iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |n| n + 1);
        let number = NUMBERS.choose(&mut self.0).copied().unwrap_or_default();
        input.splice(start..end, number.bytes());
    }

    /// Takes a line out and puts it, perhaps twice, somewhere else.
    fn line(&mut self, input: &mut Vec<u8>) {
        let mut lines: Vec<Vec<u8>> = input.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        if lines.is_empty() {
            return;
        }
        let line = lines.remove(self.0.random_range(0..lines.len()));
        for _ in 0..self.0.random_range(0..3) {
            let at = self.place(lines.len());
            lines.insert(at, line.clone());
        }
        *input = lines.concat();
    }

    fn splice(&mut self, input: &mut Vec<u8>, pool: &[Vec<u8>]) {
        let other = pool.choose(&mut self.0).cloned().unwrap_or_default();
        let piece = other[self.range(other.len())].to_vec();
        self.insert(input, &piece);
    }

    fn line_ends(&mut self, input: &mut Vec<u8>) {
        let end: &[u8] = if self.0.random_bool(0.5) { b"\n\r" } else { b"\r\n" };
        *input = input.split(|byte| *byte == b'\n').collect::<Vec<_>>().join(end);
    }
}
