//! A disaster: somebody's UPDATE without its WHERE clause, committed before anybody noticed.

use super::{
    log::Ack,
    workload::{Sent, Session, Workload},
};
use crate::db::api::OraError;
use serde::{Deserialize, Serialize};
use std::io;

/// Rows that one transaction destroys: in backup mode each block brings its image, and all of it must fit into a log.
const AT_ONCE: usize = 100;

/// What is to be destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disaster {
    /// Rows below this number.
    pub rows: u32,
}

impl Default for Disaster {
    /// Every row of a site's table.
    fn default() -> Self {
        Self { rows: crate::guest::oracle::ROWS }
    }
}

/// What was destroyed and when. To have it undone, recover through the SCN before the first one: `UNTIL CHANGE first_scn`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destroyed {
    /// 1
    pub schema: u32,
    /// The database's name.
    pub database: String,
    /// Transactions that were acknowledged.
    pub transactions: u64,
    /// Their rows.
    pub rows: u64,
    /// SCN of the first one; a string, as every SCN.
    pub first_scn: String,
    /// SCN of the last one.
    pub last_scn: String,
    /// Time of the first one, RFC 3339 with microseconds.
    pub first_time: String,
    /// Time of the last one.
    pub last_time: String,
}

impl Workload {
    /// Destroys; each transaction is written down as any other. `Err` inside: the instance failed, or no row could be
    /// changed.
    pub fn destroy(
        &mut self,
        session: &mut dyn Session,
        disaster: &Disaster,
    ) -> io::Result<Result<Destroyed, OraError>> {
        self.note(&format!("a disaster begins: rows below {}", disaster.rows))?;
        let (mut done, mut rows, mut refused) = (Vec::new(), 0, OraError::new(1403, "no data found"));
        let keys: Vec<u32> = (0..disaster.rows).collect();
        for keys in keys.chunks(AT_ONCE) {
            match self.overwrite(session, keys)? {
                Sent::Committed(ack) => {
                    done.push(ack);
                    rows += keys.len() as u64;
                }
                Sent::Refused(error) => refused = error,
                Sent::Failed(error) => return Ok(Err(error)),
            }
        }
        Ok(self.told(&done, rows).ok_or(refused))
    }

    fn overwrite(&mut self, session: &mut dyn Session, keys: &[u32]) -> io::Result<Sent> {
        let n = self.number();
        self.send(session, n, keys.iter().map(|key| (*key, format!("{n}.{key}.destroyed"))).collect())
    }

    fn told(&self, done: &[Ack], rows: u64) -> Option<Destroyed> {
        let (first, last) = (done.first()?, done.last()?);
        Some(Destroyed {
            schema: 1,
            database: self.database().to_owned(),
            transactions: done.len() as u64,
            rows,
            first_scn: first.scn.to_string(),
            last_scn: last.scn.to_string(),
            first_time: time(first.time_us),
            last_time: time(last.time_us),
        })
    }
}

fn time(us: i64) -> String {
    let time = chrono::DateTime::from_timestamp_micros(us).unwrap_or_default();
    time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}
