//! Splits a statement into what may hold a bind and what may not: literals, quoted names and comments.

/// A piece of a statement; the pieces in order are the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text outside quotes and comments, without binds.
    Plain(&'a str),
    /// A literal, a quoted name or a comment, with its marks.
    Kept(&'a str),
    /// A bind, without its colon.
    Bind(&'a str),
}

/// The pieces of a statement. An unclosed quote or comment runs to the end.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, length) = next_piece(rest);
        found.push(piece);
        rest = &rest[length..];
    }
    found
}

fn next_piece(rest: &str) -> (Piece<'_>, usize) {
    if let Some(length) = kept_length(rest) {
        return (Piece::Kept(&rest[..length]), length);
    }
    if let Some(length) = bind_length(rest) {
        return (Piece::Bind(&rest[1..length]), length);
    }
    let end = rest.char_indices().skip(1).map(|(at, _)| at).find(|at| begins(&rest[*at..])).unwrap_or(rest.len());
    (Piece::Plain(&rest[..end]), end)
}

fn begins(rest: &str) -> bool {
    kept_length(rest).is_some() || bind_length(rest).is_some()
}

fn kept_length(rest: &str) -> Option<usize> {
    let close = |open: &str, end: &str| {
        let inside = &rest[open.len()..];
        inside.find(end).map_or(rest.len(), |at| open.len() + at + end.len())
    };
    match () {
        () if rest.starts_with('\'') => Some(close("'", "'")),
        () if rest.starts_with('"') => Some(close("\"", "\"")),
        () if rest.starts_with("--") => Some(close("--", "\n")),
        () if rest.starts_with("/*") => Some(close("/*", "*/")),
        () => None,
    }
}

fn bind_length(rest: &str) -> Option<usize> {
    let name = rest.strip_prefix(':')?;
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
    Some(1 + end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn binds_only_outside_quotes_and_comments() {
        let text = "SELECT 'HH24:MI' FROM t -- :no\nWHERE a = :yes AND b = \":q\" /* :c */ AND c=:z1";
        let binds: Vec<_> = pieces(text).into_iter().filter(|p| matches!(p, Piece::Bind(_))).collect();
        assert_eq!(binds, [Piece::Bind("yes"), Piece::Bind("z1")]);
    }

    proptest! {
        #[test]
        fn pieces_make_the_text_again(text in "[a-z:'\"/* \\-\nä]{0,60}") {
            let whole: String = pieces(&text).into_iter().map(|piece| match piece {
                Piece::Plain(t) | Piece::Kept(t) => t.to_owned(),
                Piece::Bind(t) => format!(":{t}"),
            }).collect();
            prop_assert_eq!(whole, text);
        }
    }
}
