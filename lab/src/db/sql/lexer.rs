//! Words, strings and signs of a statement, with their places.

use super::{Sql, SqlError};

/// A piece of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A word or number, upper case.
    Word(String),
    /// `'text'` or `"Name"`, without quotes; true for double quotes.
    Quoted(String, bool),
    /// Anything else.
    Sign(char),
}

/// A token and the character it begins at.
pub type Placed = (Token, usize);

const fn in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '#') || !c.is_ascii()
}

/// Cuts a statement up; comments are left out. ORA-01756 for a string without an end.
pub fn tokens(text: &str) -> Sql<Vec<Placed>> {
    let chars: Vec<char> = text.chars().collect();
    let (mut out, mut i) = (Vec::new(), 0);
    while i < chars.len() {
        i = one(&chars, i, &mut out)?;
    }
    Ok(out)
}

fn one(chars: &[char], i: usize, out: &mut Vec<Placed>) -> Sql<usize> {
    let next = chars.get(i + 1).copied();
    match chars[i] {
        c if c.is_whitespace() => Ok(i + 1),
        '-' if next == Some('-') => Ok(find(chars, i, |rest| rest[0] == '\n').unwrap_or(chars.len())),
        '/' if next == Some('*') => {
            Ok(find(chars, i + 2, |r| r.starts_with(&['*', '/'])).map_or(chars.len(), |e| e + 2))
        }
        'q' | 'Q' if next == Some('\'') => delimited(chars, i, out),
        quote @ ('\'' | '"') => string(chars, i, quote, out),
        c if in_word(c) => {
            let end = find(chars, i, |rest| !in_word(rest[0])).unwrap_or(chars.len());
            out.push((Token::Word(chars[i..end].iter().collect::<String>().to_uppercase()), i));
            Ok(end)
        }
        c => {
            out.push((Token::Sign(c), i));
            Ok(i + 1)
        }
    }
}

fn find(chars: &[char], from: usize, stop: impl Fn(&[char]) -> bool) -> Option<usize> {
    (from..chars.len()).find(|i| stop(&chars[*i..]))
}

/// `q'[text]'`: the sign after the quote, or its partner, ends it together with a quote.
fn delimited(chars: &[char], start: usize, out: &mut Vec<Placed>) -> Sql<usize> {
    let close = match chars.get(start + 2) {
        Some('[') => ']',
        Some('(') => ')',
        Some('{') => '}',
        Some('<') => '>',
        Some(other) => *other,
        None => ' ',
    };
    let end = find(chars, start + 3, |rest| rest.starts_with(&[close, '\'']));
    let end = end.ok_or_else(|| SqlError::at(start, 1756, "quoted string not properly terminated"))?;
    out.push((Token::Quoted(chars[start + 3..end].iter().collect(), false), start));
    Ok(end + 2)
}

fn string(chars: &[char], start: usize, quote: char, out: &mut Vec<Placed>) -> Sql<usize> {
    let (mut value, mut i) = (String::new(), start + 1);
    while let Some(c) = chars.get(i) {
        if *c != quote {
            value.push(*c);
        } else if chars.get(i + 1) == Some(&quote) {
            value.push(quote);
            i += 1;
        } else {
            out.push((Token::Quoted(value, quote == '"'), start));
            return Ok(i + 1);
        }
        i += 1;
    }
    Err(SqlError::at(start, 1756, "quoted string not properly terminated"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_strings_signs_and_comments() {
        let got: Vec<_> =
            tokens("alter /* x */ system -- y\n set a='it''s'").unwrap().into_iter().map(|t| t.0).collect();
        let word = |w: &str| Token::Word(w.into());
        assert_eq!(
            got,
            [
                word("ALTER"),
                word("SYSTEM"),
                word("SET"),
                word("A"),
                Token::Sign('='),
                Token::Quoted("it's".into(), false)
            ]
        );
    }

    #[test]
    fn a_string_with_its_own_quotes() {
        assert_eq!(tokens("q'[it's]'").unwrap(), [(Token::Quoted("it's".into(), false), 0)]);
    }

    #[test]
    fn an_open_string_is_ora_1756() {
        assert_eq!(tokens("select 'x").unwrap_err().error.lines[0].0, 1756);
    }
}
