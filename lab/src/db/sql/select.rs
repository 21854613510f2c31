//! SELECT … FROM … WHERE … GROUP BY … HAVING … ORDER BY.

use super::from::{Part, optional};
use super::query::{Emitted, Translator};
use super::scope::{Scope, ident};
use super::typed::{Typed, name};
use super::{Sql, SqlError};
use crate::context::Oracle;
use crate::db::view::Kind;
use sqlparser::ast::{
    BinaryOperator, Distinct, Expr, GroupByExpr, OrderBy, OrderByExpr, OrderByKind, OrderBySort, Select, SelectItem,
    SelectItemQualifiedWildcardKind, Value,
};

/// A column of the select list.
struct Item {
    name: String,
    typed: Typed,
    at: usize,
}

impl Translator<'_> {
    /// One query block.
    pub fn select(&mut self, select: &Select, order: Option<&OrderBy>, parent: Option<&Scope<'_>>) -> Sql<Emitted> {
        self.refuse(select)?;
        let mut scope = Scope { parent, ..Scope::default() };
        let parts = self.from(&select.from, &mut scope)?;
        let (conditions, limit) = rownum(select.selection.as_ref());
        let mut source = self.source(parts, &conditions, &scope)?;
        if let Some(limit) = limit {
            source = fold(&source, &scope, limit);
            scope.flat = true;
        }
        let items = self.items(&select.projection, &scope)?;
        let group = self.group(&select.group_by, &scope)?;
        let having = select.having.as_ref().map(|h| self.condition(h, &scope)).transpose()?;
        grouped(&items, &group, having.is_some())?;
        let columns: Vec<_> = items.iter().map(|i| (i.name.clone(), i.typed.kind)).collect();
        let order = order.map(|o| self.order(o, &scope, &columns)).transpose()?.unwrap_or_default();
        let distinct = if matches!(select.distinct, Some(Distinct::Distinct)) { "DISTINCT " } else { "" };
        let list: Vec<_> = items.iter().map(|i| format!("{} AS {}", i.typed.sql, name(&i.name))).collect();
        let group = if group.is_empty() { String::new() } else { format!(" GROUP BY {}", group.join(", ")) };
        let having = having.map(|h| format!(" HAVING {}", h.sql)).unwrap_or_default();
        Ok(Emitted { sql: format!("SELECT {distinct}{}{source}{group}{having}{order}", list.join(", ")), columns })
    }

    /// What the parser takes and Oracle does not, or what is not built.
    fn refuse(&self, select: &Select) -> Sql<()> {
        let at = self.place(&select.select_token.0);
        if select.from.is_empty() && self.context.world.release < Oracle::V23 {
            let end = self.context.text.trim_end().chars().count();
            return Err(SqlError::at(end, 923, "FROM keyword not found where expected"));
        }
        if select.top.is_some() || select.into.is_some() || select.qualify.is_some() {
            return Err(SqlError::at(at, 923, "FROM keyword not found where expected"));
        }
        if select.connect_by.is_empty() { Ok(()) } else { Err(SqlError::unbuilt(self.word("CONNECT"))) }
    }

    /// FROM and WHERE; tables that `(+)` makes optional come last.
    fn source(&mut self, parts: Vec<Part>, conditions: &[&Expr], scope: &Scope<'_>) -> Sql<String> {
        let mut wanted = Vec::new();
        let mut on: Vec<(String, Vec<String>)> = Vec::new();
        for condition in conditions {
            let typed = self.condition(condition, scope)?;
            if typed.group {
                return Err(SqlError::at(self.place(*condition), 934, "group function is not allowed here"));
            }
            match optional(condition, scope) {
                Some(alias) => match on.iter_mut().find(|(a, _)| *a == alias) {
                    Some((_, list)) => list.push(typed.sql),
                    None => on.push((alias, vec![typed.sql])),
                },
                None => wanted.push(typed.sql),
            }
        }
        if parts.is_empty() {
            return Ok(String::new());
        }
        let filter = if wanted.is_empty() { String::new() } else { format!(" WHERE {}", wanted.join(" AND ")) };
        Ok(format!(" FROM {}{filter}", joined(&parts, &on)))
    }

    fn items(&mut self, projection: &[SelectItem], scope: &Scope<'_>) -> Sql<Vec<Item>> {
        let mut items = Vec::new();
        for item in projection {
            match item {
                SelectItem::UnnamedExpr(expr) => {
                    let typed = self.expr(expr, scope)?;
                    items.push(Item { name: heading(expr), typed, at: self.place(expr) });
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    let typed = self.expr(expr, scope)?;
                    items.push(Item { name: ident(alias), typed, at: self.place(expr) });
                }
                SelectItem::Wildcard(_) => items.extend(all(scope, None)),
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(table), _) => {
                    let alias = table.0.last().and_then(|p| p.as_ident()).map(ident).unwrap_or_default();
                    let columns = all(scope, Some(&alias));
                    if columns.is_empty() {
                        let at = self.place(table);
                        return Err(SqlError::at(at, 904, format!("\"{alias}\": invalid identifier")));
                    }
                    items.extend(columns);
                }
                other => return Err(SqlError::unbuilt(self.place(other))),
            }
        }
        Ok(items)
    }

    fn group(&mut self, group: &GroupByExpr, scope: &Scope<'_>) -> Sql<Vec<String>> {
        let GroupByExpr::Expressions(list, modifiers) = group else {
            return Err(SqlError::unbuilt(self.word("GROUP")));
        };
        if !modifiers.is_empty() {
            return Err(SqlError::unbuilt(self.word("GROUP")));
        }
        let mut out = Vec::new();
        for expr in list {
            let typed = self.expr(expr, scope)?;
            if typed.group {
                return Err(SqlError::at(self.place(expr), 934, "group function is not allowed here"));
            }
            out.push(typed.sql);
        }
        Ok(out)
    }

    /// ORDER BY. Nulls come last going up and first going down, unless it says otherwise.
    pub fn order(&mut self, order: &OrderBy, scope: &Scope<'_>, columns: &[(String, Kind)]) -> Sql<String> {
        let OrderByKind::Expressions(list) = &order.kind else { return Err(SqlError::unbuilt(self.word("ORDER"))) };
        let mut out = Vec::new();
        for item in list {
            out.push(self.order_item(item, scope, columns)?);
        }
        Ok(format!(" ORDER BY {}", out.join(", ")))
    }

    fn order_item(&mut self, item: &OrderByExpr, scope: &Scope<'_>, columns: &[(String, Kind)]) -> Sql<String> {
        let key = match &item.expr {
            Expr::Value(v) => self.position(&v.value, columns.len(), self.place(&item.expr))?,
            Expr::Identifier(alias) if columns.iter().any(|(n, _)| *n == ident(alias)) => name(&ident(alias)),
            other => self.expr(other, scope)?.sql,
        };
        let down = item.options.sort == Some(OrderBySort::Desc);
        let first = item.options.nulls_first.unwrap_or(down);
        Ok(format!("{key} {} NULLS {}", if down { "DESC" } else { "ASC" }, if first { "FIRST" } else { "LAST" }))
    }

    fn position(&self, value: &Value, count: usize, at: usize) -> Sql<String> {
        let Value::Number(text, _) = value else { return Ok("NULL".into()) };
        match text.parse::<usize>() {
            Ok(n) if (1..=count).contains(&n) => Ok(n.to_string()),
            _ => Err(SqlError::at(at, 1785, "ORDER BY item must be the number of a SELECT-list expression")),
        }
    }
}

fn joined(parts: &[Part], on: &[(String, Vec<String>)]) -> String {
    let is_optional = |p: &&Part| on.iter().any(|(alias, _)| *alias == p.alias);
    let fixed: Vec<_> = parts.iter().filter(|p| !is_optional(p)).map(|p| p.sql.clone()).collect();
    let mut sql = fixed.join(", ");
    for part in parts.iter().filter(is_optional) {
        let conditions = on.iter().find(|(alias, _)| *alias == part.alias).map(|(_, c)| c.join(" AND "));
        sql = format!("{sql} LEFT JOIN {} ON {}", part.sql, conditions.unwrap_or_default());
    }
    sql
}

/// Splits WHERE at its ANDs and takes `ROWNUM <= n` out.
fn rownum(selection: Option<&Expr>) -> (Vec<&Expr>, Option<i64>) {
    let (mut conditions, mut limit) = (Vec::new(), None);
    let mut todo: Vec<&Expr> = selection.into_iter().collect();
    while let Some(expr) = todo.pop() {
        match expr {
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => todo.extend([right.as_ref(), left.as_ref()]),
            Expr::Nested(inner) if matches!(**inner, Expr::BinaryOp { op: BinaryOperator::And, .. }) => {
                todo.push(inner)
            }
            other => match row_limit(other) {
                Some(n) => limit = Some(limit.map_or(n, |l: i64| l.min(n))),
                None => conditions.push(other),
            },
        }
    }
    (conditions, limit)
}

fn row_limit(expr: &Expr) -> Option<i64> {
    let Expr::BinaryOp { left, op, right } = expr else { return None };
    let Expr::Identifier(word) = left.as_ref() else { return None };
    let Expr::Value(value) = right.as_ref() else { return None };
    let Value::Number(text, _) = &value.value else { return None };
    let n: i64 = if ident(word) == "ROWNUM" { text.parse().ok()? } else { return None };
    match op {
        BinaryOperator::LtEq => Some(n),
        BinaryOperator::Lt => Some(n - 1),
        // The first row found has the number 1; no other number is ever reached.
        BinaryOperator::Eq => Some(i64::from(n == 1)),
        _ => None,
    }
}

/// ROWNUM counts rows before they are grouped or ordered: the tables become one subquery with a limit.
fn fold(source: &str, scope: &Scope<'_>, limit: i64) -> String {
    let columns = scope.sources.iter().flat_map(|s| s.columns.iter().map(move |(c, _)| (s, c)));
    let list: Vec<_> = columns
        .map(|(s, c)| format!("{} AS {}", scope.column(&s.alias, c), name(&format!("{}.{c}", s.alias))))
        .collect();
    format!(" FROM (SELECT {}{source} LIMIT {limit})", list.join(", "))
}

fn all(scope: &Scope<'_>, alias: Option<&str>) -> Vec<Item> {
    let named = scope.sources.iter().filter(|s| alias.is_none_or(|a| a == s.alias));
    let item = |alias: &str, column: &str, kind: Kind| {
        let sql = scope.column(alias, column);
        let typed = Typed { bare: vec![sql.clone()], sql, kind, group: false };
        Item { name: column.to_owned(), typed, at: 0 }
    };
    named.flat_map(|s| s.columns.iter().map(move |(c, kind)| item(&s.alias, c, *kind))).collect()
}

/// A column without alias is named by its own text, in upper case and without blanks.
fn heading(expr: &Expr) -> String {
    match expr {
        Expr::Identifier(column) => ident(column),
        Expr::CompoundIdentifier(parts) => parts.last().map(ident).unwrap_or_default(),
        other => other.to_string().to_uppercase().split_whitespace().collect(),
    }
}

/// ORA-00937 and ORA-00979: columns that are neither grouped nor inside a group function.
fn grouped(items: &[Item], group: &[String], having: bool) -> Sql<()> {
    let whole = |i: &Item| group.contains(&i.typed.sql) || i.typed.bare.iter().all(|b| group.contains(b));
    let Some(wrong) = items.iter().find(|i| !whole(i)) else { return Ok(()) };
    if !group.is_empty() {
        return Err(SqlError::at(wrong.at, 979, "not a GROUP BY expression"));
    }
    if having || items.iter().any(|i| i.typed.group) {
        return Err(SqlError::at(wrong.at, 937, "not a single-group group function"));
    }
    Ok(())
}
