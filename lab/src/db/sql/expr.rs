//! Expressions.

use super::query::Translator;
use super::scope::{Scope, ident};
use super::typed::{Typed, common, quote};
use super::{Bind, Sql, SqlError, number};
use crate::db::view::Kind;
use sqlparser::ast::{
    BinaryOperator, CaseWhen, DataType, Expr, Ident, TrimWhereField, TypedString, UnaryOperator, Value,
};

impl Translator<'_> {
    /// One expression.
    pub fn expr(&mut self, expr: &Expr, scope: &Scope<'_>) -> Sql<Typed> {
        let at = self.place(expr);
        self.inner(expr, scope).map_err(|mut e| {
            // A complaint about types knows no place of its own.
            if e.at == 0 {
                e.at = at;
            }
            e
        })
    }

    fn inner(&mut self, expr: &Expr, scope: &Scope<'_>) -> Sql<Typed> {
        match expr {
            Expr::Identifier(column) => self.identifier(column, scope),
            Expr::CompoundIdentifier(parts) => scope.resolve(parts, parts.last().map_or(0, |p| self.place_of(p))),
            Expr::OuterJoin(inner) => self.expr(inner, scope),
            Expr::Nested(inner) => {
                let typed = self.expr(inner, scope)?;
                Ok(typed.cast(format!("({})", typed.sql), typed.kind))
            }
            Expr::Value(value) => self.literal(&value.value, self.place(expr)),
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => self.negated(expr, scope),
            Expr::UnaryOp { op: UnaryOperator::Plus, expr } => self.expr(expr, scope)?.number(),
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right, scope, self.place(expr)),
            Expr::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref(), scope)
            }
            Expr::Function(function) => self.function(function, scope),
            Expr::Subquery(query) => self.scalar(query, scope),
            other => self.special(other, scope),
        }
    }

    /// Forms that the parser does not see as functions.
    fn special(&mut self, expr: &Expr, scope: &Scope<'_>) -> Sql<Typed> {
        match expr {
            Expr::Cast { expr: inner, data_type, .. } => self.cast(inner, data_type, scope, self.place(expr)),
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                let args = [Some(expr), substring_from.as_ref(), substring_for.as_ref()];
                let args: Vec<&Expr> = args.into_iter().flatten().map(AsRef::as_ref).collect();
                self.call("SUBSTR", &args, scope, self.place(expr.as_ref()))
            }
            Expr::Trim { trim_where, trim_what, expr, .. } => {
                self.trim(trim_where.as_ref(), trim_what.as_deref(), expr, scope)
            }
            Expr::Ceil { expr, .. } => self.call("CEIL", &[expr], scope, 0),
            Expr::Floor { expr, .. } => self.call("FLOOR", &[expr], scope, 0),
            Expr::TypedString(TypedString { data_type, value, .. }) => self.typed_string(data_type, &value.value),
            Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::InList { .. }
            | Expr::Like { .. }
            | Expr::Between { .. }
            | Expr::Exists { .. } => Err(SqlError::at(self.place(expr), 923, "FROM keyword not found where expected")),
            other => Err(SqlError::unbuilt(self.place(other))),
        }
    }

    /// A column, or one of the words that stand for a value.
    fn identifier(&mut self, column: &Ident, scope: &Scope<'_>) -> Sql<Typed> {
        let at = self.place_of(column);
        match scope.resolve(std::slice::from_ref(column), at) {
            Err(error) if error.error.lines[0].0 == 904 && column.quote_style.is_none() => {
                self.pseudo(&ident(column)).ok_or(error)
            }
            result => result,
        }
    }

    /// SYSDATE and its like.
    pub fn pseudo(&self, word: &str) -> Option<Typed> {
        let now = self.context.now;
        Some(match word {
            "SYSDATE" | "CURRENT_DATE" => {
                Typed::new(super::date::wall(now.div_euclid(1_000_000)).to_string(), Kind::Date)
            }
            "SYSTIMESTAMP" | "CURRENT_TIMESTAMP" | "LOCALTIMESTAMP" => Typed::new(now.to_string(), Kind::Stamp),
            "USER" => Typed::new(quote(self.context.user), Kind::Text(30)),
            "UID" => Typed::new("0", Kind::Number),
            "ROWNUM" => Typed::new("row_number() OVER ()", Kind::Number),
            _ => return None,
        })
    }

    fn literal(&self, value: &Value, at: usize) -> Sql<Typed> {
        let text = |t: &str| {
            let width = u32::try_from(t.len()).unwrap_or(u32::MAX);
            // The empty string is null.
            Typed::new(if t.is_empty() { "NULL".to_owned() } else { quote(t) }, Kind::Text(width))
        };
        match value {
            Value::Number(digits, _) => {
                let parsed = number::parse(digits).map_err(|error| SqlError { error, at })?;
                Ok(Typed::new(
                    match parsed {
                        number::Parsed::Int(n) => n.to_string(),
                        number::Parsed::Real(x) => format!("{x:?}"),
                    },
                    Kind::Number,
                ))
            }
            Value::SingleQuotedString(t) | Value::NationalStringLiteral(t) => Ok(text(t)),
            Value::QuoteDelimitedStringLiteral(q) | Value::NationalQuoteDelimitedStringLiteral(q) => Ok(text(&q.value)),
            Value::Null => Ok(Typed::new("NULL", Kind::Null)),
            Value::Placeholder(word) => self.bind(word, at),
            _ => Err(SqlError::unbuilt(at)),
        }
    }

    fn bind(&self, word: &str, at: usize) -> Sql<Typed> {
        let name = word.trim_start_matches(':').to_uppercase();
        match self.context.binds.get(&name) {
            Some(Bind::Number(Some(value))) => {
                let parsed = number::parse(value).map_err(|error| SqlError { error, at })?;
                self.literal(&Value::Number(parsed.to_string(), false), at)
            }
            Some(Bind::Text(Some(value), width)) => {
                let typed = self.literal(&Value::SingleQuotedString(value.clone()), at)?;
                Ok(typed.cast(typed.sql.clone(), Kind::Text(*width)))
            }
            Some(Bind::Number(None)) => Ok(Typed::new("NULL", Kind::Number)),
            Some(Bind::Text(None, width)) => Ok(Typed::new("NULL", Kind::Text(*width))),
            None => Err(SqlError::at(at, 1008, "not all variables bound")),
        }
    }

    fn negated(&mut self, expr: &Expr, scope: &Scope<'_>) -> Sql<Typed> {
        let typed = self.expr(expr, scope)?.number()?;
        Ok(typed.cast(format!("(-{})", typed.sql), Kind::Number))
    }

    fn binary(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr, scope: &Scope<'_>, at: usize) -> Sql<Typed> {
        let word = match op {
            BinaryOperator::Plus => "+",
            BinaryOperator::Minus => "-",
            BinaryOperator::Multiply => "*",
            BinaryOperator::Divide => "/",
            BinaryOperator::StringConcat => "||",
            _ => return Err(SqlError::at(at, 923, "FROM keyword not found where expected")),
        };
        if let Expr::Interval(interval) = right {
            return self.shifted(left, word, interval, scope, at);
        }
        let (a, b) = (self.expr(left, scope)?, self.expr(right, scope)?);
        match word {
            "||" => Ok(self.concat(&a, &b)),
            _ => arithmetic(&a, word, &b),
        }
    }

    /// `||` takes null as nothing.
    pub fn concat(&self, a: &Typed, b: &Typed) -> Typed {
        let (a, b) = (a.text(self.context.masks), b.text(self.context.masks));
        let width = |k: Kind| if let Kind::Text(w) = k { w } else { 0 };
        let kind = Kind::Text(width(a.kind).saturating_add(width(b.kind)).min(4000));
        Typed::of(format!("nullif(coalesce({}, '') || coalesce({}, ''), '')", a.sql, b.sql), kind, &[&a, &b])
    }

    /// `date ± INTERVAL 'n' unit`.
    fn shifted(
        &mut self,
        left: &Expr,
        sign: &str,
        interval: &sqlparser::ast::Interval,
        scope: &Scope<'_>,
        at: usize,
    ) -> Sql<Typed> {
        use sqlparser::ast::DateTimeField as Field;
        let seconds = match &interval.leading_field {
            Some(Field::Day) => 86_400,
            Some(Field::Hour) => 3600,
            Some(Field::Minute) => 60,
            Some(Field::Second) => 1,
            _ => return Err(SqlError::unbuilt(at)),
        };
        if interval.last_field.is_some() || !matches!(sign, "+" | "-") {
            return Err(SqlError::unbuilt(at));
        }
        let amount = self.expr(&interval.value, scope)?.number()?;
        let a = self.expr(left, scope)?;
        let unit = if a.kind == Kind::Stamp { seconds * 1_000_000 } else { seconds };
        match a.kind {
            Kind::Date | Kind::Stamp => {
                Ok(Typed::of(format!("({} {sign} {} * {unit})", a.sql, amount.sql), a.kind, &[&a]))
            }
            _ => Err(SqlError::at(at, 30081, "invalid data type for datetime/interval arithmetic")),
        }
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        whens: &[CaseWhen],
        other: Option<&Expr>,
        scope: &Scope<'_>,
    ) -> Sql<Typed> {
        let mut tests = Vec::new();
        let mut results = Vec::new();
        for when in whens {
            tests.push(match operand {
                Some(operand) => self.compare(operand, "=", &when.condition, scope)?,
                None => self.condition(&when.condition, scope)?,
            });
            results.push(self.expr(&when.result, scope)?);
        }
        results.push(other.map_or(Ok(Typed::new("NULL", Kind::Null)), |e| self.expr(e, scope))?);
        let kind = unify(&results)?;
        let mut sql = String::from("CASE");
        for (test, result) in tests.iter().zip(&results) {
            sql.push_str(&format!(" WHEN {} THEN {}", test.sql, result.sql));
        }
        sql.push_str(&format!(" ELSE {} END", results.last().map_or("NULL", |r| r.sql.as_str())));
        let parts: Vec<&Typed> = tests.iter().chain(&results).collect();
        Ok(Typed::of(sql, kind, &parts))
    }

    fn scalar(&mut self, query: &sqlparser::ast::Query, scope: &Scope<'_>) -> Sql<Typed> {
        let inner = self.query(query, Some(scope))?;
        match inner.columns.as_slice() {
            [(_, kind)] => Ok(Typed::new(format!("({})", inner.sql), *kind)),
            _ => Err(SqlError::at(self.place(query), 913, "too many values")),
        }
    }

    fn cast(&mut self, inner: &Expr, data_type: &DataType, scope: &Scope<'_>, at: usize) -> Sql<Typed> {
        let typed = self.expr(inner, scope)?;
        let name = data_type.to_string().to_uppercase();
        let masks = self.context.masks;
        match name.split(['(', ' ']).next().unwrap_or("") {
            "DATE" => typed.date(masks),
            "TIMESTAMP" => typed.stamp(masks),
            "NUMBER" | "INTEGER" | "INT" | "NUMERIC" | "DECIMAL" if !name.contains(',') => {
                let number = typed.number()?;
                let whole = !matches!(name.as_str(), "NUMBER" | "DECIMAL" | "NUMERIC");
                Ok(if whole { number.cast(format!("o_round({}, 0)", number.sql), Kind::Number) } else { number })
            }
            "VARCHAR2" | "VARCHAR" | "CHAR" | "NVARCHAR2" => {
                let width = name.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or(1);
                let text = typed.text(masks);
                Ok(text.cast(format!("substr({}, 1, {width})", text.sql), Kind::Text(width)))
            }
            _ => Err(SqlError::unbuilt(at)),
        }
    }

    fn trim(
        &mut self,
        side: Option<&TrimWhereField>,
        what: Option<&Expr>,
        expr: &Expr,
        scope: &Scope<'_>,
    ) -> Sql<Typed> {
        let text = self.expr(expr, scope)?.text(self.context.masks);
        let function = match side {
            Some(TrimWhereField::Leading) => "ltrim",
            Some(TrimWhereField::Trailing) => "rtrim",
            _ => "trim",
        };
        let what = what.map_or(Ok(Typed::new("' '", Kind::Text(1))), |w| self.expr(w, scope))?;
        let sql = format!("nullif({function}({}, {}), '')", text.sql, what.sql);
        Ok(Typed::of(sql, text.kind, &[&text, &what]))
    }

    /// `DATE '2026-11-21'` and `TIMESTAMP '…'` have masks of their own.
    fn typed_string(&self, data_type: &DataType, value: &Value) -> Sql<Typed> {
        let Value::SingleQuotedString(text) = value else { return Err(SqlError::unbuilt(0)) };
        let zoned = text.len() > 19 && text[19..].contains(['+', '-']);
        match data_type {
            DataType::Date => Ok(Typed::new(format!("o_to_date({}, 'YYYY-MM-DD')", quote(text)), Kind::Date)),
            DataType::Timestamp(..) => {
                let mask = if zoned { "YYYY-MM-DD HH24:MI:SSXFF TZR" } else { "YYYY-MM-DD HH24:MI:SSXFF" };
                Ok(Typed::new(format!("o_to_stamp({}, {})", quote(text), quote(mask)), Kind::Stamp))
            }
            _ => Err(SqlError::unbuilt(0)),
        }
    }
}

/// `+ - * /` on numbers, and days added to dates.
fn arithmetic(a: &Typed, word: &str, b: &Typed) -> Sql<Typed> {
    let timed = |k: Kind| matches!(k, Kind::Date | Kind::Stamp);
    let day = |t: &Typed| if t.kind == Kind::Stamp { format!("o_stamp_date({})", t.sql) } else { t.sql.clone() };
    match (timed(a.kind), word, timed(b.kind)) {
        (false, "/", false) => {
            let (a, b) = (a.number()?, b.number()?);
            Ok(Typed::of(format!("o_div({}, {})", a.sql, b.sql), Kind::Number, &[&a, &b]))
        }
        (false, _, false) => {
            let (a, b) = (a.number()?, b.number()?);
            Ok(Typed::of(format!("({} {word} {})", a.sql, b.sql), Kind::Number, &[&a, &b]))
        }
        (true, "+" | "-", false) => {
            let b = b.number()?;
            Ok(Typed::of(format!("o_shift({}, {word}{})", day(a), b.sql), Kind::Date, &[a, &b]))
        }
        (false, "+", true) => {
            let a = a.number()?;
            Ok(Typed::of(format!("o_shift({}, {})", day(b), a.sql), Kind::Date, &[&a, b]))
        }
        // The difference of timestamps is an INTERVAL, which is not built.
        (true, "-", true) if a.kind == Kind::Stamp || b.kind == Kind::Stamp => Err(SqlError::unbuilt(0)),
        (true, "-", true) => Ok(Typed::of(format!("o_div({} - {}, 86400)", a.sql, b.sql), Kind::Number, &[a, b])),
        (true, "+", true) => Err(SqlError::at(0, 975, "date + date not allowed")),
        _ => Err(SqlError::at(
            0,
            932,
            format!("inconsistent datatypes: expected NUMBER got {}", if timed(a.kind) { a.name() } else { b.name() }),
        )),
    }
}

/// The type of alternatives; ORA-00932 when they differ.
pub fn unify(results: &[Typed]) -> Sql<Kind> {
    let mut kind = Kind::Null;
    for result in results {
        kind = match (kind, result.kind) {
            (Kind::Null, k) | (k, Kind::Null) => k,
            (Kind::Text(_), Kind::Text(_)) => common(kind, result.kind),
            (a, b) if a == b => a,
            (a, _) => {
                let expected = Typed::new("", a);
                let text = format!("inconsistent datatypes: expected {} got {}", expected.name(), result.name());
                return Err(SqlError::at(0, 932, text));
            }
        };
    }
    Ok(kind)
}
