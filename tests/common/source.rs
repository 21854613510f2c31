//! The product's sources, read as far as the guards need it: code without comments and literals, and the literals.

#![allow(dead_code, reason = "each test file uses a part")]

use std::{fs, path::Path};

/// A source file; `path` is relative to `src`.
pub struct Source {
    pub path: String,
    pub text: String,
}

/// A piece of a source.
enum Piece<'a> {
    Code(&'a str),
    Comment(&'a str),
    Literal(&'a str),
}

impl Source {
    /// `engine` for `engine/run.rs`, `lib` for `lib.rs`.
    pub fn top_module(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// The code with comments and literals blanked, `#[cfg(test)]` items too; lines keep their numbers.
    pub fn code_without_tests(&self) -> String {
        without_tests(&self.blanked())
    }

    /// The string literals outside `#[cfg(test)]` items, with their lines.
    pub fn literals_without_tests(&self) -> Vec<(usize, String)> {
        if self.is_test() {
            return Vec::new();
        }
        // Blanking is by character, so positions are counted in characters.
        let kept: Vec<bool> = kept(&self.blanked());
        let (mut at, mut line, mut found) = (0, 1, Vec::new());
        for piece in pieces(&self.text) {
            let (Piece::Code(text) | Piece::Comment(text) | Piece::Literal(text)) = &piece;
            if matches!(piece, Piece::Literal(_)) && kept[at] {
                found.push((line, content(text)));
            }
            at += text.chars().count();
            line += text.matches('\n').count();
        }
        found
    }

    fn blanked(&self) -> String {
        let blank = |text: &str| text.chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect::<String>();
        let show = |piece| match piece {
            Piece::Code(text) => text.to_owned(),
            Piece::Comment(text) | Piece::Literal(text) => blank(text),
        };
        pieces(&self.text).into_iter().map(show).collect()
    }

    /// A file that its parent declares under `#[cfg(test)]`.
    fn is_test(&self) -> bool {
        ["tests.rs", "testing.rs", "toy.rs"].iter().any(|name| self.path.ends_with(name))
            || self.path.contains("/tests/")
    }
}

/// Every file of the product.
pub fn product_sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let source = Source { path: path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), text };
            if !source.is_test() {
                found.push(source);
            }
        }
    }
}

fn without_tests(code: &str) -> String {
    let kept = kept(code);
    code.chars().zip(kept).map(|(c, kept)| if kept || c == '\n' { c } else { ' ' }).collect()
}

/// Per character whether it lies outside items under `#[cfg(test)]`. `code` has no literals or comments any more, so
/// braces and semicolons are what they seem.
fn kept(code: &str) -> Vec<bool> {
    let chars: Vec<char> = code.chars().collect();
    let mut kept = vec![true; chars.len()];
    let mark: Vec<char> = "#[cfg(test)]".chars().collect();
    let mut at = 0;
    while at + mark.len() <= chars.len() {
        if chars[at..at + mark.len()] != mark[..] {
            at += 1;
            continue;
        }
        let end = item_end(&chars, at + mark.len());
        kept[at..end].fill(false);
        at = end;
    }
    kept
}

/// Where the item ends that begins at `at`: behind its closing brace, or its semicolon when it has no braces.
fn item_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0;
    for (offset, c) in chars[at..].iter().enumerate() {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return at + offset + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + offset + 1,
            _ => {}
        }
    }
    chars.len()
}

fn content(literal: &str) -> String {
    let from = literal.find('"').map_or(0, |at| at + 1);
    let to = literal.rfind('"').unwrap_or(literal.len()).max(from);
    literal[from..to].to_owned()
}

/// Cuts a source into code, comments and literals.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut rest, mut found) = (text, Vec::new());
    while !rest.is_empty() {
        let code = code_length(rest);
        if code > 0 {
            found.push(Piece::Code(&rest[..code]));
            rest = &rest[code..];
            continue;
        }
        let (length, comment) = special(rest).unwrap_or((rest.len(), true));
        let (piece, after) = rest.split_at(length);
        found.push(if comment { Piece::Comment(piece) } else { Piece::Literal(piece) });
        rest = after;
    }
    found
}

/// How much of the text is plain code.
fn code_length(text: &str) -> usize {
    let mut word = false;
    for (at, c) in text.char_indices() {
        // `r` and `b` begin a literal only where a word may begin.
        let may_begin = !(word && (c == 'r' || c == 'b'));
        if may_begin && special(&text[at..]).is_some() {
            return at;
        }
        word = c.is_alphanumeric() || c == '_';
    }
    text.len()
}

/// Length of the comment (true) or literal (false) at the beginning of the text.
fn special(text: &str) -> Option<(usize, bool)> {
    if text.starts_with("//") {
        return Some((text.find('\n').unwrap_or(text.len()), true));
    }
    if text.starts_with("/*") {
        return Some((text.find("*/").map_or(text.len(), |end| end + 2), true));
    }
    if text.starts_with('\'') {
        return character(text).map(|length| (length, true));
    }
    let bare = text.strip_prefix('b').or_else(|| text.strip_prefix('c')).unwrap_or(text);
    let lead = text.len() - bare.len();
    raw(bare).or_else(|| quoted(bare)).map(|length| (lead + length, false))
}

/// `'x'` or `'\n'`, not a lifetime.
fn character(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().skip(1);
    let (_, first) = chars.next()?;
    if first == '\\' {
        return text[3..].find('\'').map(|end| 3 + end + 1);
    }
    chars.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at + 1)
}

fn raw(text: &str) -> Option<usize> {
    let after = text.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - body.len();
    Some(body.find(&close).map_or(text.len(), |end| start + end + close.len()))
}

fn quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.strip_prefix('"')?.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 2),
            _ => {}
        }
    }
    Some(text.len())
}
