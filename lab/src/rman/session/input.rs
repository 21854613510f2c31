//! Reading input: line by line, so that a client that keeps RMAN's standard input open is answered at once.

use super::{Next, Session};
use crate::rman::syntax::{OpenQuote, Read, read, tokens};
use std::io::BufRead;

/// Where commands come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A terminal or a pipe: an error does not end it, prompts are printed, commands are not repeated.
    Standard,
    /// A command file: the first error ends it, commands are repeated with their prompts.
    File,
}

struct Pending {
    lines: Vec<String>,
    first: usize,
    skip: usize,
}

impl Session {
    /// Runs everything from `input`. `name` is what RMAN-01007 calls it.
    pub fn run_all(&mut self, input: &mut dyn BufRead, source: Source, name: &str) -> Next {
        let mut pending = Pending { lines: Vec::new(), first: 1, skip: 0 };
        self.prompt(source, 0);
        loop {
            let mut line = String::new();
            let ended = !matches!(input.read_line(&mut line), Ok(count) if count > 0);
            if !ended {
                let line = line.trim_end_matches(['\n', '\r']).to_owned();
                self.repeat(source, &line, pending.lines.len());
                pending.lines.push(line);
            }
            if self.work(&mut pending, source, name, ended) == Next::End {
                return Next::End;
            }
            if ended {
                return Next::Go;
            }
            self.prompt(source, pending.lines.len());
        }
    }

    /// Runs what is complete in the lines read so far.
    fn work(&mut self, pending: &mut Pending, source: Source, name: &str, ended: bool) -> Next {
        loop {
            let all = match tokens(&pending.lines, pending.first) {
                Err(OpenQuote) if !ended => return Next::Go,
                Err(OpenQuote) => Vec::new(),
                Ok(all) => all,
            };
            let rest = all.get(pending.skip..).unwrap_or_default();
            if rest.is_empty() {
                pending.clear();
                return Next::Go;
            }
            match read(rest, name, ended) {
                Read::More => return Next::Go,
                Read::Command(step, used) => {
                    pending.skip += used;
                    let before = self.failed;
                    self.failed = false;
                    let next = self.perform(&step);
                    let bad = self.failed;
                    self.failed |= before;
                    if next == Next::End || (bad && source == Source::File) {
                        return Next::End;
                    }
                }
                Read::Error(failure) => {
                    self.out.line("");
                    self.out.lines(&failure.framed());
                    self.failed = true;
                    pending.clear();
                    return if source == Source::File { Next::End } else { Next::Go };
                }
            }
        }
    }

    fn prompt(&self, source: Source, lines: usize) {
        if source == Source::Standard {
            self.out.raw(&prompt(lines));
        }
    }

    /// Command files are repeated as they are read; passwords are not.
    fn repeat(&self, source: Source, line: &str, lines: usize) {
        if source == Source::File || self.echo {
            let start = if source == Source::File { prompt(lines) } else { String::new() };
            self.out.raw(&format!("{start}{}\n", masked(line)));
        }
    }
}

impl Pending {
    fn clear(&mut self) {
        self.first += self.lines.len();
        self.lines.clear();
        self.skip = 0;
    }
}

fn prompt(lines: usize) -> String {
    if lines == 0 { "\nRMAN> ".into() } else { format!("{}> ", lines + 1) }
}

fn masked(line: &str) -> String {
    let words: Vec<_> = line.split_whitespace().take(2).map(str::to_uppercase).collect();
    match words.as_slice() {
        [first, second] if first == "CONNECT" && (second == "TARGET" || second == "CATALOG") => {
            format!("{} *", line.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
        }
        _ => line.to_owned(),
    }
}
