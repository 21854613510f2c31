//! What each target does with its input. A body panics where something does not hold.

pub mod host;
pub mod local;
pub mod ovm;
pub mod rman;
pub mod sqlplus;

use ovmirror::fault::Remedy;

/// The input as the drivers see what came over the wire.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The code of an error; every error has one, and says what it is about.
fn code<E: Remedy + std::fmt::Display>(error: &E) -> String {
    assert!(!error.code().is_empty() && !error.to_string().is_empty());
    error.code()
}

/// Many of something are all the same.
fn some(count: usize) -> usize {
    if count < 4 { count } else { count.ilog2() as usize + 2 }
}
