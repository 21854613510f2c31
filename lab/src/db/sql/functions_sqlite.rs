//! Oracle's functions for SQLite. Dates come as wall-clock seconds, timestamps as microseconds since the epoch.

use super::number::{self, Parsed};
use super::query::Context;
use super::{date, date_parse};
use crate::db::api::{Database, OraError};
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;
use rusqlite::{Connection, Error, Result};

type Fallible = std::result::Result<Value, OraError>;

/// Adds a function; null in gives null out.
fn add(c: &Connection, name: &str, f: impl Fn(&[Value]) -> Fallible + Send + Sync + 'static) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    c.create_scalar_function(name, -1, flags, move |context| {
        let args = (0..context.len()).map(|i| context.get::<Value>(i)).collect::<Result<Vec<_>>>()?;
        // The third argument of REPLACE may be missing or null.
        let needed = if args.len() > 2 { &args[..2] } else { &args[..] };
        if needed.contains(&Value::Null) {
            return Ok(Value::Null);
        }
        f(&args).map_err(|e| Error::UserFunctionError(Box::new(e)))
    })
}

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::Text(t)) => t.clone(),
        Some(Value::Integer(n)) => n.to_string(),
        Some(Value::Real(x)) => number::canonical(*x),
        _ => String::new(),
    }
}

fn real(value: Option<&Value>) -> f64 {
    match value {
        Some(Value::Integer(n)) => *n as f64,
        Some(Value::Real(x)) => *x,
        _ => 0.0,
    }
}

fn int(value: Option<&Value>) -> i64 {
    match value {
        Some(Value::Integer(n)) => *n,
        other => real(other).trunc() as i64,
    }
}

fn parsed(value: Option<&Value>) -> Parsed {
    match value {
        Some(Value::Integer(n)) => Parsed::Int(*n),
        other => Parsed::Real(real(other)),
    }
}

/// Whole results stay whole, so that they print without a point.
fn norm(x: f64) -> Value {
    if x.fract() == 0.0 && x.abs() < 9e15 { Value::Integer(x as i64) } else { Value::Real(x) }
}

fn made(parsed: Parsed) -> Value {
    match parsed {
        Parsed::Int(n) => Value::Integer(n),
        Parsed::Real(x) => norm(x),
    }
}

/// Registers all of them.
pub fn register(c: &Connection, context: &Context<'_>) -> Result<()> {
    c.pragma_update(None, "case_sensitive_like", true)?;
    numbers(c)?;
    rounding(c)?;
    dates(c)?;
    texts(c)?;
    system(c, context)
}

fn numbers(c: &Connection) -> Result<()> {
    add(c, "o_norm", |a| Ok(made(parsed(a.first()))))?;
    add(c, "o_num_text", |a| Ok(Value::Text(parsed(a.first()).to_string())))?;
    add(c, "o_num_format", |a| number::format(parsed(a.first()), &text(a.get(1))).map(Value::Text))?;
    add(c, "o_number", |a| match a.first() {
        Some(Value::Text(t)) => number::parse(t).map(made),
        other => Ok(made(parsed(other))),
    })?;
    add(c, "o_div", |a| match (a.first(), a.get(1)) {
        (_, Some(Value::Integer(0))) => Err(OraError::new(1476, "divisor is equal to zero")),
        (_, b) if real(b) == 0.0 => Err(OraError::new(1476, "divisor is equal to zero")),
        (Some(Value::Integer(x)), Some(Value::Integer(y))) if x % y == 0 => Ok(Value::Integer(x / y)),
        (x, y) => Ok(norm(real(x) / real(y))),
    })?;
    add(c, "o_mod", |a| match (a.first(), a.get(1)) {
        (Some(x), Some(Value::Integer(0))) => Ok(x.clone()),
        (Some(Value::Integer(x)), Some(Value::Integer(y))) => Ok(Value::Integer(x % y)),
        (x, y) => Ok(norm(real(x) % real(y))),
    })?;
    add(c, "o_power", |a| Ok(norm(real(a.first()).powf(real(a.get(1))))))?;
    add(c, "o_sqrt", |a| match real(a.first()) {
        x if x < 0.0 => Err(OraError::new(1428, format!("argument '{}' is out of range", number::canonical(x)))),
        x => Ok(norm(x.sqrt())),
    })
}

fn rounding(c: &Connection) -> Result<()> {
    let whole = |a: &[Value], places: i64| matches!(a.first(), Some(Value::Integer(_))) && places >= 0;
    let scale = |places: i64| 10_f64.powi(i32::try_from(places).unwrap_or(0));
    add(c, "o_round", move |a| match int(a.get(1)) {
        places if whole(a, places) => Ok(Value::Integer(int(a.first()))),
        places => Ok(norm((real(a.first()) * scale(places)).round() / scale(places))),
    })?;
    add(c, "o_trunc", move |a| match int(a.get(1)) {
        places if whole(a, places) => Ok(Value::Integer(int(a.first()))),
        places => Ok(norm((real(a.first()) * scale(places)).trunc() / scale(places))),
    })?;
    add(c, "o_ceil", |a| Ok(norm(real(a.first()).ceil())))?;
    add(c, "o_floor", |a| Ok(norm(real(a.first()).floor())))
}

fn dates(c: &Connection) -> Result<()> {
    add(c, "o_date_text", |a| date::date_text(int(a.first()), &text(a.get(1))).map(Value::Text))?;
    add(c, "o_stamp_text", |a| date::stamp_text(int(a.first()), &text(a.get(1))).map(Value::Text))?;
    add(c, "o_to_date", |a| date_parse::date(&text(a.first()), &text(a.get(1))).map(Value::Integer))?;
    add(c, "o_to_stamp", |a| date_parse::stamp(&text(a.first()), &text(a.get(1))).map(Value::Integer))?;
    add(c, "o_stamp_date", |a| Ok(Value::Integer(date::wall(int(a.first()).div_euclid(1_000_000)))))?;
    add(c, "o_date_stamp", |a| Ok(Value::Integer(date::unwall(int(a.first())) * 1_000_000)))?;
    add(c, "o_shift", |a| Ok(Value::Integer(int(a.first()) + (real(a.get(1)) * 86_400.0).round() as i64)))?;
    add(c, "o_date_trunc", |a| date::truncate(int(a.first()), &text(a.get(1))).map(Value::Integer))?;
    add(c, "o_add_months", |a| Ok(Value::Integer(date::add_months(int(a.first()), int(a.get(1))))))?;
    add(c, "o_last_day", |a| {
        let next = date::add_months(date::truncate(int(a.first()), "MM")?, 1) - 86_400;
        Ok(Value::Integer(next + int(a.first()).rem_euclid(86_400)))
    })
}

fn texts(c: &Connection) -> Result<()> {
    add(c, "o_substr", |a| {
        let length = a.get(2).map(|v| int(Some(v)));
        Ok(substr(&text(a.first()), int(a.get(1)), length).map_or(Value::Null, Value::Text))
    })?;
    add(c, "o_instr", |a| {
        let from = a.get(2).map_or(1, |v| int(Some(v)));
        Ok(Value::Integer(instr(&text(a.first()), &text(a.get(1)), from, a.get(3).map_or(1, |v| int(Some(v))))))
    })?;
    add(c, "o_replace", |a| Ok(Value::Text(text(a.first()).replace(&text(a.get(1)), &text(a.get(2))))))?;
    add(c, "o_lpad", |a| {
        let (filler, kept) = pad(&text(a.first()), int(a.get(1)), a.get(2));
        Ok(Value::Text(filler + &kept))
    })?;
    add(c, "o_rpad", |a| {
        let (filler, kept) = pad(&text(a.first()), int(a.get(1)), a.get(2));
        Ok(Value::Text(kept + &filler))
    })?;
    add(c, "o_initcap", |a| {
        let mut inside = false;
        let mut one = |c: char| {
            let out = if inside { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
            inside = c.is_alphanumeric();
            out
        };
        Ok(Value::Text(text(a.first()).chars().map(&mut one).collect()))
    })
}

/// SUBSTR: places from 1, negative ones from the end; no length below 1.
fn substr(text: &str, from: i64, length: Option<i64>) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let count = chars.len() as i64;
    let start = if from > 0 {
        from - 1
    } else if from < 0 {
        count + from
    } else {
        0
    };
    let length = length.unwrap_or(count);
    if !(0..count).contains(&start) || length < 1 {
        return None;
    }
    Some(chars[start as usize..(start + length).min(count) as usize].iter().collect())
}

fn instr(text: &str, what: &str, from: i64, nth: i64) -> i64 {
    let (chars, what): (Vec<char>, Vec<char>) = (text.chars().collect(), what.chars().collect());
    let hit = |i: &usize| chars[*i..].starts_with(&what);
    let (count, nth) = (chars.len(), (nth.max(1) - 1) as usize);
    let found = if from < 0 {
        let last = (count as i64 + from).max(-1) + 1;
        (0..last as usize).rev().filter(hit).nth(nth)
    } else {
        ((from.max(1) - 1) as usize..count).filter(hit).nth(nth)
    };
    found.map_or(0, |i| i as i64 + 1)
}

/// The filler and what is kept of the text.
fn pad(value: &str, width: i64, with: Option<&Value>) -> (String, String) {
    let width = width.clamp(0, 4000) as usize;
    let kept: String = value.chars().take(width).collect();
    let with = with.map_or_else(|| " ".to_owned(), |v| text(Some(v)));
    let filler = with.chars().cycle().take(if with.is_empty() { 0 } else { width - kept.chars().count() }).collect();
    (filler, kept)
}

fn system(c: &Connection, context: &Context<'_>) -> Result<()> {
    let points = context.world.database().map(|d| points(d, context.now)).unwrap_or_default();
    let again = points.clone();
    add(c, "o_scn_time", move |a| {
        let none = || OraError::new(8181, "specified number is not a valid system change number");
        noted(&points, |point| point.0, int(a.first())).map(|p| Value::Integer(p.1 * 1_000_000)).ok_or_else(none)
    })?;
    add(c, "o_time_scn", move |a| {
        let none = || OraError::new(8180, "no snapshot found based on specified time");
        let time = int(a.first()).div_euclid(1_000_000);
        noted(&again, |point| point.1, time).map(|p| Value::Integer(p.0)).ok_or_else(none)
    })?;
    let facts = userenv(context);
    add(c, "o_sys_context", move |a| {
        let (space, name) = (text(a.first()).to_uppercase(), text(a.get(1)).to_uppercase());
        if space != "USERENV" {
            return Ok(Value::Null);
        }
        let known = facts.iter().find(|(n, _)| *n == name);
        known.map(|(_, v)| Value::Text(v.clone())).ok_or_else(|| OraError::new(2003, "invalid USERENV parameter"))
    })
}

/// SCNs whose time was noted, and the present one.
fn points(d: &Database, now: i64) -> Vec<(i64, i64)> {
    let noted = d.scn_times.iter().copied().chain([(d.current_scn, now.div_euclid(1_000_000))]);
    noted.map(|(scn, time)| (i64::try_from(scn).unwrap_or(i64::MAX), time)).collect()
}

/// The last note up to and with a value; none before the first one and beyond the present.
fn noted(points: &[(i64, i64)], of: impl Fn(&(i64, i64)) -> i64, value: i64) -> Option<(i64, i64)> {
    let within = points.last().is_some_and(|last| value <= of(last));
    points.iter().rfind(|point| of(point) <= value).copied().filter(|_| within)
}

fn userenv(context: &Context<'_>) -> Vec<(&'static str, String)> {
    let facts = context.world.facts;
    let database = context.world.database();
    let name = database.map_or_else(String::new, |d| d.name.clone());
    vec![
        ("INSTANCE", "1".into()),
        ("INSTANCE_NAME", facts.instance.clone()),
        ("SERVER_HOST", facts.host.clone()),
        ("HOST", facts.host.clone()),
        ("SESSION_USER", context.user.to_owned()),
        ("CURRENT_USER", context.user.to_owned()),
        ("CURRENT_SCHEMA", context.user.to_owned()),
        ("SID", context.sid.to_string()),
        ("SESSIONID", "4294967295".into()),
        ("ISDBA", "TRUE".into()),
        ("DB_NAME", name.clone()),
        ("CON_NAME", name),
        ("CON_ID", "0".into()),
        ("DB_UNIQUE_NAME", database.map_or_else(String::new, |d| d.db_unique_name.clone())),
        ("DATABASE_ROLE", database.map_or_else(String::new, |d| d.role.clone())),
        ("SERVICE_NAME", "SYS$USERS".into()),
        ("OS_USER", "oracle".into()),
        ("LANGUAGE", "AMERICAN_AMERICA.AL32UTF8".into()),
        ("LANG", "US".into()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("database", 1, Some(4), Some("data"))]
    #[case("database", -4, None, Some("base"))]
    #[case("database", 0, Some(2), Some("da"))]
    #[case("database", 9, None, None)]
    #[case("database", 1, Some(0), None)]
    fn substr_counts_from_one(
        #[case] t: &str,
        #[case] from: i64,
        #[case] len: Option<i64>,
        #[case] want: Option<&str>,
    ) {
        assert_eq!(substr(t, from, len).as_deref(), want);
    }

    #[rstest::rstest]
    #[case("/u01/a/b", "/", 1, 2, 5)]
    #[case("/u01/a/b", "/", -1, 1, 7)]
    #[case("abc", "x", 1, 1, 0)]
    fn instr_both_ways(#[case] t: &str, #[case] what: &str, #[case] from: i64, #[case] nth: i64, #[case] want: i64) {
        assert_eq!(instr(t, what, from, nth), want);
    }
}
