//! Functions: which there are, what they take, what they give.

use super::expr::unify;
use super::query::Translator;
use super::scope::Scope;
use super::typed::{Typed, quote};
use super::{Sql, SqlError, mask};
use crate::db::{api::Status, view::Kind};
use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectNamePart, OrderByExpr,
    OrderBySort, Value, WindowType,
};

/// Functions of Oracle's that are not built: refused as such, not as unknown names.
const UNBUILT: &str = "REGEXP_LIKE REGEXP_REPLACE REGEXP_SUBSTR REGEXP_INSTR REGEXP_COUNT TRANSLATE SOUNDEX DUMP \
    ORA_HASH STANDARD_HASH RAWTOHEX HEXTORAW NUMTODSINTERVAL NUMTOYMINTERVAL TO_DSINTERVAL MONTHS_BETWEEN NEXT_DAY \
    NEW_TIME TO_CLOB XMLAGG XMLELEMENT JSON_OBJECT WM_CONCAT MEDIAN STDDEV VARIANCE LEAD LAG NTILE BITAND LNNVL EXTRACT";

impl Translator<'_> {
    /// A call as the parser gives it.
    pub fn function(&mut self, f: &Function, scope: &Scope<'_>) -> Sql<Typed> {
        let at = self.place(f);
        let name = f.name.0.last().and_then(ObjectNamePart::as_ident).map(super::scope::ident).unwrap_or_default();
        let (args, distinct, star) = self.arguments(f)?;
        let bare = f.args == FunctionArguments::None || args.is_empty() && !star;
        if let Some(typed) = self.pseudo(&name).filter(|_| bare) {
            return Ok(typed);
        }
        if let Some(typed) = self.group_function(&name, &args, distinct, star, f, scope, at)? {
            return Ok(typed);
        }
        self.call(&name, &args, scope, at)
    }

    fn arguments<'e>(&self, f: &'e Function) -> Sql<(Vec<&'e Expr>, bool, bool)> {
        let FunctionArguments::List(list) = &f.args else { return Ok((Vec::new(), false, false)) };
        let (mut args, mut star) = (Vec::new(), false);
        for arg in &list.args {
            match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => args.push(expr),
                FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => star = true,
                _ => return Err(SqlError::unbuilt(self.place(f))),
            }
        }
        Ok((args, list.duplicate_treatment == Some(DuplicateTreatment::Distinct), star))
    }

    /// COUNT and its like, plain or with OVER.
    #[allow(clippy::too_many_arguments)]
    fn group_function(
        &mut self,
        name: &str,
        args: &[&Expr],
        distinct: bool,
        star: bool,
        f: &Function,
        scope: &Scope<'_>,
        at: usize,
    ) -> Sql<Option<Typed>> {
        let typed = match (name, args) {
            ("COUNT", []) if star => Typed::new("count(*)", Kind::Number),
            ("COUNT" | "MIN" | "MAX" | "SUM" | "AVG", [arg]) => self.aggregate(name, arg, distinct, scope, at)?,
            ("LISTAGG", [_] | [_, _]) => self.listagg(args, &f.within_group, scope)?,
            ("ROW_NUMBER" | "RANK" | "DENSE_RANK", []) if f.over.is_some() => {
                Typed::new(format!("{}()", name.to_lowercase()), Kind::Number)
            }
            ("COUNT" | "MIN" | "MAX" | "SUM" | "AVG", _) => {
                return Err(SqlError::at(at, 909, "invalid number of arguments"));
            }
            _ => return Ok(None),
        };
        match &f.over {
            None => Ok(Some(Typed { group: true, bare: Vec::new(), ..typed })),
            Some(window) => self.window(typed, window, scope, at).map(Some),
        }
    }

    fn aggregate(&mut self, name: &str, arg: &Expr, distinct: bool, scope: &Scope<'_>, at: usize) -> Sql<Typed> {
        let inner = self.expr(arg, scope)?;
        if inner.group {
            return Err(SqlError::at(at, 978, "nested group function without GROUP BY"));
        }
        let distinct = if distinct { "DISTINCT " } else { "" };
        let (inner, kind) = match name {
            "COUNT" => (inner, Kind::Number),
            "SUM" | "AVG" => (inner.number()?, Kind::Number),
            _ => {
                let kind = inner.kind;
                (inner, kind)
            }
        };
        let sql = format!("{}({distinct}{})", name.to_lowercase(), inner.sql);
        Ok(Typed { sql: if name == "AVG" { format!("o_norm({sql})") } else { sql }, kind, ..inner })
    }

    fn listagg(&mut self, args: &[&Expr], order: &[OrderByExpr], scope: &Scope<'_>) -> Sql<Typed> {
        let text = self.expr(args[0], scope)?.text(self.context.masks);
        let separator = args.get(1).map_or(Ok(Typed::new("''", Kind::Text(0))), |e| self.expr(e, scope))?;
        let mut keys = Vec::new();
        for key in order {
            let direction = if key.options.sort == Some(OrderBySort::Desc) { "DESC" } else { "ASC" };
            keys.push(format!("{} {direction}", self.expr(&key.expr, scope)?.sql));
        }
        let order = if keys.is_empty() { String::new() } else { format!(" ORDER BY {}", keys.join(", ")) };
        Ok(Typed::new(format!("group_concat({}, coalesce({}, ''){order})", text.sql, separator.sql), Kind::Text(4000)))
    }

    fn window(&mut self, typed: Typed, window: &WindowType, scope: &Scope<'_>, at: usize) -> Sql<Typed> {
        let WindowType::WindowSpec(spec) = window else { return Err(SqlError::unbuilt(at)) };
        if spec.window_frame.is_some() || spec.window_name.is_some() {
            return Err(SqlError::unbuilt(at));
        }
        let (mut bare, mut parts, mut keys) = (typed.bare.clone(), Vec::new(), Vec::new());
        for expr in &spec.partition_by {
            let inner = self.expr(expr, scope)?;
            bare.extend(inner.bare);
            parts.push(inner.sql);
        }
        for key in &spec.order_by {
            let inner = self.expr(&key.expr, scope)?;
            bare.extend(inner.bare);
            let down = key.options.sort == Some(OrderBySort::Desc);
            keys.push(format!("{} {}", inner.sql, if down { "DESC NULLS FIRST" } else { "ASC NULLS LAST" }));
        }
        let list = |word: &str, items: &[String]| {
            if items.is_empty() { String::new() } else { format!("{word} BY {} ", items.join(", ")) }
        };
        let over = list("PARTITION", &parts) + &list("ORDER", &keys);
        Ok(Typed { sql: format!("{} OVER ({over})", typed.sql), bare, group: false, ..typed })
    }

    /// A function of single rows.
    pub fn call(&mut self, name: &str, args: &[&Expr], scope: &Scope<'_>, at: usize) -> Sql<Typed> {
        let typed = args.iter().map(|e| self.expr(e, scope)).collect::<Sql<Vec<_>>>()?;
        let made = match self.choice(name, &typed)? {
            Some(made) => Some(made),
            None => match self.conversion(name, &typed, args)? {
                Some(made) => Some(made),
                None => self.plain(name, &typed)?,
            },
        };
        made.ok_or_else(|| unknown(name, at))
    }

    /// NVL, DECODE and the like, which choose among their arguments.
    fn choice(&self, name: &str, args: &[Typed]) -> Sql<Option<Typed>> {
        let masks = self.context.masks;
        let parts: Vec<&Typed> = args.iter().collect();
        Ok(Some(match (name, args) {
            ("NVL", [a, b]) => {
                let b = b.like(a.kind, masks)?;
                let kind = if a.kind == Kind::Null { b.kind } else { super::typed::common(a.kind, b.kind) };
                Typed::of(format!("coalesce({}, {})", a.sql, b.sql), kind, &parts)
            }
            ("COALESCE", [_, _, ..]) => {
                let sql: Vec<_> = args.iter().map(|a| a.sql.clone()).collect();
                Typed::of(format!("coalesce({})", sql.join(", ")), unify(args)?, &parts)
            }
            ("NVL2", [a, b, c]) => {
                let c = c.like(b.kind, masks)?;
                Typed::of(
                    format!("iif({} IS NOT NULL, {}, {})", a.sql, b.sql, c.sql),
                    super::typed::common(b.kind, c.kind),
                    &parts,
                )
            }
            ("NULLIF", [a, b]) => {
                Typed::of(format!("nullif({}, {})", a.sql, b.like(a.kind, masks)?.sql), a.kind, &parts)
            }
            ("GREATEST" | "LEAST", [first, ..]) => {
                let sql = args.iter().map(|a| Ok(a.like(first.kind, masks)?.sql)).collect::<Sql<Vec<_>>>()?;
                let function = if name == "GREATEST" { "max" } else { "min" };
                let sql = if sql.len() == 1 { sql[0].clone() } else { format!("{function}({})", sql.join(", ")) };
                Typed::of(sql, first.kind, &parts)
            }
            ("DECODE", [subject, rest @ ..]) if rest.len() >= 2 => self.decode(subject, rest)?,
            _ => return Ok(None),
        }))
    }

    /// DECODE takes two nulls as equal; results have the type of the first one.
    fn decode(&self, subject: &Typed, rest: &[Typed]) -> Sql<Typed> {
        let masks = self.context.masks;
        let kind = match rest[1].kind {
            Kind::Null => Kind::Text(4000),
            kind => kind,
        };
        let (mut sql, mut widest) = (String::from("CASE"), kind);
        let mut add = |t: &Typed| -> Sql<String> {
            let like = t.like(kind, masks)?;
            widest = super::typed::common(widest, like.kind);
            Ok(like.sql)
        };
        for pair in rest.chunks_exact(2) {
            let search = pair[0].like(subject.kind, masks)?;
            sql.push_str(&format!(" WHEN {} IS {} THEN {}", subject.sql, search.sql, add(&pair[1])?));
        }
        if rest.len() % 2 == 1 {
            sql.push_str(&format!(" ELSE {}", add(&rest[rest.len() - 1])?));
        }
        let parts: Vec<&Typed> = std::iter::once(subject).chain(rest).collect();
        Ok(Typed::of(format!("{sql} END"), widest, &parts))
    }

    /// TO_CHAR and the like.
    fn conversion(&self, name: &str, args: &[Typed], written: &[&Expr]) -> Sql<Option<Typed>> {
        let masks = self.context.masks;
        let parts: Vec<&Typed> = args.iter().collect();
        let text = |function: &str, width: u32| {
            let sql: Vec<_> = args.iter().map(|a| a.sql.clone()).collect();
            Typed::of(format!("{function}({})", sql.join(", ")), Kind::Text(width), &parts)
        };
        Ok(Some(match (name, args) {
            ("TO_CHAR", [a]) => a.text(masks),
            ("TO_CHAR", [a, _]) => match a.kind {
                Kind::Date => text("o_date_text", mask_width(written.get(1))),
                Kind::Stamp => text("o_stamp_text", mask_width(written.get(1))),
                _ => {
                    let a = a.number()?;
                    Typed::of(
                        format!("o_num_format({}, {})", a.sql, args[1].sql),
                        Kind::Text(model_width(written.get(1))),
                        &parts,
                    )
                }
            },
            ("TO_NUMBER", [a]) => a.number()?,
            ("TO_DATE", [a]) => a.date(masks)?,
            ("TO_DATE", [a, m]) => {
                Typed::of(format!("o_to_date({}, {})", a.text(masks).sql, m.sql), Kind::Date, &parts)
            }
            ("TO_TIMESTAMP" | "TO_TIMESTAMP_TZ", [a]) => a.stamp(masks)?,
            ("TO_TIMESTAMP" | "TO_TIMESTAMP_TZ", [a, m]) => {
                Typed::of(format!("o_to_stamp({}, {})", a.text(masks).sql, m.sql), Kind::Stamp, &parts)
            }
            // Stored functions of SYS: there are none before the database is open.
            ("SCN_TO_TIMESTAMP" | "TIMESTAMP_TO_SCN", [_]) if self.context.world.facts.status < Status::Open => {
                return Err(SqlError::at(self.word(name), 904, format!("\"{name}\": invalid identifier")));
            }
            ("SCN_TO_TIMESTAMP", [a]) => Typed::of(format!("o_scn_time({})", a.number()?.sql), Kind::Stamp, &parts),
            ("TIMESTAMP_TO_SCN", [a]) => {
                Typed::of(format!("o_time_scn({})", a.stamp(masks)?.sql), Kind::Number, &parts)
            }
            ("SYS_CONTEXT", [a, b] | [a, b, _]) => text_of("o_sys_context", &[a, b], 256),
            ("USERENV", [a]) => Typed::of(format!("o_sys_context('USERENV', {})", a.sql), Kind::Text(256), &parts),
            _ => return Ok(None),
        }))
    }

    /// Text, number and date functions.
    fn plain(&self, name: &str, args: &[Typed]) -> Sql<Option<Typed>> {
        let dated = args.first().filter(|a| matches!(a.kind, Kind::Date | Kind::Stamp));
        if let Some(typed) = dated.map(|first| self.on_date(name, first, args)).transpose()?.flatten() {
            return Ok(Some(typed));
        }
        let numbers = || args.iter().map(|a| Ok(a.number()?.sql)).collect::<Sql<Vec<_>>>().map(|v| v.join(", "));
        let parts: Vec<&Typed> = args.iter().collect();
        let function = match (name, args.len()) {
            ("ABS", 1) => "abs",
            ("SIGN", 1) => "sign",
            ("CEIL", 1) => "o_ceil",
            ("FLOOR", 1) => "o_floor",
            ("MOD", 2) => "o_mod",
            ("POWER", 2) => "o_power",
            ("SQRT", 1) => "o_sqrt",
            ("ROUND", 1 | 2) => "o_round",
            ("TRUNC", 1 | 2) => "o_trunc",
            _ => return self.on_text(name, args),
        };
        let more = if matches!(name, "ROUND" | "TRUNC") && args.len() == 1 { ", 0" } else { "" };
        Ok(Some(Typed::of(format!("{function}({}{more})", numbers()?), Kind::Number, &parts)))
    }

    fn on_date(&self, name: &str, first: &Typed, args: &[Typed]) -> Sql<Option<Typed>> {
        let date = first.date(self.context.masks)?;
        let parts: Vec<&Typed> = args.iter().collect();
        Ok(Some(match (name, args) {
            ("TRUNC", [_]) => Typed::of(format!("o_date_trunc({}, 'DD')", date.sql), Kind::Date, &parts),
            ("TRUNC", [_, unit]) => Typed::of(format!("o_date_trunc({}, {})", date.sql, unit.sql), Kind::Date, &parts),
            ("ROUND", [_]) => Typed::of(format!("o_date_trunc({} + 43200, 'DD')", date.sql), Kind::Date, &parts),
            ("ADD_MONTHS", [_, n]) => {
                Typed::of(format!("o_add_months({}, {})", date.sql, n.number()?.sql), Kind::Date, &parts)
            }
            ("LAST_DAY", [_]) => Typed::of(format!("o_last_day({})", date.sql), Kind::Date, &parts),
            _ => return Ok(None),
        }))
    }

    fn on_text(&self, name: &str, args: &[Typed]) -> Sql<Option<Typed>> {
        let masks = self.context.masks;
        let Some(first) = args.first() else { return Ok(None) };
        let text = first.text(masks);
        let width = if let Kind::Text(w) = text.kind { w } else { 0 };
        let parts: Vec<&Typed> = args.iter().collect();
        let mut sql = vec![text.sql.clone()];
        let numeric: &[usize] = match name {
            "SUBSTR" => &[1, 2],
            "INSTR" => &[2, 3],
            "LPAD" | "RPAD" => &[1],
            _ => &[],
        };
        for (i, arg) in args.iter().enumerate().skip(1) {
            sql.push(if numeric.contains(&i) { arg.number()?.sql } else { arg.text(masks).sql });
        }
        let (function, kind) = match (name, args.len()) {
            ("UPPER", 1) => ("upper", text.kind),
            ("LOWER", 1) => ("lower", text.kind),
            ("INITCAP", 1) => ("o_initcap", text.kind),
            ("LENGTH" | "LENGTHB", 1) => ("length", Kind::Number),
            ("ASCII", 1) => ("unicode", Kind::Number),
            ("SUBSTR" | "SUBSTRB", 2 | 3) => {
                ("o_substr", Kind::Text(args.get(2).and_then(constant).unwrap_or(width).min(width.max(1))))
            }
            ("INSTR", 2..=4) => ("o_instr", Kind::Number),
            ("REPLACE", 2 | 3) => ("o_replace", Kind::Text(4000)),
            ("LPAD" | "RPAD", 2 | 3) => (
                if name == "LPAD" { "o_lpad" } else { "o_rpad" },
                Kind::Text(args.get(1).and_then(constant).unwrap_or(4000)),
            ),
            ("LTRIM", 1 | 2) => ("ltrim", text.kind),
            ("RTRIM", 1 | 2) => ("rtrim", text.kind),
            ("TRIM", 1) => ("trim", text.kind),
            ("CONCAT", 2) => return Ok(Some(self.concat(&args[0], &args[1]))),
            ("CHR", 1) => return Ok(Some(Typed::of(format!("char({})", first.number()?.sql), Kind::Text(1), &parts))),
            _ => return Ok(None),
        };
        let call = format!("{function}({})", sql.join(", "));
        let call = if matches!(kind, Kind::Text(_)) { format!("nullif({call}, '')") } else { call };
        Ok(Some(Typed::of(call, kind, &parts)))
    }
}

/// A number written out, as width of a result.
fn constant(typed: &Typed) -> Option<u32> {
    typed.sql.parse().ok()
}

fn literal<'e>(expr: Option<&&'e Expr>) -> Option<&'e str> {
    match expr {
        Some(Expr::Value(v)) => match &v.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn mask_width(expr: Option<&&Expr>) -> u32 {
    literal(expr).map_or(75, mask::width)
}

fn model_width(expr: Option<&&Expr>) -> u32 {
    match literal(expr) {
        Some(model) if !model.to_uppercase().starts_with("TM") => u32::try_from(model.len()).unwrap_or(40) + 1,
        _ => 64,
    }
}

fn text_of(function: &str, args: &[&Typed], width: u32) -> Typed {
    let sql: Vec<_> = args.iter().map(|a| a.sql.clone()).collect();
    Typed::of(format!("{function}({})", sql.join(", ")), Kind::Text(width), args)
}

/// A known function with wrong arguments, one that is not built, or no function at all.
fn unknown(name: &str, at: usize) -> SqlError {
    const KNOWN: &str = "NVL COALESCE NVL2 NULLIF GREATEST LEAST DECODE TO_CHAR TO_NUMBER TO_DATE TO_TIMESTAMP SUBSTR \
        TO_TIMESTAMP_TZ SCN_TO_TIMESTAMP TIMESTAMP_TO_SCN SYS_CONTEXT USERENV ABS SIGN CEIL FLOOR MOD POWER SQRT ROUND \
        TRUNC UPPER LOWER INITCAP LENGTH LENGTHB ASCII SUBSTRB INSTR REPLACE LPAD RPAD LTRIM RTRIM TRIM CONCAT CHR \
        ADD_MONTHS LAST_DAY LISTAGG";
    let within = |list: &str| list.split_whitespace().any(|w| w == name);
    if within(UNBUILT) {
        SqlError::unbuilt(at)
    } else if within(KNOWN) {
        SqlError::at(at, 909, "invalid number of arguments")
    } else {
        SqlError::at(at, 904, format!("{}: invalid identifier", quote(name).replace('\'', "\"")))
    }
}
