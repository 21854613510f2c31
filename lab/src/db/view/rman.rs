//! V$RMAN_BACKUP_JOB_DETAILS, V$RMAN_STATUS, V$RMAN_CONFIGURATION, V$RMAN_OUTPUT.

use super::cell::{date, row};
use super::{Needs, Row, View, World};
use crate::context::Oracle;
use crate::db::session::JobRow;

pub(super) const VIEWS: &[View] = &[
    View {
        name: "V$RMAN_BACKUP_JOB_DETAILS",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "SESSION_KEY n, SESSION_RECID n, SESSION_STAMP n, COMMAND_ID v33, START_TIME d, END_TIME d, \
            INPUT_BYTES n, OUTPUT_BYTES n, STATUS_WEIGHT n, OPTIMIZED_WEIGHT n, INPUT_TYPE_WEIGHT n, \
            OUTPUT_DEVICE_TYPE v17, AUTOBACKUP_COUNT n, BACKED_BY_OSB v3, AUTOBACKUP_DONE v3, STATUS v23, \
            INPUT_TYPE v13, OPTIMIZED v3, ELAPSED_SECONDS n, COMPRESSION_RATIO n, INPUT_BYTES_PER_SEC n, \
            OUTPUT_BYTES_PER_SEC n, INPUT_BYTES_DISPLAY v4000, OUTPUT_BYTES_DISPLAY v4000, \
            INPUT_BYTES_PER_SEC_DISPLAY v4000, OUTPUT_BYTES_PER_SEC_DISPLAY v4000, TIME_TAKEN_DISPLAY v4000, \
            CON_ID n +12",
        rows: |w| w.jobs.iter().map(details).collect(),
    },
    View {
        name: "V$RMAN_STATUS",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "SID n, RECID n, STAMP n, PARENT_RECID n, PARENT_STAMP n, SESSION_RECID n, SESSION_STAMP n, \
            ROW_LEVEL n, ROW_TYPE v19, COMMAND_ID v33, OPERATION v33, STATUS v23, MBYTES_PROCESSED n, START_TIME d, \
            END_TIME d, INPUT_BYTES n, OUTPUT_BYTES n, OPTIMIZED v3, OBJECT_TYPE v13, OUTPUT_DEVICE_TYPE v17, \
            OSB_ALLOCATED v3, CON_ID n +12",
        rows: |w| w.jobs.iter().map(|j| status(w, j)).collect(),
    },
    View {
        name: "V$RMAN_CONFIGURATION",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "CONF# n, NAME v65, VALUE v1025, CON_ID n +12",
        rows: |w| w.each(|d| d.rman_configuration.iter().enumerate().map(configuration).collect()),
    },
    View {
        name: "V$RMAN_OUTPUT",
        since: Oracle::V11_2,
        needs: Needs::Mounted,
        columns: "SID n, RECID n, STAMP n, SESSION_RECID n, SESSION_STAMP n, OUTPUT v130, RMAN_STATUS_RECID n, \
            RMAN_STATUS_STAMP n, CON_ID n +12",
        rows: |w| w.jobs.iter().flat_map(output).collect(),
    },
];

/// `12.50M`, as the DISPLAY columns write a size.
fn display(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "K", "M"] {
        if value < 1024.0 {
            return format!("{value:9.2}{unit}");
        }
        value /= 1024.0;
    }
    format!("{value:9.2}G")
}

fn seconds(j: &JobRow) -> i64 {
    (j.end_time.unwrap_or(j.start_time) - j.start_time).max(0)
}

fn details(j: &JobRow) -> Row {
    let elapsed = seconds(j);
    let per_second = |bytes: u64| bytes as f64 / elapsed.max(1) as f64;
    let ratio = if j.output_bytes == 0 { 1.0 } else { j.input_bytes as f64 / j.output_bytes as f64 };
    row![
        "SESSION_KEY" => j.key, "SESSION_RECID" => j.key, "SESSION_STAMP" => super::memory::stamp(j.start_time),
        "COMMAND_ID" => &j.command_id, "START_TIME" => date(j.start_time), "END_TIME" => date(j.end_time.unwrap_or(0)),
        "INPUT_BYTES" => j.input_bytes, "OUTPUT_BYTES" => j.output_bytes, "OUTPUT_DEVICE_TYPE" => &j.device_type,
        "AUTOBACKUP_COUNT" => u32::from(j.autobackup), "BACKED_BY_OSB" => "NO", "AUTOBACKUP_DONE" => j.autobackup,
        "STATUS" => &j.status, "INPUT_TYPE" => &j.input_type, "OPTIMIZED" => "NO", "ELAPSED_SECONDS" => elapsed,
        "COMPRESSION_RATIO" => ratio.max(1.0), "INPUT_BYTES_PER_SEC" => per_second(j.input_bytes),
        "OUTPUT_BYTES_PER_SEC" => per_second(j.output_bytes), "INPUT_BYTES_DISPLAY" => display(j.input_bytes),
        "OUTPUT_BYTES_DISPLAY" => display(j.output_bytes),
        "TIME_TAKEN_DISPLAY" => format!("{:02}:{:02}:{:02}", elapsed / 3600, elapsed / 60 % 60, elapsed % 60),
    ]
}

fn status(w: &World<'_>, j: &JobRow) -> Row {
    let stamp = super::memory::stamp(j.start_time);
    row![
        "SID" => w.sessions.iter().find(|s| s.serial == j.serial && s.sid == j.sid).map_or(0, |s| s.sid),
        "RECID" => j.key, "STAMP" => stamp, "SESSION_RECID" => j.key, "SESSION_STAMP" => stamp, "ROW_LEVEL" => 0,
        "ROW_TYPE" => "SESSION", "COMMAND_ID" => &j.command_id, "OPERATION" => "RMAN", "STATUS" => &j.status,
        "MBYTES_PROCESSED" => j.input_bytes / 1_048_576, "START_TIME" => date(j.start_time),
        "END_TIME" => date(j.end_time.unwrap_or(0)), "INPUT_BYTES" => j.input_bytes, "OUTPUT_BYTES" => j.output_bytes,
        "OPTIMIZED" => "NO", "OBJECT_TYPE" => &j.input_type, "OUTPUT_DEVICE_TYPE" => &j.device_type,
        "OSB_ALLOCATED" => "NO",
    ]
}

fn output(j: &JobRow) -> Vec<Row> {
    let line = |(n, text): (usize, &String)| {
        row![
            "SID" => j.sid, "RECID" => n + 1, "STAMP" => super::memory::stamp(j.start_time),
            "SESSION_RECID" => j.key, "SESSION_STAMP" => super::memory::stamp(j.start_time), "OUTPUT" => text,
            "RMAN_STATUS_RECID" => j.key,
        ]
    };
    j.output.iter().enumerate().map(line).collect()
}

fn configuration((n, (name, value)): (usize, &(String, String))) -> Row {
    row!["CONF#" => n + 1, "NAME" => name, "VALUE" => value]
}
