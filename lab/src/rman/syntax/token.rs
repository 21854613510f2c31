//! Tokens: words, numbers, quoted strings, marks; `#` begins a comment outside of quotes.

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A word, in upper case.
    Word(String),
    /// A whole number.
    Number(u64),
    /// A quoted string without its quotes.
    Quoted(char, String),
    /// Any other character.
    Mark(char),
}

/// A token and where it stands (from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// As written.
    pub text: String,
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl Token {
    /// What the error message calls it.
    #[must_use]
    pub fn name(&self, keywords: &[&str]) -> String {
        match &self.kind {
            Kind::Word(word) if keywords.contains(&word.as_str()) => word.to_lowercase(),
            Kind::Word(_) => "identifier".into(),
            Kind::Number(_) => "integer".into(),
            Kind::Quoted('\'', _) => "single-quoted-string".into(),
            Kind::Quoted(..) => "double-quoted-string".into(),
            Kind::Mark(mark) => mark.to_string(),
        }
    }
}

/// A string that does not end (more input may end it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenQuote;

/// The tokens of some lines, the first being number `first`.
pub fn tokens(lines: &[String], first: usize) -> Result<Vec<Token>, OpenQuote> {
    let mut found = Vec::new();
    let mut open: Option<Token> = None;
    for (number, line) in (first..).zip(lines) {
        scan(line, number, &mut found, &mut open);
    }
    if open.is_some() { Err(OpenQuote) } else { Ok(found) }
}

fn scan(line: &str, number: usize, found: &mut Vec<Token>, open: &mut Option<Token>) {
    let chars: Vec<char> = line.chars().collect();
    let mut at = 0;
    if open.is_some() {
        at = quoted(&chars, 0, found, open);
    }
    while at < chars.len() {
        let char = chars[at];
        let token = |kind, text: String| Token { kind, text, line: number, column: at + 1 };
        match char {
            '#' => break,
            c if c.is_whitespace() => at += 1,
            '\'' | '"' => {
                *open = Some(token(Kind::Quoted(char, String::new()), String::new()));
                at = quoted(&chars, at + 1, found, open);
            }
            c if word(c) => {
                let text: String = chars[at..].iter().take_while(|c| word(**c)).collect();
                let kind = text.parse().map_or_else(|_| Kind::Word(text.to_uppercase()), Kind::Number);
                found.push(token(kind, text.clone()));
                at += text.chars().count();
            }
            c => {
                found.push(token(Kind::Mark(c), c.to_string()));
                at += 1;
            }
        }
    }
}

/// Reads on in an open string; gives the place after its end.
fn quoted(chars: &[char], from: usize, found: &mut Vec<Token>, open: &mut Option<Token>) -> usize {
    let Some(mut token) = open.take() else { return from };
    let Kind::Quoted(mark, mut text) = token.kind.clone() else { return from };
    let mut at = from;
    while at < chars.len() {
        let doubled = chars[at] == mark && chars.get(at + 1) == Some(&mark);
        if chars[at] == mark && !doubled {
            token.text = format!("{mark}{text}{mark}");
            token.kind = Kind::Quoted(mark, text);
            found.push(token);
            return at + 1;
        }
        text.push(chars[at]);
        at += if doubled { 2 } else { 1 };
    }
    text.push('\n');
    token.kind = Kind::Quoted(mark, text);
    *open = Some(token);
    chars.len()
}

fn word(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '$' | '.' | '/' | ':' | '%' | '-' | '*' | '?')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_places() {
        let lines = ["backup # all".to_owned(), "format 'a#b''c' 12;".to_owned()];
        let all = tokens(&lines, 3).unwrap();
        let kinds: Vec<_> = all.iter().map(|t| t.kind.clone()).collect();
        let expected = [
            Kind::Word("BACKUP".into()),
            Kind::Word("FORMAT".into()),
            Kind::Quoted('\'', "a#b'c".into()),
            Kind::Number(12),
            Kind::Mark(';'),
        ];
        assert_eq!(kinds, expected);
        assert_eq!((all[1].line, all[1].column, all[3].column), (4, 1, 17));
    }

    #[test]
    fn a_string_may_go_over_lines() {
        let lines = ["sql 'a".to_owned(), "b';".to_owned()];
        assert_eq!(tokens(&lines[..1], 1), Err(OpenQuote));
        assert_eq!(tokens(&lines, 1).unwrap()[1].kind, Kind::Quoted('\'', "a\nb".into()));
    }
}
