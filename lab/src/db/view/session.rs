//! V$SESSION, V$PROCESS, V$SESSION_LONGOPS.

use super::cell::{date, row};
use super::{Needs, Row, View};
use crate::context::Oracle;
use crate::db::session::{Longop, SessionRow};

pub(super) const VIEWS: &[View] = &[
    View {
        name: "V$SESSION",
        since: Oracle::V11_2,
        needs: Needs::Started,
        columns: "SADDR v16, SID n, SERIAL# n, AUDSID n, PADDR v16, USER# n, USERNAME v30 -12, USERNAME v128 +12, \
            COMMAND n, OWNERID n, TADDR v16, LOCKWAIT v16, STATUS v8, SERVER v9, SCHEMA# n, SCHEMANAME v30 -12, \
            SCHEMANAME v128 +12, OSUSER v30 -12, OSUSER v128 +12, PROCESS v24, MACHINE v64, PORT n, TERMINAL v30, \
            PROGRAM v48, TYPE v10, SQL_ADDRESS v16, SQL_HASH_VALUE n, SQL_ID v13, SQL_CHILD_NUMBER n, \
            SQL_EXEC_START d, SQL_EXEC_ID n, PREV_SQL_ID v13, MODULE v64, MODULE_HASH n, ACTION v64, ACTION_HASH n, \
            CLIENT_INFO v64, FIXED_TABLE_SEQUENCE n, ROW_WAIT_OBJ# n, ROW_WAIT_FILE# n, ROW_WAIT_BLOCK# n, \
            ROW_WAIT_ROW# n, LOGON_TIME d, LAST_CALL_ET n, PDML_ENABLED v3, FAILOVER_TYPE v13, FAILOVER_METHOD v10, \
            FAILED_OVER v3, RESOURCE_CONSUMER_GROUP v32, PDML_STATUS v8, PDDL_STATUS v8, PQ_STATUS v8, \
            CURRENT_QUEUE_DURATION n, CLIENT_IDENTIFIER v64, BLOCKING_SESSION_STATUS v11, BLOCKING_INSTANCE n, \
            BLOCKING_SESSION n, SEQ# n, EVENT# n, EVENT v64, P1TEXT v64, P1 n, P2TEXT v64, P2 n, P3TEXT v64, P3 n, \
            WAIT_CLASS_ID n, WAIT_CLASS# n, WAIT_CLASS v64, WAIT_TIME n, SECONDS_IN_WAIT n, STATE v19, \
            SERVICE_NAME v64, SQL_TRACE v8, CREATOR_ADDR v16, CREATOR_SERIAL# n, ECID v64, CON_ID n +12",
        rows: |w| w.sessions.iter().map(session).collect(),
    },
    View {
        name: "V$PROCESS",
        since: Oracle::V11_2,
        needs: Needs::Started,
        columns: "ADDR v16, PID n, SOSID v24 +12, SPID v24, STID v24 +12, EXECUTION_TYPE v10 +12, PNAME v5, \
            USERNAME v15, SERIAL# n, TERMINAL v30, PROGRAM v48, TRACEID v255, TRACEFILE v513, BACKGROUND v1, \
            LATCHWAIT v16, LATCHSPIN v16, PGA_USED_MEM n, PGA_ALLOC_MEM n, PGA_FREEABLE_MEM n, PGA_MAX_MEM n, \
            CON_ID n +12",
        rows: |w| w.sessions.iter().enumerate().map(process).collect(),
    },
    View {
        name: "V$SESSION_LONGOPS",
        since: Oracle::V11_2,
        needs: Needs::Started,
        columns: "SID n, SERIAL# n, OPNAME v64, TARGET v64, TARGET_DESC v32, SOFAR n, TOTALWORK n, UNITS v32, \
            START_TIME d, LAST_UPDATE_TIME d, TIMESTAMP d, TIME_REMAINING n, ELAPSED_SECONDS n, CONTEXT n, \
            MESSAGE v512, USERNAME v30, SQL_ADDRESS v16, SQL_HASH_VALUE n, SQL_ID v13, QCSID n, CON_ID n +12",
        rows: |w| w.longops.iter().map(longop).collect(),
    },
];

/// The address of a process: V$SESSION.PADDR joins V$PROCESS.ADDR (Database Reference, V$SESSION).
fn address(base: u64, s: &SessionRow) -> String {
    format!("{:016X}", base + u64::from(s.sid) * 0x1000)
}

fn session(s: &SessionRow) -> Row {
    row![
        "SADDR" => address(0x6F00_0000, s), "PADDR" => address(0x7F00_0000, s),
        "SID" => s.sid, "SERIAL#" => s.serial, "AUDSID" => if s.background { 0_i64 } else { 4_294_967_295 },
        "USER#" => 0, "USERNAME" => &s.user, "COMMAND" => 0, "STATUS" => &s.status, "SERVER" => "DEDICATED",
        "SCHEMA#" => 0, "SCHEMANAME" => if s.user.is_empty() { "SYS" } else { &s.user }, "OSUSER" => &s.os_user,
        "PROCESS" => s.pid.to_string(), "MACHINE" => &s.machine, "PORT" => 0, "TERMINAL" => "UNKNOWN",
        "PROGRAM" => &s.program, "TYPE" => if s.background { "BACKGROUND" } else { "USER" }, "MODULE" => &s.program,
        "CLIENT_INFO" => &s.client_info, "ACTION" => &s.action, "LOGON_TIME" => date(s.logon_time),
        "LAST_CALL_ET" => 0, "PDML_ENABLED" => "NO", "FAILOVER_TYPE" => "NONE", "FAILOVER_METHOD" => "NONE",
        "FAILED_OVER" => "NO", "PDML_STATUS" => "DISABLED", "PDDL_STATUS" => "ENABLED", "PQ_STATUS" => "ENABLED",
        "BLOCKING_SESSION_STATUS" => "NO HOLDER",
        "EVENT" => if s.background { "rdbms ipc message" } else { "SQL*Net message from client" },
        "WAIT_CLASS" => "Idle", "STATE" => "WAITING", "SERVICE_NAME" => if s.background { "SYS$BACKGROUND" } else { "SYS$USERS" }, "SQL_TRACE" => "DISABLED",
    ]
}

fn process((n, s): (usize, &SessionRow)) -> Row {
    row![
        "ADDR" => address(0x7F00_0000, s), "PID" => n + 2, "SPID" => s.server_pid.to_string(), "SOSID" => s.server_pid.to_string(),
        "STID" => s.server_pid.to_string(), "EXECUTION_TYPE" => "PROCESS", "USERNAME" => &s.os_user,
        "PNAME" => if s.background { s.program.split(['(', ')']).nth(1).unwrap_or("") } else { "" },
        "SERIAL#" => s.serial, "TERMINAL" => "UNKNOWN", "PROGRAM" => &s.program,
        "BACKGROUND" => s.background.then_some("1"),
    ]
}

fn longop(l: &Longop) -> Row {
    let elapsed = l.last_time - l.start_time;
    let remaining = (l.sofar > 0).then(|| elapsed * (l.totalwork as i64 - l.sofar as i64).max(0) / l.sofar as i64);
    row![
        "SID" => l.sid, "SERIAL#" => l.serial, "OPNAME" => &l.opname, "SOFAR" => l.sofar,
        "TOTALWORK" => l.totalwork, "UNITS" => "Blocks", "START_TIME" => date(l.start_time),
        "LAST_UPDATE_TIME" => date(l.last_time), "TIME_REMAINING" => remaining, "ELAPSED_SECONDS" => elapsed,
        "CONTEXT" => l.context, "USERNAME" => &l.user,
        "MESSAGE" => format!("{}: {} out of {} Blocks done", l.opname, l.sofar, l.totalwork),
    ]
}
