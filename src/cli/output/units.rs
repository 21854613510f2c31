//! Numbers as people read them.

use chrono::{DateTime, Utc};
use std::time::Duration;

const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];

/// `10.0 GiB`.
#[must_use]
pub fn bytes(count: u64) -> String {
    if count < 1024 {
        return format!("{count} B");
    }
    // In tenths, so that rounding up to 1024.0 moves to the next unit.
    let (mut tenths, mut unit) = (u128::from(count) * 10 / 1024, 0);
    while tenths >= 10240 && unit + 1 < UNITS.len() {
        (tenths, unit) = (tenths / 1024, unit + 1);
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// `450 ms`, `4.5 s`, `3 min 05 s`, `2 h 03 min`.
#[must_use]
pub fn duration(time: Duration) -> String {
    let (ms, s) = (time.as_millis(), time.as_secs());
    match s {
        0 => format!("{ms} ms"),
        1..60 => format!("{s}.{} s", ms % 1000 / 100),
        60..3600 => format!("{} min {:02} s", s / 60, s % 60),
        _ => format!("{} h {:02} min", s / 3600, s % 3600 / 60),
    }
}

/// `2026-11-21 20:45:12 +00:00`; every printed time has an offset (law 15).
#[must_use]
pub fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S %:z").to_string()
}

pub(super) fn ms(count: u64) -> String {
    duration(Duration::from_millis(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, "0 B")]
    #[case(1023, "1023 B")]
    #[case(1024, "1.0 KiB")]
    #[case(1536, "1.5 KiB")]
    #[case(10 << 30, "10.0 GiB")]
    #[case((1 << 20) - 1, "1023.9 KiB")]
    #[case(u64::MAX, "16383.9 PiB")]
    fn sizes(#[case] count: u64, #[case] text: &str) {
        assert_eq!(bytes(count), text);
    }

    #[rstest]
    #[case(0, "0 ms")]
    #[case(999, "999 ms")]
    #[case(4567, "4.5 s")]
    #[case(59_999, "59.9 s")]
    #[case(65_000, "1 min 05 s")]
    #[case(7_384_000, "2 h 03 min")]
    fn durations(#[case] count: u64, #[case] text: &str) {
        assert_eq!(ms(count), text);
    }
}
