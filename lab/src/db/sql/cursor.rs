//! Walks over the tokens of a statement with its own small grammar.

use super::lexer::{Placed, Token, tokens};
use super::{Sql, SqlError};
use std::path::PathBuf;

/// Where the reading stands.
pub struct Cursor {
    tokens: Vec<Placed>,
    next: usize,
    end: usize,
}

impl Cursor {
    /// At the beginning of `text`.
    pub fn new(text: &str) -> Sql<Self> {
        Ok(Self { tokens: tokens(text)?, next: 0, end: text.chars().count() })
    }

    /// The place of what comes next.
    pub fn place(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |t| t.1)
    }

    /// Whether nothing comes.
    pub fn done(&self) -> bool {
        self.next >= self.tokens.len()
    }

    /// Takes these words if they come next, all or none.
    pub fn accept(&mut self, words: &str) -> bool {
        let words: Vec<_> = words.split(' ').collect();
        let here = self.tokens.get(self.next..self.next + words.len());
        let fits = here.is_some_and(|t| t.iter().zip(&words).all(|(t, w)| matches!(&t.0, Token::Word(x) if x == w)));
        if fits {
            self.next += words.len();
        }
        fits
    }

    /// Whether these words come next.
    pub fn next_are(&self, words: &[&str]) -> bool {
        let here = self.tokens.get(self.next..self.next + words.len());
        here.is_some_and(|t| t.iter().zip(words).all(|(t, w)| matches!(&t.0, Token::Word(x) if x == w)))
    }

    /// Whether one of these words comes next and nothing after it.
    pub fn at_end_after(&self, words: &[&str]) -> bool {
        self.tokens.len() == self.next + 1 && words.iter().any(|word| self.next_are(&[word]))
    }

    /// Takes a sign if it comes next.
    pub fn sign(&mut self, sign: char) -> bool {
        let fits = matches!(self.tokens.get(self.next), Some((Token::Sign(c), _)) if *c == sign);
        self.next += usize::from(fits);
        fits
    }

    /// A string in single quotes.
    pub fn text(&mut self) -> Option<String> {
        let Some((Token::Quoted(text, false), _)) = self.tokens.get(self.next) else { return None };
        let text = text.clone();
        self.next += 1;
        Some(text)
    }

    /// A name: a word or `"Name"`.
    pub fn name(&mut self) -> Option<String> {
        let (Token::Word(name) | Token::Quoted(name, true)) = &self.tokens.get(self.next)?.0 else { return None };
        let name = name.clone();
        self.next += 1;
        Some(name)
    }

    /// A whole number.
    pub fn number(&mut self) -> Option<u64> {
        let Token::Word(word) = &self.tokens.get(self.next)?.0 else { return None };
        let number = word.parse().ok()?;
        self.next += 1;
        Some(number)
    }

    /// A file name; ORA-02236 for anything else.
    pub fn file(&mut self) -> Sql<PathBuf> {
        let at = self.place();
        self.text().map(PathBuf::from).ok_or_else(|| SqlError::at(at, 2236, "invalid file name"))
    }

    /// A size: `100M`; ORA-02017 asks for an integer.
    pub fn size(&mut self) -> Sql<u64> {
        let at = self.place();
        let fault = || SqlError::at(at, 2017, "integer value required");
        let word = self.name().ok_or_else(fault)?;
        let digits = word.trim_end_matches(['K', 'M', 'G', 'T']);
        let shift = match &word[digits.len()..] {
            "" => 0,
            "K" => 10,
            "M" => 20,
            "G" => 30,
            "T" => 40,
            _ => return Err(fault()),
        };
        digits.parse::<u64>().map(|n| n << shift).map_err(|_| fault())
    }

    /// Nothing may follow: ORA-00933.
    pub fn finish(&self) -> Sql<()> {
        if self.done() { Ok(()) } else { Err(SqlError::at(self.place(), 933, "SQL command not properly ended")) }
    }

    /// An error here.
    pub fn fail<T>(&self, code: u32, text: &str) -> Sql<T> {
        Err(SqlError::at(self.place(), code, text))
    }

    /// The rest of what was typed, in words, for values that have no quotes.
    pub fn value(&mut self) -> Option<String> {
        match self.tokens.get(self.next)?.0.clone() {
            Token::Word(w) => {
                self.next += 1;
                Some(w)
            }
            Token::Quoted(t, _) => {
                self.next += 1;
                Some(t)
            }
            Token::Sign(_) => None,
        }
    }
}
