//! Small things of the instance: V$SGA, V$SGAINFO, V$BACKUP_ASYNC_IO, V$BACKUP_SYNC_IO; stamps of records.

use super::cell::row;
use super::{Needs, View, World};
use crate::context::Oracle;
use chrono::{DateTime, Datelike, Timelike};

pub(super) const VIEWS: &[View] = &[
    View {
        name: "V$SGA",
        since: Oracle::V11_2,
        needs: Needs::Started,
        columns: "NAME v20, VALUE n, CON_ID n +12",
        rows: |w| sga(w).iter().map(|(name, value)| row!["NAME" => *name, "VALUE" => *value]).collect(),
    },
    View {
        name: "V$BACKUP_ASYNC_IO",
        since: Oracle::V11_2,
        needs: Needs::Started,
        columns: "SID n, SERIAL n, USE_COUNT n, RMAN_STATUS_RECID n, RMAN_STATUS_STAMP n, DEVICE_TYPE v17, TYPE v9, \
            STATUS v11, FILENAME v513, SET_COUNT n, SET_STAMP n, BUFFER_SIZE n, BUFFER_COUNT n, TOTAL_BYTES n, \
            OPEN_TIME d, CLOSE_TIME d, ELAPSED_TIME n, MAXOPENFILES n, BYTES n, EFFECTIVE_BYTES_PER_SECOND n, \
            IO_COUNT n, READY n, SHORT_WAITS n, SHORT_WAIT_TIME_TOTAL n, SHORT_WAIT_TIME_MAX n, LONG_WAITS n, \
            LONG_WAIT_TIME_TOTAL n, LONG_WAIT_TIME_MAX n, CON_ID n +12",
        rows: |_| Vec::new(),
    },
    View {
        name: "V$BACKUP_SYNC_IO",
        since: Oracle::V11_2,
        needs: Needs::Started,
        columns: "SID n, SERIAL n, USE_COUNT n, RMAN_STATUS_RECID n, RMAN_STATUS_STAMP n, DEVICE_TYPE v17, TYPE v9, \
            STATUS v11, FILENAME v513, SET_COUNT n, SET_STAMP n, BUFFER_SIZE n, BUFFER_COUNT n, TOTAL_BYTES n, \
            OPEN_TIME d, CLOSE_TIME d, ELAPSED_TIME n, MAXOPENFILES n, BYTES n, EFFECTIVE_BYTES_PER_SECOND n, \
            IO_COUNT n, IO_TIME_TOTAL n, IO_TIME_MAX n, DISCRETE_BYTES_PER_SECOND n, CON_ID n +12",
        rows: |_| Vec::new(),
    },
];

/// The four parts of the SGA that STARTUP prints, from SGA_TARGET; their sum is the total.
#[must_use]
pub fn sga(w: &World<'_>) -> Vec<(&'static str, i64)> {
    let set = |name: &str| w.facts.parameters.iter().find(|(n, _)| n == name).and_then(|(_, v)| bytes(v));
    let total = set("sga_target").or_else(|| set("sga_max_size")).unwrap_or(1_610_612_736).max(33_554_432);
    let (fixed, redo) = (8_897_304, 7_876_608);
    let buffers = (total * 3 / 4) & !0xf_ffff;
    vec![
        ("Fixed Size", fixed),
        ("Variable Size", total - fixed - redo - buffers),
        ("Database Buffers", buffers),
        ("Redo Buffers", redo),
    ]
}

/// A size as a parameter file writes it: `1536m`.
pub(super) fn bytes(text: &str) -> Option<i64> {
    let text = text.trim().to_lowercase();
    let digits = text.trim_end_matches(['k', 'm', 'g', 't']);
    let scale = match text.as_bytes().last()? {
        b'k' => 10,
        b'm' => 20,
        b'g' => 30,
        b't' => 40,
        _ => 0,
    };
    digits.parse::<i64>().ok().filter(|n| *n > 0).map(|n| n << scale)
}

/// Oracle's record stamp: seconds since 1988 in months of 31 days, in local time (RESETLOGS_ID, STAMP).
#[must_use]
pub fn stamp(seconds: i64) -> i64 {
    let Some(utc) = DateTime::from_timestamp(seconds, 0) else { return 0 };
    let t = utc.with_timezone(&chrono::Local);
    let months = (i64::from(t.year()) - 1988) * 12 + i64::from(t.month0());
    (months * 31 + i64::from(t.day0())) * 86_400 + i64::from(t.num_seconds_from_midnight())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("1536m", Some(1_610_612_736))]
    #[case("8192", Some(8192))]
    #[case("0", None)]
    #[case("lots", None)]
    fn sizes(#[case] text: &str, #[case] want: Option<i64>) {
        assert_eq!(bytes(text), want);
    }
}
