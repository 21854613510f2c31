//! A query from its text to its rows.

use super::scope::Scope;
use super::typed::name;
use super::{Binds, OutColumn, Rows, Sql, SqlError, mask, sqlite, syntax};
use crate::context::Oracle;
use crate::db::session::Nls;
use crate::db::view::{Kind, World};
use sqlparser::ast::{Cte, Expr, LimitClause, OrderBy, Query, SetExpr, SetOperator, SetQuantifier, Spanned, With};
use std::collections::BTreeSet;

/// A session's masks.
pub type Masks = Nls;

/// What a query is read in.
pub struct Context<'a> {
    /// The statement.
    pub text: &'a str,
    /// The dictionary's world.
    pub world: &'a World<'a>,
    /// The session's masks.
    pub masks: &'a Masks,
    /// The session's user.
    pub user: &'a str,
    /// The session's SID.
    pub sid: u32,
    /// Its bind variables.
    pub binds: &'a Binds,
    /// Now, microseconds since the epoch.
    pub now: i64,
}

/// A query in SQLite's words.
pub struct Emitted {
    /// SQLite's text.
    pub sql: String,
    /// Its columns.
    pub columns: Vec<(String, Kind)>,
}

/// Translates one statement.
pub struct Translator<'a> {
    /// What it is read in.
    pub context: &'a Context<'a>,
    /// The views that are read, by the name in the statement.
    pub views: BTreeSet<String>,
    /// WITH queries by name.
    pub named: Vec<(String, Vec<(String, Kind)>)>,
}

/// Runs a query.
pub fn run(context: &Context<'_>) -> Sql<Rows> {
    let release = context.world.release;
    let query = syntax::parse(context.text, release)?;
    let mut t = Translator { context, views: BTreeSet::new(), named: Vec::new() };
    let emitted = t.query(&query, None)?;
    let rows = sqlite::evaluate(&emitted, &t.views, context)?;
    let columns = emitted.columns.into_iter().map(|(name, kind)| column(name, kind, context.masks)).collect();
    Ok(Rows { columns, rows })
}

fn column(name: String, kind: Kind, masks: &Masks) -> OutColumn {
    let width = match kind {
        Kind::Text(width) => width,
        Kind::Date => mask::width(&masks.date),
        Kind::Stamp => mask::width(&masks.stamp).max(75),
        Kind::Number => 40,
        Kind::Null => 1,
    };
    OutColumn { name, kind, width }
}

impl Translator<'_> {
    /// Where a piece of the tree stands in the text.
    pub fn place(&self, piece: &impl Spanned) -> usize {
        syntax::offset(self.context.text, piece.span().start)
    }

    /// Where a name stands in the text.
    pub fn place_of(&self, ident: &sqlparser::ast::Ident) -> usize {
        syntax::offset(self.context.text, ident.span.start)
    }

    /// Where a word stands in the text, for pieces without a place of their own.
    pub fn word(&self, word: &str) -> usize {
        let upper = self.context.text.to_uppercase();
        upper.find(word).map_or(0, |at| upper[..at].chars().count())
    }

    /// A query with all its clauses.
    pub fn query(&mut self, query: &Query, parent: Option<&Scope<'_>>) -> Sql<Emitted> {
        let known = self.named.len();
        let with = query.with.as_ref().map(|w| self.with(w)).transpose()?.unwrap_or_default();
        if !query.locks.is_empty() {
            return Err(SqlError::at(self.word("FOR"), 2030, "can only select from fixed tables/views"));
        }
        let body = match query.body.as_ref() {
            SetExpr::Select(select) => self.select(select, query.order_by.as_ref(), parent)?,
            other => self.set(other, query.order_by.as_ref(), parent)?,
        };
        let limit = self.limit(query)?;
        self.named.truncate(known);
        Ok(Emitted { sql: format!("{with}{}{limit}", body.sql), columns: body.columns })
    }

    fn with(&mut self, with: &With) -> Sql<String> {
        let mut parts = Vec::new();
        for cte in &with.cte_tables {
            parts.push(self.cte(cte)?);
        }
        Ok(format!("WITH {} ", parts.join(", ")))
    }

    fn cte(&mut self, cte: &Cte) -> Sql<String> {
        let mut query = self.query(&cte.query, None)?;
        for (column, alias) in query.columns.iter_mut().zip(&cte.alias.columns) {
            column.0 = super::scope::ident(&alias.name);
        }
        let own = super::scope::ident(&cte.alias.name);
        let columns: Vec<_> = query.columns.iter().map(|(n, _)| name(n)).collect();
        let sql = format!("{}({}) AS ({})", name(&own), columns.join(", "), query.sql);
        self.named.push((own, query.columns));
        Ok(sql)
    }

    /// UNION, INTERSECT and MINUS; their ORDER BY knows positions and names only.
    fn set(&mut self, body: &SetExpr, order: Option<&OrderBy>, parent: Option<&Scope<'_>>) -> Sql<Emitted> {
        let mut out = self.branch(body, parent)?;
        if let Some(order) = order {
            let tail = self.order(order, &Scope::default(), &out.columns)?;
            out.sql.push_str(&tail);
        }
        Ok(out)
    }

    fn branch(&mut self, body: &SetExpr, parent: Option<&Scope<'_>>) -> Sql<Emitted> {
        match body {
            SetExpr::Select(select) => self.select(select, None, parent),
            SetExpr::Query(query) => {
                let inner = self.query(query, parent)?;
                Ok(Emitted { sql: format!("SELECT * FROM ({})", inner.sql), columns: inner.columns })
            }
            SetExpr::SetOperation { left, op, set_quantifier, right } => {
                let (left, right) = (self.branch(left, parent)?, self.branch(right, parent)?);
                self.combine(left, *op, *set_quantifier, &right)
            }
            other => Err(SqlError::unbuilt(self.place(other))),
        }
    }

    fn combine(&self, left: Emitted, op: SetOperator, how: SetQuantifier, right: &Emitted) -> Sql<Emitted> {
        if left.columns.len() != right.columns.len() {
            return Err(SqlError::at(0, 1789, "query block has incorrect number of result columns"));
        }
        let kinds = left.columns.iter().zip(&right.columns);
        let mut columns = Vec::new();
        for ((name, a), (_, b)) in kinds {
            columns.push((name.clone(), same(*a, *b)?));
        }
        let word = match (op, how) {
            (SetOperator::Union, SetQuantifier::All) => "UNION ALL",
            (SetOperator::Union, SetQuantifier::None) => "UNION",
            (SetOperator::Intersect, SetQuantifier::None) => "INTERSECT",
            (SetOperator::Minus, SetQuantifier::None) => "EXCEPT",
            // EXCEPT is a word of SQL from 21c on.
            (SetOperator::Except, SetQuantifier::None) if self.context.world.release >= Oracle::V23 => "EXCEPT",
            _ => return Err(SqlError::at(0, 933, "SQL command not properly ended")),
        };
        Ok(Emitted { sql: format!("{} {word} {}", left.sql, right.sql), columns })
    }

    /// OFFSET and FETCH FIRST, from 12c on; LIMIT is no word of Oracle's.
    fn limit(&mut self, query: &Query) -> Sql<String> {
        let refuse = |at| Err(SqlError::at(at, 933, "SQL command not properly ended"));
        let old = self.context.world.release < Oracle::V12_2;
        let offset = match &query.limit_clause {
            Some(LimitClause::LimitOffset { limit: None, offset: Some(offset), limit_by })
                if limit_by.is_empty() && !old =>
            {
                Some(self.count(&offset.value)?)
            }
            Some(_) => return refuse(self.word(if old { "OFFSET" } else { "LIMIT" })),
            None => None,
        };
        let fetch = match &query.fetch {
            Some(_) if old => return refuse(self.word("FETCH")),
            Some(fetch) if fetch.percent || fetch.with_ties => return Err(SqlError::unbuilt(self.word("FETCH"))),
            Some(fetch) => Some(fetch.quantity.as_ref().map_or(Ok("1".to_owned()), |q| self.count(q))?),
            None => None,
        };
        if fetch.is_none() && offset.is_none() {
            return Ok(String::new());
        }
        let (fetch, offset) = (fetch.unwrap_or_else(|| "-1".into()), offset.unwrap_or_else(|| "0".into()));
        Ok(format!(" LIMIT {fetch} OFFSET {offset}"))
    }

    fn count(&mut self, expr: &Expr) -> Sql<String> {
        Ok(self.expr(expr, &Scope::default())?.number()?.sql)
    }
}

fn same(a: Kind, b: Kind) -> Sql<Kind> {
    match (a, b) {
        (Kind::Text(x), Kind::Text(y)) => Ok(Kind::Text(x.max(y))),
        (Kind::Null, other) | (other, Kind::Null) => Ok(other),
        (a, b) if a == b => Ok(a),
        _ => Err(SqlError::at(0, 1790, "expression must have same datatype as corresponding expression")),
    }
}
