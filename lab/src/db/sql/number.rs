//! Numbers to text and back (SQL Language Reference, "Number Format Models").

use crate::db::api::OraError;

/// A number's full decimal text as Oracle writes it: no zero before the point.
#[must_use]
pub fn canonical(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let text = value.to_string();
    match text.strip_prefix("0.") {
        Some(rest) => format!(".{rest}"),
        None => text.strip_prefix("-0.").map_or(text.clone(), |rest| format!("-.{rest}")),
    }
}

/// Text to a number: ORA-01722. Whole numbers keep all their digits.
pub fn parse(text: &str) -> Result<Parsed, OraError> {
    let text = text.trim();
    if let Ok(whole) = text.parse::<i64>() {
        return Ok(Parsed::Int(whole));
    }
    let plain =
        !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'));
    let number = if plain { text.parse::<f64>().ok() } else { None };
    number.map(Parsed::Real).ok_or_else(|| OraError::new(1722, "invalid number"))
}

/// A number as SQLite takes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Parsed {
    /// Whole.
    Int(i64),
    /// With a fraction.
    Real(f64),
}

impl std::fmt::Display for Parsed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Int(n) => write!(f, "{n}"),
            Self::Real(x) => f.write_str(&canonical(*x)),
        }
    }
}

struct Model {
    fill: bool,
    sign_after: bool,
    sign_before: bool,
    minus_after: bool,
    dollar: bool,
    whole: Vec<char>,
    fraction: Vec<char>,
    point: bool,
}

fn model(text: &str) -> Result<Model, OraError> {
    let upper = text.to_uppercase();
    let (fill, rest) = upper.strip_prefix("FM").map_or((true, upper.as_str()), |r| (false, r));
    let (sign_before, rest) = rest.strip_prefix('S').map_or((false, rest), |r| (true, r));
    let (sign_after, rest) = rest.strip_suffix('S').map_or((false, rest), |r| (true, r));
    let (minus_after, rest) = rest.strip_suffix("MI").map_or((false, rest), |r| (true, r));
    let (dollar, rest) = rest.strip_prefix('$').map_or((false, rest), |r| (true, r));
    let (whole, fraction, point) = match rest.find(['.', 'D']) {
        Some(at) => (&rest[..at], &rest[at + 1..], true),
        None => (rest, "", false),
    };
    let digits = |t: &str| t.chars().all(|c| matches!(c, '0' | '9'));
    if !whole.chars().all(|c| matches!(c, '0' | '9' | ',' | 'G'))
        || !digits(fraction)
        || whole.len() + fraction.len() == 0
    {
        return Err(OraError::new(1481, "invalid number format model"));
    }
    let (whole, fraction) = (whole.chars().collect(), fraction.chars().collect());
    Ok(Model { fill, sign_after, sign_before, minus_after, dollar, whole, fraction, point })
}

/// TO_CHAR of a number with a model.
pub fn format(value: Parsed, text: &str) -> Result<String, OraError> {
    match text.to_uppercase().as_str() {
        "TM" | "TM9" => return Ok(value.to_string()),
        "X" | "XX" | "XXXX" | "XXXXXXXX" | "FMXXXXXXXX" | "FMXXXX" => return hex(value, text),
        _ => {}
    }
    let m = model(text)?;
    let (negative, whole, fraction) = rounded(value, m.fraction.len());
    let places = m.whole.iter().filter(|c| matches!(c, '0' | '9')).count();
    let whole_text = if whole == "0" && m.point && !m.whole.contains(&'0') { String::new() } else { whole };
    let width = m.whole.len() + usize::from(m.point) + m.fraction.len() + usize::from(m.dollar) + 1;
    if whole_text.len() > places {
        return Ok("#".repeat(width));
    }
    let mut body = grouped(&m.whole, &whole_text);
    if m.point {
        body.push('.');
        body.push_str(if m.fill { &fraction } else { trimmed(&m.fraction, &fraction) });
    }
    if m.dollar {
        body.insert(0, '$');
    }
    Ok(signed(&m, negative, &body, width))
}

/// FM drops zeros at the end that the model writes as 9.
fn trimmed<'a>(model: &[char], fraction: &'a str) -> &'a str {
    let fixed = model.iter().rposition(|c| *c == '0').map_or(0, |at| at + 1);
    let kept = fraction.trim_end_matches('0').len().max(fixed);
    &fraction[..kept.min(fraction.len())]
}

fn hex(value: Parsed, text: &str) -> Result<String, OraError> {
    let Parsed::Int(n) = value else { return Err(OraError::new(1481, "invalid number format model")) };
    let places = text.to_uppercase().matches('X').count();
    let digits = if text.contains('x') { format!("{n:x}") } else { format!("{n:X}") };
    if text.to_uppercase().starts_with("FM") { Ok(digits) } else { Ok(format!("{digits:>width$}", width = places + 1)) }
}

fn rounded(value: Parsed, places: usize) -> (bool, String, String) {
    let text = match value {
        Parsed::Int(n) if places == 0 => n.to_string(),
        Parsed::Int(n) => format!("{n}.{}", "0".repeat(places)),
        // Oracle rounds half away from zero; the binary value decides on the last digit here.
        Parsed::Real(x) => format!("{x:.places$}"),
    };
    let negative = text.starts_with('-');
    let text = text.trim_start_matches('-');
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    (negative, whole.to_owned(), fraction.to_owned())
}

/// Lays digits into the model from the right; separators and zeros appear as the model says.
fn grouped(model: &[char], whole: &str) -> String {
    let mut digits = whole.chars().rev().peekable();
    let first_zero = model.iter().position(|c| *c == '0').unwrap_or(model.len());
    let mut out = Vec::new();
    for (i, c) in model.iter().enumerate().rev() {
        match c {
            ',' | 'G' if digits.peek().is_some() || i > first_zero => out.push(','),
            ',' | 'G' => {}
            _ => match digits.next() {
                Some(d) => out.push(d),
                None if i >= first_zero => out.push('0'),
                None => {}
            },
        }
    }
    out.iter().rev().collect()
}

fn signed(m: &Model, negative: bool, body: &str, width: usize) -> String {
    let sign = if negative { "-" } else { "+" };
    let text = match () {
        () if m.sign_before => format!("{sign}{body}"),
        () if m.sign_after => format!("{body}{sign}"),
        () if m.minus_after => format!(
            "{body}{}",
            if negative {
                "-"
            } else if m.fill {
                " "
            } else {
                ""
            }
        ),
        () if negative => format!("-{body}"),
        () => body.to_owned(),
    };
    if m.fill { format!("{text:>width$}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("9,999,999", 1234.0, "     1,234")]
    #[case("FM999,999", 1234.0, "1,234")]
    #[case("FM00000", 42.0, "00042")]
    #[case("999", 42.0, "  42")]
    #[case("99", 420.0, "###")]
    #[case("FM990.00", 0.5, "0.50")]
    #[case("FM990.99", 3.5, "3.5")]
    #[case("99.9", -1.25, " -1.2")]
    #[case("S999", 7.0, "  +7")]
    #[case("TM9", 0.25, ".25")]
    fn models(#[case] model: &str, #[case] value: f64, #[case] want: &str) {
        assert_eq!(format(Parsed::Real(value), model).unwrap(), want);
    }

    #[test]
    fn great_numbers_keep_their_digits() {
        let n = Parsed::Int(9_007_199_254_740_993);
        assert_eq!(format(n, "TM9").unwrap(), "9007199254740993");
        assert_eq!(format(n, "FM999999999999999999").unwrap(), "9007199254740993");
    }

    #[test]
    fn faults() {
        assert_eq!(parse("abc").unwrap_err().lines[0].0, 1722);
        assert_eq!(format(Parsed::Int(1), "abc").unwrap_err().lines[0].0, 1481);
    }
}
