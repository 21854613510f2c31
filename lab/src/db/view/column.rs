//! Columns in short: `NAME v513, FILE# n, CREATION_TIME d, CON_ID n +12`.
//! `n` NUMBER, `v<width>` VARCHAR2, `d` DATE, `t` TIMESTAMP WITH TIME ZONE; `+12` since 12.2, `-12` until then.

use crate::context::Oracle;
use serde::{Deserialize, Serialize};

/// A datatype, with what SQL*Plus needs to show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// NUMBER
    Number,
    /// VARCHAR2 of so many bytes.
    Text(u32),
    /// DATE
    Date,
    /// TIMESTAMP WITH TIME ZONE
    Stamp,
    /// The literal NULL.
    Null,
}

/// A column of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Upper case.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
}

/// The columns of a release. A word that is not in the notation is left out (a test walks all views).
#[must_use]
pub fn parse(text: &'static str, release: Oracle) -> Vec<Column> {
    text.split(',').filter_map(|item| one(item.trim(), release)).collect()
}

fn one(item: &'static str, release: Oracle) -> Option<Column> {
    let mut words = item.split_whitespace();
    let name = words.next()?;
    let kind = kind(words.next()?)?;
    words.all(|w| applies(w, release)).then_some(Column { name, kind })
}

fn kind(word: &str) -> Option<Kind> {
    match word {
        "n" => Some(Kind::Number),
        "d" => Some(Kind::Date),
        "t" => Some(Kind::Stamp),
        _ => word.strip_prefix('v')?.parse().ok().map(Kind::Text),
    }
}

fn applies(word: &str, release: Oracle) -> bool {
    let (sign, number) = word.split_at(1);
    let edge = match number {
        "12" => Oracle::V12_2,
        "19" => Oracle::V19,
        _ => Oracle::V23,
    };
    if sign == "+" { release >= edge } else { release < edge }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_lives_in_its_releases_only() {
        let text = "A n, B v9 +12, C d -12, D t +23";
        let names = |r| parse(text, r).iter().map(|c| c.name).collect::<Vec<_>>();
        assert_eq!(names(Oracle::V11_2), ["A", "C"]);
        assert_eq!(names(Oracle::V12_2), ["A", "B"]);
        assert_eq!(names(Oracle::V23), ["A", "B", "D"]);
    }

    #[test]
    fn every_word_of_every_view_is_in_the_notation() {
        for view in crate::db::view::all() {
            for item in view.columns.split(',') {
                let words: Vec<_> = item.split_whitespace().collect();
                assert!((2..=4).contains(&words.len()), "{}: `{item}`", view.name);
                assert!(kind(words[1]).is_some(), "{}: `{item}`", view.name);
                assert!(words[2..].iter().all(|w| ["+12", "+19", "+23", "-12", "-19", "-23"].contains(w)), "{item}");
            }
        }
    }
}
