//! A value of a view.

use std::path::{Path, PathBuf};

/// A value. Times are kept as the engine has them; the SQL side turns them into the database's time zone.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// NULL
    Null,
    /// NUMBER
    Int(i64),
    /// NUMBER with a fraction.
    Real(f64),
    /// VARCHAR2
    Text(String),
    /// DATE: seconds since the epoch.
    Date(i64),
    /// TIMESTAMP WITH TIME ZONE: microseconds since the epoch.
    Stamp(i64),
}

/// Named values; columns that are not named are null.
pub type Row = Vec<(&'static str, Cell)>;

impl From<u32> for Cell {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<i32> for Cell {
    fn from(value: i32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<u64> for Cell {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or(Self::Real(value as f64), Self::Int)
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<usize> for Cell {
    fn from(value: usize) -> Self {
        Self::from(value as u64)
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        if value.is_empty() { Self::Null } else { Self::Text(value.to_owned()) }
    }
}

impl From<&String> for Cell {
    fn from(value: &String) -> Self {
        Self::from(value.as_str())
    }
}

impl From<String> for Cell {
    fn from(value: String) -> Self {
        Self::from(value.as_str())
    }
}

impl From<&Path> for Cell {
    fn from(value: &Path) -> Self {
        Self::from(value.to_string_lossy().as_ref())
    }
}

impl From<&PathBuf> for Cell {
    fn from(value: &PathBuf) -> Self {
        Self::from(value.as_path())
    }
}

impl From<char> for Cell {
    fn from(value: char) -> Self {
        Self::Text(value.to_string())
    }
}

/// YES or NO, as most views write a truth.
impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Self::from(if value { "YES" } else { "NO" })
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A DATE; 0 is unknown.
#[must_use]
pub fn date(seconds: i64) -> Cell {
    if seconds == 0 { Cell::Null } else { Cell::Date(seconds) }
}

/// Writes a row: `row!["FILE#" => 1, "NAME" => path]`.
macro_rules! row {
    ($($name:literal => $value:expr),* $(,)?) => { vec![$(($name, $crate::db::view::Cell::from($value))),*] };
}
pub(crate) use row;
