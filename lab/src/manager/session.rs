//! One session: its options, and what one command line answers.

use super::Release;
use super::block::{self, Block, Mode};
use super::core::Core;
use super::grammar::{self, Request};
use super::job::{self, Waiting};
use super::object::Kind;
use super::syntax::{self, Run};
use super::{help, text, verbs};
use std::sync::Arc;
use std::time::Duration;

/// What `set` changed; it lives as long as the session.
#[derive(Debug, Clone, Copy, Default)]
pub struct Session {
    mode: Mode,
    end: LineEnd,
    asynchronous: bool,
    timeout: Option<Duration>,
    alphabetize: bool,
}

/// How lines end. The default of a real manager is LF CR, whose name is not documented.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LineEnd {
    /// LF CR
    #[default]
    LfCr,
    /// LF
    Lf,
    /// CR
    Cr,
    /// CR LF
    CrLf,
}

impl LineEnd {
    /// The characters.
    pub const fn text(self) -> &'static str {
        match self {
            Self::LfCr => "\n\r",
            Self::Lf => "\n",
            Self::Cr => "\r",
            Self::CrLf => "\r\n",
        }
    }
}

/// What comes back.
pub enum Answer {
    /// These lines.
    Lines(Vec<String>),
    /// The session ends.
    Exit,
}

impl Session {
    /// The line end in force.
    pub const fn end(&self) -> LineEnd {
        self.end
    }

    /// Carries one command out.
    pub fn execute(&mut self, core: &Arc<Core>, line: &str) -> Answer {
        let swallow = core.options.quirks.is("slash-escape", "any");
        let request = match grammar::parse(line, swallow) {
            Ok(request) => request,
            Err(text) => return self.block(core, line, &Block::failure(text)),
        };
        let plain = request.kind.is_none() && request.pairs.is_empty();
        match request.verb.to_lowercase().as_str() {
            "exit" if plain => return Answer::Exit,
            "showversion" if plain => return Answer::Lines(vec![core.options.release.version().to_owned()]),
            _ => {}
        }
        if let Some(lines) = help::lines(&request, core.options.release) {
            return Answer::Lines(lines);
        }
        let block = self.answer(core, request);
        self.block(core, line, &block)
    }

    /// A failure without effect, as a fault wants it.
    pub fn failure(&self, core: &Core, line: &str, text: &str) -> Answer {
        let server = core.read(|s| s.of(Kind::Server).first().map(|o| o.name.clone())).unwrap_or_default();
        let text = if text.is_empty() { text::machine("dispatch", &server, "Broken pipe") } else { text.to_owned() };
        self.block(core, line, &Block::failure(text))
    }

    fn block(&self, core: &Core, line: &str, block: &Block) -> Answer {
        let mut lines = block::render(block, line, self.mode, core.options.release, chrono::Utc::now());
        if core.options.quirks.is("echo-wraps", "yes") && self.mode == Mode::Verbose {
            let first = block::wrapped(&lines.remove(0));
            lines.splice(0..0, first);
        }
        Answer::Lines(lines)
    }

    fn answer(&mut self, core: &Arc<Core>, request: Request) -> Block {
        let result = match request.verb.to_lowercase().as_str() {
            "set" => self.set(&request, core.options.release).map(|()| Block::done()),
            "showclisession" if core.options.release == Release::V3_4 => Ok(Block::data(self.options())),
            "list" => list(core, &request),
            "show" => self.show(core, request),
            _ => self.change(core, request),
        };
        result.unwrap_or_else(Block::failure)
    }

    fn show(&self, core: &Core, request: Request) -> Result<Block, String> {
        let kind = kind(&request, core.options.release)?;
        let mut pairs = request.pairs.into_iter();
        let (key, value) = pairs.next().ok_or_else(|| text::missing_key("show", kind.name(), "id or name"))?;
        let selector = grammar::selector(&key, value)?;
        match (pairs.next(), request.relation) {
            (None, None) => Ok(verbs::show::show(core, kind, &selector, self.alphabetize)),
            (Some((key, _)), _) => Err(text::unknown_key("show", kind.name(), &key)),
            (None, Some(relation)) => Err(format!("Unexpected text: {}", relation.word)),
        }
    }

    fn change(&self, core: &Arc<Core>, request: Request) -> Result<Block, String> {
        let bound = syntax::bind(request, core.options.release)?;
        let waiting = Waiting { asynchronous: self.asynchronous, timeout: self.timeout };
        Ok(match bound.syntax.run {
            Run::Job(plan) => job::run(core, waiting, |scene| plan(scene, &bound)),
            Run::Now(run) => run(core, &bound),
        })
    }

    /// `set` options by release: two on 3.2, command mode and time-out from 3.3, alphabetize on 3.4.
    fn set(&mut self, request: &Request, release: Release) -> Result<(), String> {
        let [(key, value)] = &request.pairs[..] else {
            return Err("set needs one option=value".to_owned());
        };
        let bad = |takes: &str| text::bad_value(key, value, takes);
        let low = value.to_lowercase();
        match (key.to_lowercase().as_str(), low.as_str()) {
            ("outputmode", "verbose") => self.mode = Mode::Verbose,
            ("outputmode", "sparse") => self.mode = Mode::Sparse,
            // The elements of XML output are not known (reference 9.2), so it cannot be given here.
            ("outputmode", "xml") => return Err("OutputMode Xml is not available on this manager".to_owned()),
            ("outputmode", _) => return Err(bad("Verbose, Sparse, Xml")),
            ("endlinechars", word) => self.end = line_end(word).ok_or_else(|| bad("CRLF, CR, LF"))?,
            ("commandmode", word) if release >= Release::V3_3 => {
                let known = matches!(word, "asynchronous" | "synchronous");
                self.asynchronous =
                    if known { word == "asynchronous" } else { return Err(bad("Asynchronous, Synchronous")) };
            }
            ("commandtimeout", word) if release >= Release::V3_3 => {
                let seconds = word.parse().ok().filter(|n| (1..=43200).contains(n));
                self.timeout = Some(Duration::from_secs(seconds.ok_or_else(|| bad("1..43200"))?));
            }
            ("alphabetizeattributes", "yes" | "no") if release == Release::V3_4 => self.alphabetize = low == "yes",
            ("alphabetizeattributes", _) if release == Release::V3_4 => return Err(bad("Yes, No")),
            _ => return Err(format!("Invalid option: {key} for command: set")),
        }
        Ok(())
    }

    /// The lines of `showclisession`; their wording is not known.
    fn options(&self) -> Vec<String> {
        let timeout = self.timeout.map_or_else(|| "None".to_owned(), |t| t.as_secs().to_string());
        vec![
            format!("CommandMode = {}", if self.asynchronous { "Asynchronous" } else { "Synchronous" }),
            format!("CommandTimeout = {timeout}"),
            format!("OutputMode = {:?}", self.mode),
            format!("AlphabetizeAttributes = {}", if self.alphabetize { "Yes" } else { "No" }),
        ]
    }
}

fn line_end(word: &str) -> Option<LineEnd> {
    match word {
        "lf" => Some(LineEnd::Lf),
        "cr" => Some(LineEnd::Cr),
        "crlf" => Some(LineEnd::CrLf),
        _ => None,
    }
}

fn kind(request: &Request, release: Release) -> Result<Kind, String> {
    let name = request.kind.as_deref().unwrap_or_default();
    let known = Kind::parse(name).filter(|k| release.is_rewritten() || !k.is_of_the_rewrite());
    known.ok_or_else(|| text::unknown_type(&request.verb, name))
}

fn list(core: &Core, request: &Request) -> Result<Block, String> {
    let kind = kind(request, core.options.release)?;
    match (request.pairs.first(), &request.relation) {
        (None, None) => Ok(verbs::list::list(core, kind)),
        (Some((key, _)), _) => Err(text::unknown_key("list", kind.name(), key)),
        (None, Some(relation)) => Err(format!("Unexpected text: {}", relation.word)),
    }
}
