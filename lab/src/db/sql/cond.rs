//! Conditions: what may stand after WHERE, ON, HAVING and WHEN.

use super::query::Translator;
use super::scope::Scope;
use super::typed::{Typed, common};
use super::{Sql, SqlError};
use crate::db::view::Kind;
use sqlparser::ast::{BinaryOperator, Expr, Query, UnaryOperator, Value};

impl Translator<'_> {
    /// One condition.
    pub fn condition(&mut self, expr: &Expr, scope: &Scope<'_>) -> Sql<Typed> {
        match expr {
            Expr::Nested(inner) => {
                let typed = self.condition(inner, scope)?;
                Ok(typed.cast(format!("({})", typed.sql), typed.kind))
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
                let typed = self.condition(expr, scope)?;
                Ok(typed.cast(format!("(NOT {})", typed.sql), typed.kind))
            }
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => self.both(left, "AND", right, scope),
            Expr::BinaryOp { left, op: BinaryOperator::Or, right } => self.both(left, "OR", right, scope),
            Expr::BinaryOp { left, op, right } => {
                let word =
                    relation(op).ok_or_else(|| SqlError::at(self.place(expr), 920, "invalid relational operator"))?;
                self.compare(left, word, right, scope)
            }
            Expr::IsNull(inner) => self.suffixed(inner, "IS NULL", scope),
            Expr::IsNotNull(inner) => self.suffixed(inner, "IS NOT NULL", scope),
            other => self.set_condition(other, scope),
        }
    }

    fn set_condition(&mut self, expr: &Expr, scope: &Scope<'_>) -> Sql<Typed> {
        match expr {
            Expr::InList { expr, list, negated } => self.in_list(expr, list, *negated, scope),
            Expr::InSubquery { expr, subquery, negated } => self.in_query(expr, subquery, *negated, scope),
            Expr::Between { expr, negated, low, high } => {
                let (low, high) = (self.compare(expr, ">=", low, scope)?, self.compare(expr, "<=", high, scope)?);
                let not = if *negated { "NOT " } else { "" };
                Ok(Typed::of(format!("({not}({} AND {}))", low.sql, high.sql), Kind::Number, &[&low, &high]))
            }
            Expr::Like { negated, expr, pattern, escape_char, .. } => {
                self.like(expr, pattern, escape_char.as_deref(), *negated, scope)
            }
            Expr::Exists { subquery, negated } => {
                let inner = self.query(subquery, Some(scope))?;
                let not = if *negated { "NOT " } else { "" };
                Ok(Typed::new(format!("({not}EXISTS ({}))", inner.sql), Kind::Number))
            }
            Expr::AnyOp { .. } | Expr::AllOp { .. } => Err(SqlError::unbuilt(self.place(expr))),
            other => {
                // The operand may itself be wrong, which is said first.
                self.expr(other, scope)?;
                Err(SqlError::at(self.place(other), 920, "invalid relational operator"))
            }
        }
    }

    fn both(&mut self, left: &Expr, word: &str, right: &Expr, scope: &Scope<'_>) -> Sql<Typed> {
        let (a, b) = (self.condition(left, scope)?, self.condition(right, scope)?);
        Ok(Typed::of(format!("({} {word} {})", a.sql, b.sql), Kind::Number, &[&a, &b]))
    }

    fn suffixed(&mut self, inner: &Expr, suffix: &str, scope: &Scope<'_>) -> Sql<Typed> {
        let typed = self.expr(inner, scope)?;
        Ok(Typed::of(format!("({} {suffix})", typed.sql), Kind::Number, &[&typed]))
    }

    /// A comparison in the operands' common type.
    pub fn compare(&mut self, left: &Expr, word: &str, right: &Expr, scope: &Scope<'_>) -> Sql<Typed> {
        let (a, b) = (self.expr(left, scope)?, self.expr(right, scope)?);
        self.related(&a, word, &b).map_err(|mut e| {
            if e.at == 0 {
                e.at = self.place(right);
            }
            e
        })
    }

    fn related(&self, a: &Typed, word: &str, b: &Typed) -> Sql<Typed> {
        let kind = common(a.kind, b.kind);
        let (a, b) = (a.like(kind, self.context.masks)?, b.like(kind, self.context.masks)?);
        Ok(Typed::of(format!("({} {word} {})", a.sql, b.sql), Kind::Number, &[&a, &b]))
    }

    fn in_list(&mut self, expr: &Expr, list: &[Expr], negated: bool, scope: &Scope<'_>) -> Sql<Typed> {
        let mut tests = Vec::new();
        for item in list {
            tests.push(self.compare(expr, "=", item, scope)?);
        }
        let sql: Vec<_> = tests.iter().map(|t| t.sql.clone()).collect();
        let not = if negated { "NOT " } else { "" };
        Ok(Typed::of(format!("({not}({}))", sql.join(" OR ")), Kind::Number, &tests.iter().collect::<Vec<_>>()))
    }

    fn in_query(&mut self, expr: &Expr, query: &Query, negated: bool, scope: &Scope<'_>) -> Sql<Typed> {
        let left = match expr {
            Expr::Tuple(items) => items.iter().map(|e| self.expr(e, scope)).collect::<Sql<Vec<_>>>()?,
            other => vec![self.expr(other, scope)?],
        };
        let inner = self.query(query, Some(scope))?;
        if inner.columns.len() != left.len() {
            let (code, text) =
                if inner.columns.len() > left.len() { (913, "too many values") } else { (947, "not enough values") };
            return Err(SqlError::at(self.place(query), code, text));
        }
        let mut parts = Vec::new();
        for (typed, (_, kind)) in left.iter().zip(&inner.columns) {
            parts.push(typed.like(*kind, self.context.masks)?.sql);
        }
        let row = if parts.len() == 1 { parts.remove(0) } else { format!("({})", parts.join(", ")) };
        let not = if negated { "NOT " } else { "" };
        Ok(Typed::of(format!("({row} {not}IN ({}))", inner.sql), Kind::Number, &left.iter().collect::<Vec<_>>()))
    }

    /// LIKE with ESCAPE; ORA-01425 for an escape that is not one character.
    fn like(
        &mut self,
        expr: &Expr,
        pattern: &Expr,
        escape: Option<&Expr>,
        negated: bool,
        scope: &Scope<'_>,
    ) -> Sql<Typed> {
        let masks = self.context.masks;
        let (a, b) = (self.expr(expr, scope)?.text(masks), self.expr(pattern, scope)?.text(masks));
        let escape = match escape {
            None => String::new(),
            Some(Expr::Value(v)) => match &v.value {
                Value::SingleQuotedString(c) if c.chars().count() == 1 => format!(" ESCAPE {}", super::typed::quote(c)),
                _ => {
                    return Err(SqlError::at(
                        self.word("ESCAPE"),
                        1425,
                        "escape character must be character string of length 1",
                    ));
                }
            },
            Some(other) => return Err(SqlError::unbuilt(self.place(other))),
        };
        let not = if negated { "NOT " } else { "" };
        Ok(Typed::of(format!("({} {not}LIKE {}{escape})", a.sql, b.sql), Kind::Number, &[&a, &b]))
    }
}

const fn relation(op: &BinaryOperator) -> Option<&'static str> {
    Some(match op {
        BinaryOperator::Eq => "=",
        BinaryOperator::NotEq => "<>",
        BinaryOperator::Lt => "<",
        BinaryOperator::LtEq => "<=",
        BinaryOperator::Gt => ">",
        BinaryOperator::GtEq => ">=",
        _ => return None,
    })
}
