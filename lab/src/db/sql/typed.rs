//! An expression on its way to SQLite: its text there, and its Oracle type.

use super::Sql;
use super::SqlError;
use crate::db::view::Kind;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    /// SQLite's text.
    pub sql: String,
    /// Oracle's type.
    pub kind: Kind,
    /// Whether a group function is inside.
    pub group: bool,
    /// Columns of the same query that stand outside group functions.
    pub bare: Vec<String>,
}

impl Typed {
    /// Without columns.
    pub fn new(sql: impl Into<String>, kind: Kind) -> Self {
        Self { sql: sql.into(), kind, group: false, bare: Vec::new() }
    }

    /// Made from others.
    pub fn of(sql: impl Into<String>, kind: Kind, parts: &[&Self]) -> Self {
        let bare = parts.iter().flat_map(|p| p.bare.iter().cloned()).collect();
        Self { sql: sql.into(), kind, group: parts.iter().any(|p| p.group), bare }
    }

    /// The same with another text and type.
    pub fn cast(&self, sql: String, kind: Kind) -> Self {
        Self { sql, kind, ..self.clone() }
    }

    /// As VARCHAR2.
    pub fn text(&self, masks: &super::query::Masks) -> Self {
        match self.kind {
            Kind::Text(_) | Kind::Null => self.clone(),
            Kind::Number => self.cast(format!("o_num_text({})", self.sql), Kind::Text(40)),
            Kind::Date => self.cast(format!("o_date_text({}, {})", self.sql, quote(&masks.date)), width(&masks.date)),
            Kind::Stamp => {
                self.cast(format!("o_stamp_text({}, {})", self.sql, quote(&masks.stamp)), width(&masks.stamp))
            }
        }
    }

    /// As NUMBER: ORA-01722 when it runs, ORA-00932 for dates.
    pub fn number(&self) -> Sql<Self> {
        match self.kind {
            Kind::Number | Kind::Null => Ok(self.clone()),
            Kind::Text(_) => Ok(self.cast(format!("o_number({})", self.sql), Kind::Number)),
            Kind::Date | Kind::Stamp => {
                Err(SqlError::at(0, 932, format!("inconsistent datatypes: expected NUMBER got {}", self.name())))
            }
        }
    }

    /// As DATE.
    pub fn date(&self, masks: &super::query::Masks) -> Sql<Self> {
        match self.kind {
            Kind::Date | Kind::Null => Ok(self.clone()),
            Kind::Stamp => Ok(self.cast(format!("o_stamp_date({})", self.sql), Kind::Date)),
            Kind::Text(_) => Ok(self.cast(format!("o_to_date({}, {})", self.sql, quote(&masks.date)), Kind::Date)),
            Kind::Number => Err(SqlError::at(0, 932, "inconsistent datatypes: expected DATE got NUMBER")),
        }
    }

    /// As TIMESTAMP WITH TIME ZONE.
    pub fn stamp(&self, masks: &super::query::Masks) -> Sql<Self> {
        match self.kind {
            Kind::Stamp | Kind::Null => Ok(self.clone()),
            Kind::Date => Ok(self.cast(format!("o_date_stamp({})", self.sql), Kind::Stamp)),
            Kind::Text(_) => Ok(self.cast(format!("o_to_stamp({}, {})", self.sql, quote(&masks.stamp)), Kind::Stamp)),
            Kind::Number => Err(SqlError::at(0, 932, "inconsistent datatypes: expected TIMESTAMP got NUMBER")),
        }
    }

    /// As a kind that another operand has.
    pub fn like(&self, kind: Kind, masks: &super::query::Masks) -> Sql<Self> {
        match kind {
            Kind::Number => self.number(),
            Kind::Date => self.date(masks),
            Kind::Stamp => self.stamp(masks),
            Kind::Text(_) => Ok(self.text(masks)),
            Kind::Null => Ok(self.clone()),
        }
    }

    /// The type's name in ORA-00932.
    pub const fn name(&self) -> &'static str {
        match self.kind {
            Kind::Number => "NUMBER",
            Kind::Date => "DATE",
            Kind::Stamp => "TIMESTAMP WITH TIME ZONE",
            Kind::Text(_) | Kind::Null => "CHAR",
        }
    }
}

/// The type in which two operands are compared: dates before numbers before text (SQL Language Reference, "Data Type
/// Precedence").
pub fn common(a: Kind, b: Kind) -> Kind {
    match (a, b) {
        (Kind::Null, other) | (other, Kind::Null) => other,
        (Kind::Stamp, _) | (_, Kind::Stamp) => Kind::Stamp,
        (Kind::Date, _) | (_, Kind::Date) => Kind::Date,
        (Kind::Number, _) | (_, Kind::Number) => Kind::Number,
        (Kind::Text(a), Kind::Text(b)) => Kind::Text(a.max(b)),
    }
}

fn width(mask: &str) -> Kind {
    Kind::Text(super::mask::width(mask))
}

/// A text literal of SQLite.
pub fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name of SQLite.
pub fn name(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
