//! How a number fits its column (SQL*Plus User's Guide, COLUMN FORMAT and SET NUMWIDTH).

/// A number's full text in `width` characters: rounded when only its fraction is too long, else in scientific
/// notation, else hashes.
#[must_use]
pub fn fit(text: &str, width: usize) -> String {
    if text.len() <= width {
        return text.to_owned();
    }
    let Ok(value) = text.parse::<f64>() else { return "#".repeat(width) };
    let whole = text.split('.').next().unwrap_or("");
    if text.contains('.') && whole.len() < width {
        let places = width - whole.len() - 1;
        return without_zero(&format!("{value:.places$}"));
    }
    if text.contains('.') && whole.len() == width {
        return format!("{value:.0}");
    }
    scientific(value, width)
}

fn without_zero(text: &str) -> String {
    let trimmed = text.trim_end_matches('0').trim_end_matches('.');
    match trimmed.strip_prefix("0.") {
        Some(rest) => format!(".{rest}"),
        None => trimmed.strip_prefix("-0.").map_or_else(|| trimmed.to_owned(), |rest| format!("-.{rest}")),
    }
}

/// `1.5000E+13`
fn scientific(value: f64, width: usize) -> String {
    let sign = usize::from(value < 0.0);
    let exponent = if value.abs() >= 1e100 { 5 } else { 4 };
    if width < sign + exponent + 3 {
        return "#".repeat(width);
    }
    let digits = width - sign - exponent - 2;
    let text = format!("{value:.digits$e}");
    let Some((mantissa, power)) = text.split_once('e') else { return "#".repeat(width) };
    let power: i32 = power.parse().unwrap_or(0);
    format!("{mantissa}E{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
}

#[cfg(test)]
mod tests {
    #[rstest::rstest]
    #[case("1234567890", 10, "1234567890")]
    #[case("15000000000000", 10, "1.5000E+13")]
    #[case("4294967295123", 10, "4.2950E+12")]
    #[case(".3333333333333333", 10, ".333333333")]
    #[case("12.3456789012", 10, "12.3456789")]
    #[case("281474976710655", 10, "2.8147E+14")]
    #[case("-281474976710655", 10, "-2.815E+14")]
    #[case("123456", 3, "###")]
    fn widths(#[case] text: &str, #[case] width: usize, #[case] want: &str) {
        assert_eq!(super::fit(text, width), want);
    }
}
