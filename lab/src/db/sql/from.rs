//! The FROM clause.

use super::query::Translator;
use super::scope::{Scope, Source, ident};
use super::typed::name;
use super::{Sql, SqlError};
use crate::context::Oracle;
use crate::db::view::{self, Kind};
use sqlparser::ast::{
    Expr, Ident, Join, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, TableAlias, TableFactor,
    TableWithJoins,
};

/// A table in SQLite's words.
pub struct Part {
    /// SQLite's text.
    pub sql: String,
    /// Its alias, for `(+)`.
    pub alias: String,
}

impl Translator<'_> {
    /// All tables, each entered into the scope.
    pub fn from(&mut self, from: &[TableWithJoins], scope: &mut Scope<'_>) -> Sql<Vec<Part>> {
        let mut parts = Vec::new();
        for table in from {
            let mut part = self.factor(&table.relation, scope)?;
            for join in &table.joins {
                let sql = self.join(join, scope)?;
                part.sql.push_str(&sql);
            }
            parts.push(part);
        }
        Ok(parts)
    }

    fn join(&mut self, join: &Join, scope: &mut Scope<'_>) -> Sql<String> {
        let right = self.factor(&join.relation, scope)?.sql;
        let (word, constraint) = match &join.join_operator {
            JoinOperator::Join(c) | JoinOperator::Inner(c) => ("JOIN", c),
            JoinOperator::Left(c) | JoinOperator::LeftOuter(c) => ("LEFT JOIN", c),
            JoinOperator::Right(c) | JoinOperator::RightOuter(c) => ("RIGHT JOIN", c),
            JoinOperator::FullOuter(c) => ("FULL JOIN", c),
            JoinOperator::CrossJoin(c) => ("CROSS JOIN", c),
            _ => return Err(SqlError::unbuilt(0)),
        };
        Ok(match constraint {
            JoinConstraint::On(condition) => format!(" {word} {right} ON {}", self.condition(condition, scope)?.sql),
            JoinConstraint::Using(columns) => {
                let shared: Vec<_> = columns.iter().filter_map(|c| c.0.first()?.as_ident().map(ident)).collect();
                let list: Vec<_> = shared.iter().map(|c| name(c)).collect();
                scope.shared.extend(shared);
                format!(" {word} {right} USING ({})", list.join(", "))
            }
            JoinConstraint::Natural => return Err(SqlError::unbuilt(0)),
            JoinConstraint::None if word == "CROSS JOIN" => format!(" {word} {right}"),
            JoinConstraint::None => return Err(SqlError::at(0, 905, "missing keyword")),
        })
    }

    fn factor(&mut self, factor: &TableFactor, scope: &mut Scope<'_>) -> Sql<Part> {
        match factor {
            TableFactor::Table { name, alias, args: None, sample: None, .. } => self.table(name, alias.as_ref(), scope),
            TableFactor::Derived { lateral: false, subquery, alias, .. } => {
                let inner = self.query(subquery, scope.parent)?;
                let alias = self.alias(alias.as_ref())?.unwrap_or_else(|| format!("from${}", scope.sources.len()));
                scope.sources.push(Source { alias: alias.clone(), columns: inner.columns });
                Ok(Part { sql: format!("({}) AS {}", inner.sql, name(&alias)), alias })
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                let parts = self.from(std::slice::from_ref(table_with_joins), scope)?;
                let sql: Vec<_> = parts.into_iter().map(|p| p.sql).collect();
                Ok(Part { sql: format!("({})", sql.join(", ")), alias: String::new() })
            }
            other => Err(SqlError::unbuilt(self.place(other))),
        }
    }

    /// A table's alias; `AS` before it is no Oracle.
    fn alias(&self, alias: Option<&TableAlias>) -> Sql<Option<String>> {
        match alias {
            Some(a) if a.explicit => Err(SqlError::at(self.place_of(&a.name), 933, "SQL command not properly ended")),
            Some(a) => Ok(Some(ident(&a.name))),
            None => Ok(None),
        }
    }

    fn table(&mut self, object: &ObjectName, alias: Option<&TableAlias>, scope: &mut Scope<'_>) -> Sql<Part> {
        let parts: Vec<&Ident> = object.0.iter().filter_map(ObjectNamePart::as_ident).collect();
        let names: Vec<_> = parts.iter().map(|p| ident(p)).collect();
        let (own, columns) = self.find(&names, parts.last().map_or(0, |p| self.place_of(p)))?;
        let alias = self.alias(alias)?.unwrap_or_else(|| names.last().cloned().unwrap_or_default());
        scope.sources.push(Source { alias: alias.clone(), columns });
        Ok(Part { sql: format!("{} AS {}", name(&own), name(&alias)), alias })
    }

    /// A WITH query or a view: ORA-00942, or what the instance's state forbids.
    fn find(&mut self, names: &[String], at: usize) -> Sql<(String, Vec<(String, Kind)>)> {
        let release = self.context.world.release;
        let last = names.last().cloned().unwrap_or_default();
        if let Some((own, columns)) = self.named.iter().rev().find(|(n, _)| *n == last && names.len() == 1) {
            return Ok((own.clone(), columns.clone()));
        }
        let found = dictionary_name(names).and_then(|n| Some((view::find(&n, release)?, n)));
        // SYSOPER's schema PUBLIC may read nothing but DUAL.
        let hidden = self.context.user == "PUBLIC" && last != "DUAL";
        let Some((found, own)) = found.filter(|_| !hidden) else {
            return Err(missing(names, at, release, self.context.user));
        };
        found.allowed(self.context.world.facts.status, release).map_err(|error| SqlError { error, at })?;
        self.views.insert(own.clone());
        Ok((own, found.columns(release).iter().map(|c| (c.name.to_owned(), c.kind)).collect()))
    }
}

/// `V$X` and `GV$X` are public synonyms of `SYS.V_$X` and `SYS.GV_$X`; other views are SYS's own.
fn dictionary_name(names: &[String]) -> Option<String> {
    match names {
        [name] => Some(name.replacen("V_$", "V$", 1)),
        [schema, name] if schema == "SYS" && !name.starts_with("V$") && !name.starts_with("GV$") => {
            Some(name.replacen("V_$", "V$", 1))
        }
        _ => None,
    }
}

/// From 23ai on the message names the table.
fn missing(names: &[String], at: usize, release: Oracle, user: &str) -> SqlError {
    if release < Oracle::V23 {
        return SqlError::at(at, 942, "table or view does not exist");
    }
    let (schema, table) = match names {
        [schema, table] => (schema.as_str(), table.as_str()),
        _ => (user, names.last().map_or("", String::as_str)),
    };
    SqlError::at(at, 942, format!("table or view \"{schema}\".\"{table}\" does not exist"))
}

/// The table that a condition with `(+)` makes optional.
pub fn optional(expr: &Expr, scope: &Scope<'_>) -> Option<String> {
    match expr {
        Expr::OuterJoin(inner) => owner(inner, scope),
        Expr::BinaryOp { left, right, .. } => optional(left, scope).or_else(|| optional(right, scope)),
        Expr::Nested(inner) | Expr::IsNull(inner) | Expr::IsNotNull(inner) => optional(inner, scope),
        Expr::Like { expr, .. } | Expr::Between { expr, .. } => optional(expr, scope),
        _ => None,
    }
}

fn owner(expr: &Expr, scope: &Scope<'_>) -> Option<String> {
    match expr {
        Expr::CompoundIdentifier(parts) => parts.len().checked_sub(2).map(|n| ident(&parts[n])),
        Expr::Identifier(column) => {
            let column = ident(column);
            scope.sources.iter().find(|s| s.columns.iter().any(|(n, _)| *n == column)).map(|s| s.alias.clone())
        }
        _ => None,
    }
}
