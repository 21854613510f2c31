//! FORMAT: how a piece gets its handle (Backup and Recovery Reference, formatSpec).

use super::{dates, stack::Failure, words};
use crate::{context::Oracle, db::stamp};

/// What the elements stand for.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Naming {
    pub oracle: Oracle,
    pub dbid: u32,
    pub db_name: String,
    pub set_count: u32,
    pub set_stamp: u64,
    pub piece: u32,
    pub copy: u32,
    pub time: i64,
    /// File number and tablespace where the set has one file, else nothing.
    pub file: Option<u32>,
}

/// The handle that a format makes. RMAN-06492-like refusal for an element that does not exist.
pub fn expand(format: &str, naming: &Naming) -> Result<String, Failure> {
    let mut text = String::new();
    let mut chars = format.chars();
    while let Some(char) = chars.next() {
        match (char, char == '%') {
            (_, true) => text.push_str(&element(chars.next(), format, naming)?),
            (char, false) => text.push(char),
        }
    }
    Ok(text)
}

fn element(letter: Option<char>, format: &str, naming: &Naming) -> Result<String, Failure> {
    let day = dates::compact_day(naming.time);
    Ok(match letter {
        Some('U') => expand(words::unique(naming.oracle), naming)?,
        Some('u') => short(naming.set_count, naming.set_stamp),
        Some('d') => naming.db_name.clone(),
        Some('n') => format!("{:x<8}", naming.db_name),
        Some('I') => naming.dbid.to_string(),
        Some('s') => naming.set_count.to_string(),
        Some('p') => naming.piece.to_string(),
        Some('c') => naming.copy.to_string(),
        Some('t') => naming.set_stamp.to_string(),
        Some('T') => day,
        Some('Y') => day[..4].to_owned(),
        Some('M') => day[4..6].to_owned(),
        Some('D') => day[6..].to_owned(),
        Some('f') => naming.file.map_or_else(String::new, |file| file.to_string()),
        Some('F') => format!("c-{}-{day}-00", naming.dbid),
        Some('%') => "%".to_owned(),
        _ => {
            let text = format!("invalid format \"{format}\"");
            return Err(Failure::ora(19715, "invalid format  for generated name").text(text));
        }
    })
}

/// `%u`: two digits to base 32 of the set number, six of the stamp (public logs show it so).
fn short(set_count: u32, set_stamp: u64) -> String {
    digits(u64::from(set_count), 2) + &digits(set_stamp, 6)
}

fn digits(value: u64, count: u32) -> String {
    (0..count).rev().map(|at| char::from_digit(((value >> (5 * at)) & 31) as u32, 32).unwrap_or('0')).collect()
}

/// The name of a control file autobackup, `c-<DBID>-<YYYYMMDD>-<QQ>`: QQ counts in hexadecimal from 00.
#[must_use]
pub fn autobackup(dbid: u32, time: i64, number: u32) -> String {
    format!("c-{dbid}-{}-{number:02x}", dates::compact_day(time))
}

/// A set's stamp.
#[must_use]
pub fn set_stamp(time: i64) -> u64 {
    stamp(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn naming(oracle: Oracle) -> Naming {
        Naming {
            oracle,
            dbid: 1_234_567_890,
            db_name: "ORCL".into(),
            set_count: 23_375,
            set_stamp: 1_214_086_881,
            piece: 1,
            copy: 1,
            time: 1_760_000_000,
            file: Some(4),
        }
    }

    #[rstest]
    #[case("%U", Oracle::V19, "qf45qvn1_23375_1_1")]
    #[case("%U", Oracle::V11_2, "qf45qvn1_1_1")]
    #[case("sm_%d_%I_%s_%p_%t", Oracle::V19, "sm_ORCL_1234567890_23375_1_1214086881")]
    #[case("%n-%c-%f%%", Oracle::V19, "ORCLxxxx-1-4%")]
    fn elements(#[case] format: &str, #[case] oracle: Oracle, #[case] expected: &str) {
        assert_eq!(expand(format, &naming(oracle)).unwrap(), expected);
    }

    #[test]
    fn an_unknown_element_is_refused() {
        assert!(expand("x_%Z", &naming(Oracle::V19)).unwrap_err().has("ORA-19715"));
        assert!(expand("x_%", &naming(Oracle::V19)).is_err());
    }
}
