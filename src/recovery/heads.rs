//! What a log says of itself, by its header and by its name: all there is where no control file knows it.

use crate::model::Scn;

/// The description in a log's header, as ALTER SYSTEM DUMP LOGFILE prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Thread.
    pub thread: u64,
    /// Sequence.
    pub sequence: u64,
    /// Its first change.
    pub first: Scn,
    /// The first change behind it; none while it is written.
    pub next: Option<Scn>,
}

impl Head {
    /// Reads `Thread 0001, Seq# 0000000123, SCN 0x00000015f6d7-0x00000015f917`. What follows may touch the last digit, and
    /// both numbers have as many digits; the log that is written ends at the highest number there is.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (_, rest) = text.split_once("Thread ")?;
        let (thread, rest) = rest.split_once(", Seq# ")?;
        let (sequence, rest) = rest.split_once(", SCN 0x")?;
        let (low, rest) = rest.split_once("-0x")?;
        let high = rest.get(..low.len())?;
        let number = |digits: &str| u64::from_str_radix(digits, 16).ok();
        let next = number(high)?;
        let open = high.chars().all(|digit| digit.eq_ignore_ascii_case(&'f'));
        Some(Self {
            thread: thread.parse().ok()?,
            sequence: sequence.parse().ok()?,
            first: Scn::new(number(low)?),
            next: (!open).then(|| Scn::new(next)),
        })
    }
}

/// What LOG_ARCHIVE_FORMAT put into a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogName {
    /// %s
    pub sequence: u64,
    /// %r: RESETLOGS_ID, which tells incarnations apart.
    pub resetlogs_id: u64,
}

impl LogName {
    /// Reads a file's name; `None` where it is not of that format, or the format tells no incarnation.
    #[must_use]
    pub fn parse(format: &str, name: &str) -> Option<Self> {
        let (mut sequence, mut resetlogs_id, mut rest) = (None, None, name);
        let mut format = format.chars();
        while let Some(letter) = format.next() {
            if letter != '%' {
                rest = rest.strip_prefix(letter)?;
                continue;
            }
            let end = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
            let (value, more) = rest.split_at(end);
            rest = more;
            match format.next()? {
                's' | 'S' => sequence = value.parse().ok(),
                'r' | 'R' => resetlogs_id = value.parse().ok(),
                _ if value.is_empty() => return None,
                _ => {}
            }
        }
        Some(Self { sequence: sequence?, resetlogs_id: resetlogs_id? }).filter(|_| rest.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn head(sequence: u64, first: u64, next: Option<u64>) -> Head {
        Head { thread: 1, sequence, first: Scn::new(first), next: next.map(Scn::new) }
    }

    #[rstest]
    #[case::archived(
        "Thread 0001, Seq# 0000000123, SCN 0x00000015f6d7-0x00000015f917",
        Some(head(123, 0x15f6d7, Some(0x15f917)))
    )]
    #[case::what_follows("aaThread 0001, Seq# 0000000002, SCN 0x0000000a-0x0000000bCA1", Some(head(2, 10, Some(11))))]
    #[case::current("Thread 0001, Seq# 0000000004, SCN 0x00000015fd04-0xffffffffffff", Some(head(4, 0x15fd04, None)))]
    #[case::of_long_numbers(
        "Thread 0001, Seq# 0000000004, SCN 0x0000000000000010-0xffffffffffffffff",
        Some(head(4, 16, None))
    )]
    #[case::without_changes("Thread 0001, Seq# 0000000123", None)]
    #[case::cut("Thread 0001, Seq# 0000000123, SCN 0x0010-0x0", None)]
    #[case::silent("", None)]
    fn a_header_tells_the_log(#[case] text: &str, #[case] wanted: Option<Head>) {
        assert_eq!(Head::parse(text), wanted);
    }

    #[rstest]
    #[case("%t_%s_%r.dbf", "1_12_1250453105.dbf", Some((12, 1_250_453_105)))]
    #[case("arch_%r-%S-%T.arc", "arch_99-0000000012-0001.arc", Some((12, 99)))]
    #[case("%d_%t_%s_%r.dbf", "5fa0_1_12_99.dbf", Some((12, 99)))]
    #[case::of_another_format("%t_%s_%r.dbf", "1_12_99.arc", None)]
    #[case::half_written("%t_%s_%r.dbf", "1_12_99.dbf.ovm-part", None)]
    #[case::no_incarnation("%t_%s.dbf", "1_12.dbf", None)]
    fn a_name_tells_sequence_and_incarnation(
        #[case] format: &str,
        #[case] name: &str,
        #[case] wanted: Option<(u64, u64)>,
    ) {
        let wanted = wanted.map(|(sequence, resetlogs_id)| LogName { sequence, resetlogs_id });
        assert_eq!(LogName::parse(format, name), wanted);
    }
}
