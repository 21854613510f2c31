//! The parameters in force and what follows from them: names, destinations, the time.

use super::api::OraError;
use super::create::compatible;
use super::engine::EngineOptions;
use crate::{context::Oracle, quirk::Quirks};
use chrono::{DateTime, Datelike, Timelike, Utc};
use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// What every part of an instance may look up.
#[derive(Debug)]
pub(crate) struct Env {
    pub home: PathBuf,
    pub sid: String,
    pub host: String,
    pub oracle: Oracle,
    pub quirks: Quirks,
    pub parameters: Vec<(String, String)>,
}

/// Microseconds since the epoch.
pub(crate) fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Seconds since the epoch.
pub(crate) fn now() -> i64 {
    now_us() / 1_000_000
}

/// Oracle's 32-bit stamp of a time (STAMP columns, `%t` of RMAN, the resetlogs id `%r`): months of 31 days since 1988.
#[must_use]
pub fn stamp(seconds: i64) -> u64 {
    let time = DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default();
    let days = (i64::from(time.year() - 1988) * 12 + i64::from(time.month0())) * 31 + i64::from(time.day0());
    u64::try_from(days).unwrap_or(0) * 86_400 + u64::from(time.num_seconds_from_midnight())
}

const DEFAULTS: &[(&str, &str)] = &[("db_block_size", "8192"), ("log_archive_format", "%t_%s_%r.dbf")];

impl Env {
    /// Checks what STARTUP NOMOUNT checks: ORA-01506 without DB_NAME, ORA-19905 for the format, ORA-00401 for
    /// COMPATIBLE.
    pub fn new(options: EngineOptions) -> Result<Self, OraError> {
        let mut parameters: Vec<_> =
            options.parameters.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
        let add = |parameters: &mut Vec<(String, String)>, name: &str, value: &str| {
            if !parameters.iter().any(|(known, _)| known == name) {
                parameters.push((name.to_owned(), value.to_owned()));
            }
        };
        for (name, value) in DEFAULTS {
            add(&mut parameters, name, value);
        }
        let name = find(&parameters, "db_name").unwrap_or_default().to_owned();
        if name.is_empty() {
            return Err(OraError::new(1506, "missing or illegal database name"));
        }
        add(&mut parameters, "db_unique_name", &name);
        add(&mut parameters, "instance_name", &options.sid);
        add(&mut parameters, "compatible", compatible(options.oracle));
        let (home, sid, host) = (options.home, options.sid, options.host);
        let env = Self { home, sid, host, oracle: options.oracle, quirks: options.quirks, parameters };
        env.check_format()?;
        env.check_compatible()?;
        Ok(env)
    }

    fn check_format(&self) -> Result<(), OraError> {
        let format = self.get("log_archive_format").unwrap_or_default().to_lowercase();
        if ["%t", "%s", "%r"].iter().all(|part| format.contains(part)) {
            return Ok(());
        }
        Err(OraError::new(19905, "log_archive_format must contain %s, %t and %r"))
    }

    fn check_compatible(&self) -> Result<(), OraError> {
        if release(self.get("compatible").unwrap_or_default()) <= release(self.oracle.version()) {
            return Ok(());
        }
        Err(OraError::new(401, "the value for parameter compatible is not supported by this release"))
    }

    /// A parameter's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        find(&self.parameters, name)
    }

    /// DB_NAME in upper case.
    pub fn db_name(&self) -> String {
        self.get("db_name").unwrap_or_default().to_uppercase()
    }

    /// DB_UNIQUE_NAME.
    pub fn unique_name(&self) -> String {
        self.get("db_unique_name").unwrap_or_default().to_owned()
    }

    /// `$ORACLE_HOME/dbs`.
    pub fn dbs(&self) -> PathBuf {
        self.home.join("dbs")
    }

    /// `?` is the home and `@` the SID in file names (Administrator's Reference for Linux).
    pub fn expand(&self, name: &str) -> PathBuf {
        let name = name.trim().replace('@', &self.sid);
        match name.strip_prefix('?') {
            Some(rest) => self.home.join(rest.trim_start_matches('/')),
            None => PathBuf::from(name),
        }
    }

    /// CONTROL_FILES.
    pub fn control_files(&self) -> Vec<PathBuf> {
        let value = self.get("control_files").unwrap_or_default();
        let files: Vec<_> = value.split(',').filter(|name| !name.trim().is_empty()).map(|n| self.expand(n)).collect();
        if files.is_empty() { vec![self.dbs().join(format!("cntrl{}.dbf", self.sid))] } else { files }
    }

    /// The enabled local archive destinations with their numbers. None given: `$ORACLE_HOME/dbs/arch` as number 1.
    pub fn destinations(&self) -> Vec<(u32, PathBuf)> {
        let all: Vec<_> =
            (1..=31).filter_map(|n| Some((n, self.location(self.get(&format!("log_archive_dest_{n}"))?)?))).collect();
        let enabled = |n: &u32| {
            let state = self.get(&format!("log_archive_dest_state_{n}")).unwrap_or("ENABLE").to_uppercase();
            state == "ENABLE"
        };
        if all.is_empty() {
            let old = self.get("log_archive_dest").filter(|value| !value.is_empty());
            return vec![(1, old.map_or_else(|| self.dbs().join("arch"), |value| self.expand(value)))];
        }
        all.into_iter().filter(|(n, _)| enabled(n)).collect()
    }

    /// Where a suggested log is looked for: the highest destination, also a deferred one.
    pub fn suggestion_place(&self) -> PathBuf {
        let named = |n: u32| self.location(self.get(&format!("log_archive_dest_{n}"))?);
        (1..=31)
            .rev()
            .find_map(named)
            .unwrap_or_else(|| self.destinations().pop().map_or_else(|| self.dbs().join("arch"), |(_, place)| place))
    }

    fn location(&self, value: &str) -> Option<PathBuf> {
        let at = value.to_uppercase().find("LOCATION=")?;
        let place = value[at + 9..].split_whitespace().next()?.trim_matches(['"', '\'']);
        if !place.eq_ignore_ascii_case("USE_DB_RECOVERY_FILE_DEST") {
            return Some(self.expand(place));
        }
        let area = self.get("db_recovery_file_dest").filter(|area| !area.is_empty())?;
        Some(self.expand(area).join(self.unique_name().to_uppercase()).join("archivelog"))
    }

    /// A log's name in a place: LOG_ARCHIVE_FORMAT with `%t %s %r %d`, capitals padded with zeros.
    pub fn log_name(&self, place: &Path, thread: u32, sequence: u32, resetlogs_time: i64, dbid: u32) -> PathBuf {
        let id = stamp(resetlogs_time);
        let name = self
            .get("log_archive_format")
            .unwrap_or_default()
            .replace("%t", &thread.to_string())
            .replace("%T", &format!("{thread:04}"))
            .replace("%s", &sequence.to_string())
            .replace("%S", &format!("{sequence:010}"))
            .replace("%r", &id.to_string())
            .replace("%R", &format!("{id:010}"))
            .replace("%d", &format!("{dbid:x}"));
        place.join(name)
    }
}

/// The first two numbers of a release, to compare.
pub(crate) fn release(text: &str) -> (u32, u32) {
    let mut numbers = text.split('.').map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

fn find<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(parameters: &[(&str, &str)]) -> Result<Env, OraError> {
        let parameters = parameters.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Env::new(crate::db::testing::options(Path::new("/u01/home"), parameters))
    }

    #[test]
    fn destinations_and_names_follow_the_parameters() {
        let env = env(&[
            ("db_name", "orcl"),
            ("log_archive_dest_1", "LOCATION=/arch1 MANDATORY"),
            ("log_archive_dest_2", "location=?/arch2"),
            ("log_archive_dest_state_2", "defer"),
        ])
        .unwrap();
        assert_eq!(env.destinations(), [(1, PathBuf::from("/arch1"))]);
        assert_eq!(env.suggestion_place(), PathBuf::from("/u01/home/arch2"));
        assert_eq!(env.control_files(), [PathBuf::from("/u01/home/dbs/cntrlorcl.dbf")]);
        let name = env.log_name(Path::new("/a"), 1, 7, 1_397_000_000, 77);
        assert_eq!(name, PathBuf::from(format!("/a/1_7_{}.dbf", stamp(1_397_000_000))));
    }

    #[test]
    fn a_format_without_r_or_no_name_is_refused() {
        let code = |parameters: &[(&str, &str)]| env(parameters).unwrap_err().lines[0].0;
        assert_eq!(code(&[("db_name", "x"), ("log_archive_format", "%t_%s.arc")]), 19905);
        assert_eq!(code(&[]), 1506);
        assert_eq!(code(&[("db_name", "x"), ("compatible", "23.0.0")]), 401);
    }

    #[test]
    fn the_stamp_counts_months_of_31_days() {
        // 2019-03-28 14:25:42 UTC is 1004106342 in months of 31 days.
        let expected = ((31_u64 * 12 + 2) * 31 + 27) * 86_400 + 14 * 3600 + 25 * 60 + 42;
        assert_eq!(stamp(1_553_783_142), expected);
    }
}
