//! Text to dates: TO_DATE and TO_TIMESTAMP_TZ, with their errors.

use super::mask::{Element, parse as elements};
use crate::db::api::OraError;
use chrono::{Datelike, Local, NaiveDate, NaiveDateTime, TimeZone};

/// What has been read so far. A part that the mask does not name has Oracle's default: the first day of the
/// current month, midnight.
struct Parts {
    year: i32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    micros: u32,
    afternoon: Option<bool>,
    zone: Option<(i32, i32)>,
}

impl Parts {
    fn today() -> Self {
        let now = Local::now();
        Self {
            year: now.year(),
            month: now.month(),
            day: 1,
            hour: 0,
            minute: 0,
            second: 0,
            micros: 0,
            afternoon: None,
            zone: None,
        }
    }

    fn naive(&self) -> Result<NaiveDateTime, OraError> {
        let hour = match self.afternoon {
            Some(afternoon) => self.hour % 12 + if afternoon { 12 } else { 0 },
            None => self.hour,
        };
        let date = NaiveDate::from_ymd_opt(self.year, self.month, self.day);
        date.and_then(|d| d.and_hms_micro_opt(hour, self.minute, self.second, self.micros))
            .ok_or_else(|| OraError::new(1839, "date not valid for month specified"))
    }
}

/// TO_DATE: wall-clock seconds.
pub fn date(text: &str, mask: &str) -> Result<i64, OraError> {
    Ok(read(text, mask)?.naive()?.and_utc().timestamp())
}

/// TO_TIMESTAMP and TO_TIMESTAMP_TZ: microseconds since the epoch; without a zone the database's.
pub fn stamp(text: &str, mask: &str) -> Result<i64, OraError> {
    let parts = read(text, mask)?;
    let naive = parts.naive()?;
    let utc = match parts.zone {
        Some((hours, minutes)) => {
            naive.and_utc().timestamp_micros() - i64::from(hours * 3600 + minutes * 60) * 1_000_000
        }
        None => Local.from_local_datetime(&naive).earliest().map_or(0, |t| t.timestamp_micros()),
    };
    Ok(utc)
}

fn read(text: &str, mask: &str) -> Result<Parts, OraError> {
    let mut parts = Parts::today();
    let mut rest = text.trim();
    for element in elements(mask)? {
        rest = match element {
            Element::FillMode => rest,
            Element::Literal(sign) => literal(rest, &sign)?,
            Element::Name(name, _) => word(rest, name, &mut parts)?,
            Element::Fraction(_) => fraction(rest, &mut parts)?,
            Element::Field(field) => number(rest, field, &mut parts)?,
        };
    }
    if rest.trim().is_empty() {
        Ok(parts)
    } else {
        Err(OraError::new(1830, "date format picture ends before converting entire input string"))
    }
}

/// Any punctuation stands for any other, and may be missing (SQL Language Reference, "String-to-Date Conversion Rules").
fn literal<'a>(rest: &'a str, sign: &str) -> Result<&'a str, OraError> {
    if sign.chars().any(char::is_alphanumeric) {
        let matched = rest.strip_prefix(sign);
        return matched.ok_or_else(|| OraError::new(1861, "literal does not match format string"));
    }
    let other = rest.chars().next().filter(|c| !c.is_alphanumeric() && !sign.is_empty());
    Ok(other.map_or(rest, |c| &rest[c.len_utf8()..]))
}

const MONTHS: [&str; 12] = [
    "JANUARY",
    "FEBRUARY",
    "MARCH",
    "APRIL",
    "MAY",
    "JUNE",
    "JULY",
    "AUGUST",
    "SEPTEMBER",
    "OCTOBER",
    "NOVEMBER",
    "DECEMBER",
];

fn word<'a>(rest: &'a str, name: &str, parts: &mut Parts) -> Result<&'a str, OraError> {
    let upper = rest.to_uppercase();
    match name {
        "MONTH" | "MON" => {
            let named = |m: &str| upper.starts_with(m) || upper.starts_with(&m[..3]);
            let n = MONTHS.iter().position(|m| named(m)).ok_or_else(|| OraError::new(1843, "not a valid month"))?;
            parts.month = n as u32 + 1;
            Ok(&rest[if upper.starts_with(MONTHS[n]) { MONTHS[n].len() } else { 3 }..])
        }
        "DAY" | "DY" => Ok(rest.trim_start_matches(char::is_alphabetic)),
        "AD" | "BC" => Ok(rest.get(2..).unwrap_or("")),
        _ => {
            let mark = ["A.M.", "P.M.", "AM", "PM"].into_iter().find(|m| upper.starts_with(m));
            let mark = mark.ok_or_else(|| OraError::new(1855, "AM/A.M. or PM/P.M. required"))?;
            parts.afternoon = Some(mark.starts_with('P'));
            Ok(&rest[mark.len()..])
        }
    }
}

fn digits(rest: &str, most: usize) -> Result<(u32, &str), OraError> {
    let end = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if rest.is_empty() {
        return Err(OraError::new(1840, "input value not long enough for date format"));
    }
    let value = rest[..end].parse();
    let value =
        value.map_err(|_| OraError::new(1858, "a non-numeric character was found where a numeric was expected"))?;
    Ok((value, &rest[end..]))
}

fn fraction<'a>(rest: &'a str, parts: &mut Parts) -> Result<&'a str, OraError> {
    let count = rest.bytes().take(9).take_while(u8::is_ascii_digit).count();
    let text = format!("{:0<6}", &rest[..count]);
    parts.micros =
        text[..6].parse().map_err(|_| OraError::new(1880, "the fractional seconds must be between 0 and 999999999"))?;
    Ok(&rest[count..])
}

fn within(value: u32, low: u32, high: u32, code: u32, text: &str) -> Result<u32, OraError> {
    if (low..=high).contains(&value) { Ok(value) } else { Err(OraError::new(code, text)) }
}

fn number<'a>(rest: &'a str, field: &str, parts: &mut Parts) -> Result<&'a str, OraError> {
    if matches!(field, "TZH" | "TZM" | "TZR" | "TZD" | "X") {
        return zone(rest, field, parts);
    }
    let most = match field {
        "YYYY" | "RRRR" | "SYYYY" => 4,
        "SSSSS" => 5,
        "YYY" | "DDD" => 3,
        "Y" => 1,
        _ => 2,
    };
    let (value, left) = digits(rest, most)?;
    match field {
        "YYYY" | "SYYYY" => parts.year = year(value)?,
        "RRRR" | "RR" => parts.year = year(if value < 100 { century(value) } else { value })?,
        "YY" | "YYY" | "Y" => parts.year = (Local::now().year() / 100 * 100) + value as i32,
        "MM" => parts.month = within(value, 1, 12, 1843, "not a valid month")?,
        "DD" => parts.day = within(value, 1, 31, 1847, "day of month must be between 1 and last day of month")?,
        "HH24" => parts.hour = within(value, 0, 23, 1850, "hour must be between 0 and 23")?,
        "HH" | "HH12" => parts.hour = within(value, 1, 12, 1849, "hour must be between 1 and 12")?,
        "MI" => parts.minute = within(value, 0, 59, 1851, "minutes must be between 0 and 59")?,
        "SS" => parts.second = within(value, 0, 59, 1852, "seconds must be between 0 and 59")?,
        "SSSSS" => {
            let value = within(value, 0, 86_399, 1853, "seconds in day must be between 0 and 86399")?;
            (parts.hour, parts.minute, parts.second) = (value / 3600, value / 60 % 60, value % 60);
        }
        _ => return Err(OraError::new(1820, "format code cannot appear in date input format")),
    }
    Ok(left)
}

fn year(value: u32) -> Result<i32, OraError> {
    within(value, 1, 9999, 1841, "(full) year must be between -4713 and +9999, and not be 0").map(|y| y as i32)
}

/// RR: 00 to 49 are this century, 50 to 99 the last one (while the current year ends in 00 to 49).
const fn century(value: u32) -> u32 {
    if value < 50 { 2000 + value } else { 1900 + value }
}

fn zone<'a>(rest: &'a str, field: &str, parts: &mut Parts) -> Result<&'a str, OraError> {
    match field {
        "X" => Ok(rest.strip_prefix('.').unwrap_or(rest)),
        "TZM" => {
            let (value, left) = digits(rest, 2)?;
            let (hours, _) = parts.zone.unwrap_or((0, 0));
            parts.zone = Some((hours, if hours < 0 { -(value as i32) } else { value as i32 }));
            Ok(left)
        }
        _ => {
            let (sign, unsigned) = rest.strip_prefix('-').map_or((1, rest.trim_start_matches('+')), |r| (-1, r));
            let (hours, left) = digits(unsigned, 2)?;
            parts.zone = Some((sign * hours as i32, 0));
            if field == "TZR" { left.strip_prefix(':').map_or(Ok(left), |l| zone(l, "TZM", parts)) } else { Ok(left) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::sql::date::date_text;

    #[rstest::rstest]
    #[case("2026-11-21 18:30:05", "YYYY-MM-DD HH24:MI:SS", "2026-11-21 18:30:05")]
    #[case("21-NOV-26", "DD-MON-RR", "2026-11-21 00:00:00")]
    #[case("21/11/2026 6:30 PM", "DD/MM/YYYY HH:MI AM", "2026-11-21 18:30:00")]
    #[case("20261121", "YYYYMMDD", "2026-11-21 00:00:00")]
    fn dates(#[case] text: &str, #[case] mask: &str, #[case] want: &str) {
        assert_eq!(date_text(date(text, mask).unwrap(), "YYYY-MM-DD HH24:MI:SS").unwrap(), want);
    }

    #[rstest::rstest]
    #[case("2026-13-01", "YYYY-MM-DD", 1843)]
    #[case("2026-11-31", "YYYY-MM-DD", 1839)]
    #[case("2026-11", "YYYY-MM-DD", 1840)]
    #[case("2026-11-21 12", "YYYY-MM-DD", 1830)]
    #[case("soon", "YYYY", 1858)]
    #[case("2026-11-21 25", "YYYY-MM-DD HH24", 1850)]
    fn faults(#[case] text: &str, #[case] mask: &str, #[case] code: u32) {
        assert_eq!(date(text, mask).unwrap_err().lines[0].0, code);
    }

    #[test]
    fn a_zone_shifts() {
        let mask = "YYYY-MM-DD HH24:MI:SS TZH:TZM";
        let (a, b) = (stamp("2026-11-21 10:00:00 +02:00", mask), stamp("2026-11-21 08:00:00 +00:00", mask));
        assert_eq!(a.unwrap(), b.unwrap());
    }
}
