//! Questions that only a person may answer while a run goes.

/// Asks. Where nobody can be asked the answer is no.
pub trait Ask: Send + Sync {
    /// Yes or no.
    fn yes(&self, question: &str) -> bool;
}

/// Nobody is there.
pub struct Nobody;

impl Ask for Nobody {
    fn yes(&self, _question: &str) -> bool {
        false
    }
}
