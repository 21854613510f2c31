//! Dates to text. A DATE is held as wall-clock seconds of the database's time zone, a TIMESTAMP WITH TIME ZONE as
//! microseconds since the epoch.

use super::mask::{Case, Element, parse};
use crate::db::api::OraError;
use chrono::{DateTime, Datelike, FixedOffset, Local, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Timelike};

/// Wall-clock seconds of a moment.
#[must_use]
pub fn wall(epoch: i64) -> i64 {
    moment(epoch.saturating_mul(1_000_000)).map_or(0, |t| t.naive_local().and_utc().timestamp())
}

/// The moment of wall-clock seconds (the earlier one, when a clock change makes two).
#[must_use]
pub fn unwall(wall: i64) -> i64 {
    let naive = naive(wall);
    Local.from_local_datetime(&naive).earliest().map_or(wall, |t| t.timestamp())
}

/// A moment with the offset in force then.
fn moment(micros: i64) -> Option<DateTime<FixedOffset>> {
    let utc = DateTime::from_timestamp_micros(micros)?;
    let local = utc.with_timezone(&Local);
    Some(local.with_timezone(&local.offset().fix()))
}

/// Wall-clock seconds as date and time.
#[must_use]
pub fn naive(wall: i64) -> NaiveDateTime {
    DateTime::from_timestamp(wall, 0).map_or(NaiveDateTime::MIN, |t| t.naive_utc())
}

/// A DATE by a mask. Fractions and zones are no part of a DATE: ORA-01821.
pub fn date_text(wall: i64, mask: &str) -> Result<String, OraError> {
    let elements = parse(mask)?;
    let zoned = |e: &Element| matches!(e, Element::Fraction(_) | Element::Field("TZH" | "TZM" | "TZR" | "TZD"));
    if elements.iter().any(zoned) {
        return Err(OraError::new(1821, "date format not recognized"));
    }
    Ok(render(&elements, naive(wall), None))
}

/// A TIMESTAMP WITH TIME ZONE by a mask.
pub fn stamp_text(micros: i64, mask: &str) -> Result<String, OraError> {
    let elements = parse(mask)?;
    let Some(t) = moment(micros) else {
        return Err(OraError::new(1841, "(full) year must be between -4713 and +9999, and not be 0"));
    };
    Ok(render(&elements, t.naive_local(), Some(t.offset().local_minus_utc())))
}

fn render(elements: &[Element], t: NaiveDateTime, offset: Option<i32>) -> String {
    let (mut out, mut fill) = (String::new(), true);
    for element in elements {
        match element {
            Element::FillMode => fill = !fill,
            Element::Literal(text) => out.push_str(text),
            Element::Fraction(digits) => {
                let micros = format!("{:06}000", t.nanosecond() / 1000);
                out.push_str(&micros[..*digits]);
            }
            Element::Name(name, case) => out.push_str(&cased(&named(name, t, fill), *case)),
            Element::Field(field) => out.push_str(&number(field, t, offset, fill)),
        }
    }
    out
}

fn cased(text: &str, case: Case) -> String {
    match case {
        Case::Upper => text.to_uppercase(),
        Case::Lower => text.to_lowercase(),
        Case::Initial => text.chars().take(1).chain(text.chars().skip(1).flat_map(char::to_lowercase)).collect(),
    }
}

fn named(name: &str, t: NaiveDateTime, fill: bool) -> String {
    let pad = |text: String| if fill { format!("{text:<9}") } else { text };
    match name {
        "MONTH" => pad(t.format("%B").to_string()),
        "MON" => t.format("%b").to_string().to_uppercase(),
        "DAY" => pad(t.format("%A").to_string()),
        "DY" => t.format("%a").to_string().to_uppercase(),
        "A.M." | "P.M." => (if t.hour() < 12 { "A.M." } else { "P.M." }).to_owned(),
        "AD" | "BC" => "AD".to_owned(),
        _ => (if t.hour() < 12 { "AM" } else { "PM" }).to_owned(),
    }
}

fn number(field: &str, t: NaiveDateTime, offset: Option<i32>, fill: bool) -> String {
    let hour12 = if t.hour().is_multiple_of(12) { 12 } else { t.hour() % 12 };
    let (value, digits) = match field {
        "YYYY" | "RRRR" => (t.year() as u32, 4),
        "SYYYY" => return format!("{:>5}", t.year()),
        "YYY" => (t.year() as u32 % 1000, 3),
        "YY" | "RR" => (t.year() as u32 % 100, 2),
        "Y" => (t.year() as u32 % 10, 1),
        "CC" => ((t.year() as u32).div_ceil(100), 2),
        "MM" => (t.month(), 2),
        "DD" => (t.day(), 2),
        "DDD" => (t.ordinal(), 3),
        "D" => (t.weekday().number_from_sunday(), 1),
        "HH24" => (t.hour(), 2),
        "HH" | "HH12" => (hour12, 2),
        "MI" => (t.minute(), 2),
        "SS" => (t.second(), 2),
        "SSSSS" => (t.num_seconds_from_midnight(), 5),
        "Q" => (t.month0() / 3 + 1, 1),
        "IW" => (t.iso_week().week(), 2),
        "WW" => (t.ordinal0() / 7 + 1, 2),
        "W" => (t.day0() / 7 + 1, 1),
        "J" => ((t.num_days_from_ce() + 1_721_425) as u32, 7),
        other => return zone(other, offset.unwrap_or(0)),
    };
    if fill { format!("{value:0digits$}") } else { value.to_string() }
}

fn zone(field: &str, offset: i32) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset.abs() / 3600, offset.abs() / 60 % 60);
    match field {
        "TZH" => format!("{sign}{hours:02}"),
        "TZM" => format!("{minutes:02}"),
        "TZR" => format!("{sign}{hours:02}:{minutes:02}"),
        "X" => ".".to_owned(),
        _ => String::new(),
    }
}

/// TRUNC of a DATE.
pub fn truncate(wall: i64, unit: &str) -> Result<i64, OraError> {
    let t = naive(wall);
    let day = t.date();
    let first = |month| NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day);
    let at = match unit.to_uppercase().as_str() {
        "DD" | "DDD" | "J" => day.and_time(NaiveTime::MIN),
        "MM" | "MON" | "MONTH" => first(day.month()).and_time(NaiveTime::MIN),
        "Q" => first(day.month0() / 3 * 3 + 1).and_time(NaiveTime::MIN),
        "YYYY" | "YEAR" | "YY" | "Y" => first(1).and_time(NaiveTime::MIN),
        "IW" => (day - chrono::Days::new(u64::from(day.weekday().num_days_from_monday()))).and_time(NaiveTime::MIN),
        "HH" | "HH24" | "HH12" => t - chrono::TimeDelta::seconds(i64::from(t.minute() * 60 + t.second())),
        "MI" => t - chrono::TimeDelta::seconds(i64::from(t.second())),
        _ => return Err(OraError::new(1899, "bad precision specifier")),
    };
    Ok(at.and_utc().timestamp())
}

/// ADD_MONTHS: the last day of a month stays a last day.
#[must_use]
pub fn add_months(wall: i64, months: i64) -> i64 {
    let t = naive(wall);
    let last = |d: NaiveDate| (d + chrono::Days::new(1)).month() != d.month();
    let month = t.year() as i64 * 12 + i64::from(t.month0()) + months;
    let (year, month0) = (month.div_euclid(12) as i32, month.rem_euclid(12) as u32);
    let end = (28..=31).rev().find_map(|d| NaiveDate::from_ymd_opt(year, month0 + 1, d)).unwrap_or(t.date());
    let day = if last(t.date()) { end } else { end.with_day(t.day().min(end.day())).unwrap_or(end) };
    day.and_time(t.time()).and_utc().timestamp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap().and_utc().timestamp()
    }

    #[rstest::rstest]
    #[case("YYYY-MM-DD HH24:MI:SS", "2026-03-05 14:07:09")]
    #[case("DD-MON-RR", "05-MAR-26")]
    #[case("dd Mon yyyy", "05 Mar 2026")]
    #[case("fmDD Month YYYY", "5 March 2026")]
    #[case("HH:MI:SS AM", "02:07:09 PM")]
    #[case("YYYY\"T\"HH24", "2026T14")]
    #[case("SSSSS", "50829")]
    fn masks(#[case] mask: &str, #[case] want: &str) {
        assert_eq!(date_text(at("2026-03-05 14:07:09"), mask).unwrap(), want);
    }

    #[test]
    fn a_date_has_no_zone() {
        assert_eq!(date_text(0, "TZH:TZM").unwrap_err().lines[0].0, 1821);
        assert_eq!(date_text(0, "YYYY-XQ9").unwrap_err().lines[0].0, 1821);
    }

    #[test]
    fn a_stamp_has_fraction_and_zone() {
        let text = stamp_text(1_500_000, "SS.FF3 TZH:TZM").unwrap();
        assert!(text.starts_with("01.500 ") && (text.contains('+') || text.contains('-')), "{text}");
    }

    #[test]
    fn months_keep_the_last_day() {
        assert_eq!(naive(add_months(at("2026-02-28 10:00:00"), 1)).to_string(), "2026-03-31 10:00:00");
        assert_eq!(naive(add_months(at("2026-01-31 10:00:00"), 1)).to_string(), "2026-02-28 10:00:00");
    }

    #[test]
    fn wall_and_back() {
        assert_eq!(unwall(wall(1_790_000_000)), 1_790_000_000);
    }
}
