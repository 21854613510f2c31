//! Reading tokens one after the other, and the errors that come of it.

use super::token::{Kind, Token};
use crate::rman::stack::Failure;

/// Why a command could not be parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bad {
    /// The input ends too early: more lines may complete it.
    Incomplete,
    /// RMAN-00558 and what follows it.
    Syntax(Failure),
}

/// Shorthand of the parsers.
pub type Parsed<T> = Result<T, Bad>;

/// Words that the error message names instead of calling them an identifier.
const KEYWORDS: &[&str] = &[
    "ALL",
    "ALLOCATE",
    "ALTER",
    "ARCHIVELOG",
    "AS",
    "AUTOBACKUP",
    "BACKUP",
    "BACKUPSET",
    "CATALOG",
    "CHANNEL",
    "CHECK",
    "CLEAR",
    "COMMAND",
    "CONFIGURE",
    "CONNECT",
    "CONTROLFILE",
    "COPY",
    "CROSSCHECK",
    "CURRENT",
    "DATABASE",
    "DATAFILE",
    "DELETE",
    "DEVICE",
    "DUPLICATE",
    "ECHO",
    "ENCRYPTION",
    "EXIT",
    "FILESPERSET",
    "FLASHBACK",
    "FOR",
    "FORCE",
    "FORMAT",
    "FROM",
    "HOST",
    "ID",
    "INCARNATION",
    "LEVEL",
    "LIKE",
    "LIST",
    "LOGICAL",
    "NOPROMPT",
    "OFF",
    "ON",
    "PARMS",
    "PLUS",
    "PLUGGABLE",
    "PREVIEW",
    "QUIT",
    "RECOVER",
    "RELEASE",
    "REPORT",
    "RESTORE",
    "RUN",
    "SCHEMA",
    "SECTION",
    "SEQUENCE",
    "SET",
    "SHOW",
    "SHUTDOWN",
    "SIZE",
    "SKIP",
    "SPFILE",
    "SQL",
    "START",
    "STARTUP",
    "SUMMARY",
    "SWITCH",
    "TABLESPACE",
    "TAG",
    "TARGET",
    "TO",
    "TYPE",
    "UNTIL",
    "VALIDATE",
    "WITH",
    "DELETION",
    "POLICY",
    "RESYNC",
    "UNREGISTER",
    "CHANGE",
    "INCLUDE",
    "MAXPIECESIZE",
    "KEEP",
    "NOT",
    "BACKED",
    "UP",
];

/// A place within tokens.
#[derive(Debug)]
pub struct Cursor<'a> {
    tokens: &'a [Token],
    at: usize,
    source: &'a str,
}

impl<'a> Cursor<'a> {
    /// At the beginning. `source` is what RMAN-01007 calls the input (`standard input`, or a file).
    #[must_use]
    pub const fn new(tokens: &'a [Token], source: &'a str) -> Self {
        Self { tokens, at: 0, source }
    }

    /// The next token.
    #[must_use]
    pub fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    /// How many were read.
    #[must_use]
    pub const fn place(&self) -> usize {
        self.at
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// The words read since `from`, as text.
    #[must_use]
    pub fn text_since(&self, from: usize) -> String {
        self.tokens[from..self.at].iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// Takes the next token.
    pub fn next(&mut self) -> Parsed<&'a Token> {
        let token = self.tokens.get(self.at).ok_or(Bad::Incomplete)?;
        self.at += 1;
        Ok(token)
    }

    /// Takes a word if it stands here.
    pub fn accept(&mut self, word: &str) -> bool {
        let here = self.peek().is_some_and(|token| token.kind == Kind::Word(word.into()));
        self.at += usize::from(here);
        here
    }

    /// Takes several words if they stand here, all of them.
    pub fn accept_all(&mut self, words: &[&str]) -> bool {
        let start = self.at;
        if words.iter().all(|word| self.accept(word)) {
            return true;
        }
        self.at = start;
        false
    }

    /// Takes a mark if it stands here.
    pub fn accept_mark(&mut self, mark: char) -> bool {
        let here = self.peek().is_some_and(|token| token.kind == Kind::Mark(mark));
        self.at += usize::from(here);
        here
    }

    /// Takes a word that must stand here.
    pub fn expect(&mut self, word: &str) -> Parsed<()> {
        if self.accept(word) { Ok(()) } else { Err(self.wrong(&[&word.to_lowercase()])) }
    }

    /// Takes a mark that must stand here.
    pub fn expect_mark(&mut self, mark: char) -> Parsed<()> {
        if self.accept_mark(mark) { Ok(()) } else { Err(self.wrong(&[&mark.to_string()])) }
    }

    /// A number.
    pub fn number(&mut self) -> Parsed<u64> {
        match self.peek().map(|token| &token.kind) {
            Some(Kind::Number(number)) => {
                self.at += 1;
                Ok(*number)
            }
            _ => Err(self.wrong(&["integer"])),
        }
    }

    /// A 32-bit number.
    pub fn small(&mut self) -> Parsed<u32> {
        let number = self.number()?;
        u32::try_from(number).map_err(|_| {
            self.at -= 1;
            self.wrong(&["integer"])
        })
    }

    /// A string, or a bare word or number where RMAN takes one for a string.
    pub fn string(&mut self) -> Parsed<String> {
        let token = self.peek().ok_or(Bad::Incomplete)?;
        let text = match &token.kind {
            Kind::Quoted(_, text) => text.clone(),
            Kind::Word(_) | Kind::Number(_) => token.text.clone(),
            Kind::Mark(_) => return Err(self.wrong(&["double-quoted-string", "identifier", "single-quoted-string"])),
        };
        self.at += 1;
        Ok(text)
    }

    /// A quoted string.
    pub fn quoted(&mut self) -> Parsed<String> {
        match self.peek().map(|token| &token.kind) {
            Some(Kind::Quoted(..)) => self.string(),
            _ => Err(self.wrong(&["double-quoted-string", "single-quoted-string"])),
        }
    }

    /// `x, y, z`
    pub fn strings(&mut self) -> Parsed<Vec<String>> {
        let mut all = vec![self.string()?];
        while self.accept_mark(',') {
            all.push(self.string()?);
        }
        Ok(all)
    }

    /// What is wrong with the next token: RMAN-00558, RMAN-01009, RMAN-01008 for a word it does not know, RMAN-01007.
    #[must_use]
    pub fn wrong(&self, expected: &[&str]) -> Bad {
        let Some(token) = self.peek() else { return Bad::Incomplete };
        let name = token.name(KEYWORDS);
        let list = expected.join(", ");
        let mut failure = Failure::rman(558, "error encountered while parsing input commands")
            .and_rman(1009, format!("syntax error: found \"{name}\": expecting one of: \"{list}\""));
        if name == "identifier" {
            failure = failure.and_rman(1008, format!("the bad identifier was: {}", token.text));
        }
        let place = format!("at line {} column {} file: {}", token.line, token.column, self.source);
        Bad::Syntax(failure.and_rman(1007, place))
    }
}
