//! Contexts of the lines that `setup sudoers` prints.

use super::Template;
use serde::Serialize;

/// Where sudo finds these programs, who logs in, and the home. Prints `user U`, `home H`, `PROGRAM PATH` for each that is
/// there, and `end`.
#[derive(Debug, Clone, Serialize)]
pub struct Programs<'a> {
    /// Names.
    pub programs: &'a [&'a str],
}
impl Template for Programs<'_> {
    const NAME: &'static str = "sh/programs.tera";
}

/// What is allowed for one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Right {
    /// The purpose.
    pub what: String,
    /// Whether the words hold a run's id as character classes: then the lines are printed as comments.
    pub pattern: bool,
    /// The commands, each as its words; the first is a path.
    pub commands: Vec<Vec<String>>,
}

/// The lines of one host.
#[derive(Debug, Clone, Serialize)]
pub struct Sudoers<'a> {
    /// The host.
    pub host: &'a str,
    /// Who logs in.
    pub user: &'a str,
    /// What for.
    pub rights: &'a [Right],
}
impl Template for Sudoers<'_> {
    const NAME: &'static str = "report/sudoers.tera";
}
