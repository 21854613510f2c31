//! Which columns a query sees.

use super::typed::{Typed, name};
use super::{Sql, SqlError};
use crate::db::view::Kind;
use sqlparser::ast::Ident;

/// A table of a FROM clause.
#[derive(Debug, Clone)]
pub struct Source {
    /// How it is called.
    pub alias: String,
    /// Its columns.
    pub columns: Vec<(String, Kind)>,
}

/// The FROM clause of a query, inside that of another.
#[derive(Debug, Default)]
pub struct Scope<'p> {
    /// Its tables.
    pub sources: Vec<Source>,
    /// Columns that JOIN … USING made one.
    pub shared: Vec<String>,
    /// Whether the tables were folded into one subquery with columns named `ALIAS.COLUMN` (for ROWNUM).
    pub flat: bool,
    /// The query around.
    pub parent: Option<&'p Scope<'p>>,
}

/// An identifier as Oracle reads it.
pub fn ident(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_uppercase() }
}

impl Scope<'_> {
    /// How a column of a source is written.
    pub fn column(&self, alias: &str, column: &str) -> String {
        if self.flat { name(&format!("{alias}.{column}")) } else { format!("{}.{}", name(alias), name(column)) }
    }

    /// The columns that fit.
    fn matching(&self, alias: Option<&str>, column: &str) -> Vec<(&Source, Kind)> {
        let of = |s: &Source| s.columns.iter().find(|(n, _)| n == column).map(|(_, kind)| *kind);
        let named = self.sources.iter().filter(|s| alias.is_none_or(|a| s.alias == a));
        named.filter_map(|s| of(s).map(|kind| (s, kind))).collect()
    }

    fn here(&self, alias: Option<&str>, column: &str, at: usize) -> Sql<Option<Typed>> {
        let found = self.matching(alias, column);
        let merged = self.shared.iter().any(|c| c == column);
        match found.as_slice() {
            [] => Ok(None),
            [(source, kind), rest @ ..] if rest.is_empty() || merged => {
                let sql = self.column(&source.alias, column);
                let bare = vec![sql.clone()];
                Ok(Some(Typed { sql, kind: *kind, group: false, bare }))
            }
            _ => Err(SqlError::at(at, 918, "column ambiguously defined")),
        }
    }

    /// Finds a column; ORA-00904 and ORA-00918.
    pub fn resolve(&self, parts: &[Ident], at: usize) -> Sql<Typed> {
        let names: Vec<_> = parts.iter().map(ident).collect();
        let (column, alias) = match names.as_slice() {
            [column] => (column, None),
            // SYS.V_$DATABASE.NAME: the schema is of no further use.
            [.., table, column] => (column, Some(table.as_str())),
            [] => return Err(SqlError::at(at, 936, "missing expression")),
        };
        if let Some(typed) = self.here(alias, column, at)? {
            return Ok(typed);
        }
        let mut outer = self.parent;
        while let Some(scope) = outer {
            if let Some(typed) = scope.here(alias, column, at)? {
                return Ok(Typed::new(typed.sql, typed.kind));
            }
            outer = scope.parent;
        }
        let shown: Vec<_> = names.iter().map(|n| format!("\"{n}\"")).collect();
        Err(SqlError::at(at, 904, format!("{}: invalid identifier", shown.join("."))))
    }
}
