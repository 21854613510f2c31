//! A moment as a person types it: with an offset or an IANA zone (law 15). A local time that a zone has twice, or never,
//! is refused with what it could mean.

use crate::fault::{Fault, Kind};
use chrono::{DateTime, Datelike, FixedOffset, LocalResult, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

const WALL: [&str; 4] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];

/// Reads (with a fraction of the second, too) `2026-11-21T20:45:12+01:00`, `2026-11-21 20:45:12 +01:00`, `2026-11-21 20:45:12 Europe/Zurich`.
pub fn parse(text: &str) -> Result<DateTime<FixedOffset>, Fault> {
    let at = read(text.trim())?;
    // Older offsets have seconds, which no printed time shows; later years Oracle does not know.
    if (1970..=9999).contains(&at.year()) { Ok(at) } else { Err(no_time(text)) }
}

fn read(text: &str) -> Result<DateTime<FixedOffset>, Fault> {
    let with_offset =
        ["%Y-%m-%dT%H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f %:z", "%Y-%m-%dT%H:%M%:z"];
    if let Some(at) = with_offset.iter().find_map(|format| DateTime::parse_from_str(text, format).ok()) {
        return Ok(at);
    }
    if let Some(wall) = text.strip_suffix(['Z', 'z']).and_then(wall) {
        return Ok(wall.and_utc().fixed_offset());
    }
    match text.rsplit_once(' ') {
        Some((before, zone)) if wall(before).is_some() => zoned(before, zone),
        _ if wall(text).is_some() => Err(no_zone(text)),
        _ => Err(no_time(text)),
    }
}

fn no_time(text: &str) -> Fault {
    Fault::new(Kind::User, "REC-004", format!("`{text}` is no time of a database"))
        .hint("write it as 2026-11-21T20:45:12+01:00, or as \"2026-11-21 20:45:12 Europe/Zurich\"")
}

fn wall(text: &str) -> Option<NaiveDateTime> {
    WALL.iter().find_map(|format| NaiveDateTime::parse_from_str(text.trim(), format).ok())
}

fn no_zone(text: &str) -> Fault {
    Fault::new(Kind::User, "REC-005", format!("`{text}` has neither offset nor zone"))
        .hint(format!("add the offset, {}+01:00, or the zone, \"{text} Europe/Zurich\"", text.replace(' ', "T")))
}

fn zoned(before: &str, zone: &str) -> Result<DateTime<FixedOffset>, Fault> {
    let tz: Tz = zone.parse().map_err(|_| {
        Fault::new(Kind::User, "REC-006", format!("`{zone}` is no zone of the IANA time zone database"))
            .hint("zones look like Europe/Zurich or America/New_York; UTC works as well")
    })?;
    let local = wall(before).unwrap_or_default();
    let fixed = |at: DateTime<Tz>| at.with_timezone(&at.offset().fix());
    match tz.from_local_datetime(&local) {
        LocalResult::Single(at) => Ok(fixed(at)),
        LocalResult::Ambiguous(first, second) => Err(twice(before, zone, fixed(first), fixed(second))),
        LocalResult::None => Err(Fault::new(Kind::User, "REC-008", format!("{before} does not exist in {zone}"))
            .hint("the clocks were put forward over it; write the time with its offset")),
    }
}

fn twice(text: &str, zone: &str, first: DateTime<FixedOffset>, second: DateTime<FixedOffset>) -> Fault {
    Fault::new(Kind::User, "REC-007", format!("{text} is there twice in {zone}: the clocks were put back"))
        .hint_command("the first time", format!("--to time={}", first.to_rfc3339()))
        .hint_command("the second time", format!("--to time={}", second.to_rfc3339()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("2026-11-21T20:45:12+01:00", "2026-11-21T20:45:12+01:00")]
    #[case("2026-11-21 20:45:12 +01:00", "2026-11-21T20:45:12+01:00")]
    #[case("2026-11-21T20:45:12Z", "2026-11-21T20:45:12+00:00")]
    #[case::as_our_json_prints_it("2026-11-21T20:45:12.250Z", "2026-11-21T20:45:12.250+00:00")]
    #[case("2026-11-21 20:45:12 Europe/Zurich", "2026-11-21T20:45:12+01:00")]
    #[case("2026-07-21 20:45 Europe/Zurich", "2026-07-21T20:45:00+02:00")]
    #[case("2026-07-21 20:45:00 America/New_York", "2026-07-21T20:45:00-04:00")]
    fn moments(#[case] text: &str, #[case] is: &str) {
        assert_eq!(parse(text).unwrap().to_rfc3339(), is);
    }

    #[rstest]
    #[case::no_zone("2026-11-21 20:45:12", "REC-005")]
    #[case::no_zone_t("2026-11-21T20:45:12", "REC-005")]
    #[case::unknown_zone("2026-11-21 20:45:12 Europe/Bern", "REC-006")]
    #[case::put_forward("2026-03-29 02:30:00 Europe/Zurich", "REC-008")]
    #[case::nonsense("tomorrow", "REC-004")]
    #[case::no_such_day("2026-02-30T20:45:12Z", "REC-004")]
    #[case::local_mean_time("1-10-25 02:30:00 Europe/Zurich", "REC-004")]
    #[case::end_of_time("+262142-12-31T23:59:59-23:59", "REC-004")]
    fn refused(#[case] text: &str, #[case] code: &str) {
        assert_eq!(parse(text).unwrap_err().code, code);
    }

    #[test]
    fn law_15_an_hour_that_is_there_twice_is_refused_with_both_readings() {
        let fault = parse("2026-10-25 02:30:00 Europe/Zurich").unwrap_err();
        assert_eq!(fault.code, "REC-007");
        let typed: Vec<_> = fault.hints.iter().filter_map(|hint| hint.command.clone()).collect();
        assert_eq!(typed, ["--to time=2026-10-25T02:30:00+02:00", "--to time=2026-10-25T02:30:00+01:00"]);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }
    }
}
