//! Times as RMAN prints them: `Starting … at` follows NLS_DATE_FORMAT, the stack line is always MM/DD/YYYY HH24:MI:SS.

use chrono::{DateTime, Datelike, Local, Timelike, Utc};

/// The date format in force. Without NLS_DATE_FORMAT AMERICA's default, DD-MON-RR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat(String);

const ELEMENTS: &[&str] = &[
    "YYYY", "RRRR", "HH24", "HH12", "MONTH", "YYY", "DDD", "MON", "DAY", "AM", "PM", "YY", "RR", "MM", "DD", "DY",
    "HH", "MI", "SS",
];

impl DateFormat {
    /// From the environment's NLS_DATE_FORMAT.
    #[must_use]
    pub fn new(format: Option<&str>) -> Self {
        Self(format.filter(|text| !text.trim().is_empty()).unwrap_or("DD-MON-RR").to_owned())
    }

    /// A time (seconds since the epoch) in this format, in the session's time zone.
    #[must_use]
    pub fn show(&self, seconds: i64) -> String {
        let time = local(seconds);
        let (mut rest, mut text) = (self.0.as_str(), String::new());
        while let Some(first) = rest.chars().next() {
            if let Some(quoted) = rest.strip_prefix('"') {
                let end = quoted.find('"').unwrap_or(quoted.len());
                text.push_str(&quoted[..end]);
                rest = quoted.get(end + 1..).unwrap_or_default();
                continue;
            }
            let element = ELEMENTS.iter().find(|e| rest.get(..e.len()).is_some_and(|r| r.eq_ignore_ascii_case(e)));
            match element {
                Some(element) => {
                    text.push_str(&part(element, &time));
                    rest = &rest[element.len()..];
                }
                None => {
                    text.push(first);
                    rest = &rest[first.len_utf8()..];
                }
            }
        }
        text
    }
}

fn part(element: &str, time: &DateTime<Local>) -> String {
    let (_, hour12) = time.hour12();
    match element {
        "YYYY" | "RRRR" => format!("{:04}", time.year()),
        "YYY" => format!("{:03}", time.year() % 1000),
        "YY" | "RR" => format!("{:02}", time.year() % 100),
        "MM" => format!("{:02}", time.month()),
        "MON" => time.format("%b").to_string().to_uppercase(),
        "MONTH" => time.format("%B").to_string().to_uppercase(),
        "DDD" => format!("{:03}", time.ordinal()),
        "DD" => format!("{:02}", time.day()),
        "DY" => time.format("%a").to_string().to_uppercase(),
        "DAY" => time.format("%A").to_string().to_uppercase(),
        "HH24" => format!("{:02}", time.hour()),
        "HH12" | "HH" => format!("{hour12:02}"),
        "MI" => format!("{:02}", time.minute()),
        "SS" => format!("{:02}", time.second()),
        _ => time.format("%p").to_string(),
    }
}

fn local(seconds: i64) -> DateTime<Local> {
    DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default().with_timezone(&Local)
}

/// The time of a stack line: never follows NLS_DATE_FORMAT (seen in public logs of 9i to 21c).
#[must_use]
pub fn stack_time(seconds: i64) -> String {
    local(seconds).format("%m/%d/%Y %H:%M:%S").to_string()
}

/// The banner's time.
#[must_use]
pub fn banner_time(seconds: i64) -> String {
    local(seconds).format("%a %b %-d %H:%M:%S %Y").to_string()
}

/// `YYYYMMDD` for `%T` and `%F`.
#[must_use]
pub fn compact_day(seconds: i64) -> String {
    local(seconds).format("%Y%m%d").to_string()
}

/// The default tag.
#[must_use]
pub fn default_tag(seconds: i64) -> String {
    local(seconds).format("TAG%Y%m%dT%H%M%S").to_string()
}

/// `00:00:35`.
#[must_use]
pub fn elapsed(seconds: i64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Seconds since the epoch.
#[must_use]
pub fn now() -> i64 {
    Utc::now().timestamp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;
    use rstest::rstest;

    #[rstest]
    #[case(None, "09-OCT-25")]
    #[case(Some("YYYY-MM-DD HH24:MI:SS"), "2025-10-09 19:22:05")]
    #[case(Some("DD/MM/YYYY HH24:MI"), "09/10/2025 19:22")]
    #[case(Some("YYYYMMDDHH24MISS"), "20251009192205")]
    #[case(Some("dd.mm.yyyy\"T\"hh12:mi AM"), "09.10.2025T07:22 PM")]
    fn formats_seen_in_public_logs(#[case] format: Option<&str>, #[case] expected: &str) {
        let time = Local.with_ymd_and_hms(2025, 10, 9, 19, 22, 5).unwrap().timestamp();
        assert_eq!(DateFormat::new(format).show(time), expected);
        assert_eq!(stack_time(time), "10/09/2025 19:22:05");
        assert_eq!(default_tag(time), "TAG20251009T192205");
    }
}
