//! Datetime format models (SQL Language Reference, "Datetime Format Elements").

use crate::db::api::OraError;

/// One element of a mask. Names are written in upper case; `case` remembers how the mask wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// `YYYY`, `HH24` …
    Field(&'static str),
    /// `MONTH`, `MON`, `DAY`, `DY`, `AM` with the case of the mask.
    Name(&'static str, Case),
    /// `FF` with so many digits.
    Fraction(usize),
    /// Punctuation or `"text"`.
    Literal(String),
    /// `FM`: no padding from here on.
    FillMode,
}

/// How a name is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// `MON`
    Upper,
    /// `Mon`
    Initial,
    /// `mon`
    Lower,
}

const FIELDS: &[&str] = &[
    "SYYYY", "YYYY", "SSSSS", "RRRR", "HH24", "HH12", "YYY", "DDD", "TZH", "TZM", "TZR", "TZD", "YY", "RR", "MM", "DD",
    "HH", "MI", "SS", "IW", "WW", "CC", "Y", "D", "Q", "W", "J", "X",
];
const NAMES: &[&str] = &["MONTH", "A.M.", "P.M.", "MON", "DAY", "DY", "AM", "PM", "AD", "BC"];

/// Cuts a mask into elements; ORA-01821 for what is none.
pub fn parse(mask: &str) -> Result<Vec<Element>, OraError> {
    let (mut out, mut rest) = (Vec::new(), mask);
    while !rest.is_empty() {
        let (element, used) = one(rest)?;
        out.push(element);
        rest = &rest[used..];
    }
    Ok(out)
}

fn starts(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word))
}

fn one(rest: &str) -> Result<(Element, usize), OraError> {
    if starts(rest, "FM") {
        return Ok((Element::FillMode, 2));
    }
    if starts(rest, "FX") {
        return Ok((Element::Literal(String::new()), 2));
    }
    if starts(rest, "FF") {
        let digits = rest[2..].chars().next().and_then(|c| c.to_digit(10)).filter(|d| *d > 0);
        return Ok(digits.map_or((Element::Fraction(6), 2), |d| (Element::Fraction(d as usize), 3)));
    }
    if let Some(name) = NAMES.iter().find(|n| starts(rest, n)) {
        return Ok((Element::Name(name, case(&rest[..name.len()])), name.len()));
    }
    if let Some(field) = FIELDS.iter().find(|f| starts(rest, f)) {
        return Ok((Element::Field(field), field.len()));
    }
    literal(rest)
}

fn case(written: &str) -> Case {
    let mut letters = written.chars().filter(|c| c.is_alphabetic());
    match (letters.next().is_some_and(char::is_uppercase), letters.next().is_some_and(char::is_uppercase)) {
        (true, true) => Case::Upper,
        (true, false) => Case::Initial,
        _ => Case::Lower,
    }
}

fn literal(rest: &str) -> Result<(Element, usize), OraError> {
    let unknown = || OraError::new(1821, "date format not recognized");
    let first = rest.chars().next().ok_or_else(unknown)?;
    if first == '"' {
        let end = rest[1..].find('"').ok_or_else(unknown)?;
        return Ok((Element::Literal(rest[1..=end].to_owned()), end + 2));
    }
    if first.is_alphanumeric() {
        return Err(unknown());
    }
    Ok((Element::Literal(first.to_string()), first.len_utf8()))
}

/// The greatest number of characters a mask can give: the width of a date column.
pub fn width(mask: &str) -> u32 {
    let one = |e: &Element| match e {
        Element::Field(f) => match *f {
            "HH24" | "HH12" => 2,
            "TZR" => 32,
            "TZH" => 3,
            "J" => 7,
            other => other.len() as u32,
        },
        Element::Name("MONTH" | "DAY", _) => 9,
        Element::Name(n, _) => n.len() as u32,
        Element::Fraction(n) => *n as u32,
        Element::Literal(t) => t.chars().count() as u32,
        Element::FillMode => 0,
    };
    parse(mask).map_or(75, |elements| elements.iter().map(one).sum())
}
