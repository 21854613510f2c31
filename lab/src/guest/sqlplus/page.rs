//! Blanks to tabs, as SET TAB ON (the default on Unix) makes them.

/// Replaces runs of blanks that reach a tab stop (every 8 columns) by tabs.
#[must_use]
pub fn tabbed(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let (mut column, mut blanks) = (0, 0);
    for c in line.chars() {
        column += 1;
        if c != ' ' {
            out.extend(std::iter::repeat_n(' ', blanks));
            blanks = 0;
            out.push(c);
            continue;
        }
        blanks += 1;
        if column % 8 == 0 && blanks > 1 {
            out.push('\t');
            blanks = 0;
        }
    }
    out.extend(std::iter::repeat_n(' ', blanks));
    out
}

#[cfg(test)]
mod tests {
    #[rstest::rstest]
    #[case("Fixed Size                  8897304 bytes", "Fixed Size\t\t    8897304 bytes")]
    #[case("a b", "a b")]
    #[case("       x", "       x")]
    fn stops(#[case] line: &str, #[case] want: &str) {
        assert_eq!(super::tabbed(line), want);
    }
}
