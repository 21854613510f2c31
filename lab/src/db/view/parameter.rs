//! V$PARAMETER, V$SYSTEM_PARAMETER, V$SPPARAMETER. The list of names is the part of the Reference that a backup asks for;
//! whatever the parameter file sets is shown as well.

use super::cell::row;
use super::{Needs, Row, View, World};
use crate::context::Oracle;
use std::collections::BTreeMap;

const COLUMNS: &str = "NUM n, NAME v80, TYPE n, VALUE v4000, DISPLAY_VALUE v4000, DEFAULT_VALUE v255 +12, ISDEFAULT v9, \
    ISSES_MODIFIABLE v5, ISSYS_MODIFIABLE v9, ISPDB_MODIFIABLE v5 +12, ISINSTANCE_MODIFIABLE v5, ISMODIFIED v10, \
    ISADJUSTED v5, ISDEPRECATED v5, ISBASIC v5, DESCRIPTION v255, UPDATE_COMMENT v255, HASH n, CON_ID n +12";

pub(super) const VIEWS: &[View] = &[
    View { name: "V$PARAMETER", since: Oracle::V11_2, needs: Needs::Started, columns: COLUMNS, rows: parameters },
    View {
        name: "V$SYSTEM_PARAMETER",
        since: Oracle::V11_2,
        needs: Needs::Started,
        columns: COLUMNS,
        rows: parameters,
    },
    View {
        name: "V$SPPARAMETER",
        since: Oracle::V11_2,
        needs: Needs::Started,
        columns: "FAMILY v80 +12, SID v80, NAME v80, TYPE v11, VALUE v255, DISPLAY_VALUE v255, ISSPECIFIED v6, \
            ORDINAL n, UPDATE_COMMENT v255, CON_ID n +12",
        rows: spparameters,
    },
];

/// How ALTER SYSTEM may change a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Not without a restart: ORA-02095.
    Never,
    /// At once.
    Immediate,
}

/// A parameter that has a default.
pub struct Known {
    /// Lower case.
    pub name: &'static str,
    /// 1 boolean, 2 string, 3 integer, 6 big integer.
    pub kind: u32,
    /// Its default.
    pub default: &'static str,
    /// How it changes.
    pub change: Change,
}

const fn fixed(name: &'static str, kind: u32, default: &'static str) -> Known {
    Known { name, kind, default, change: Change::Never }
}

const fn free(name: &'static str, kind: u32, default: &'static str) -> Known {
    Known { name, kind, default, change: Change::Immediate }
}

/// Parameters with their defaults. `free` are those that the lab's engine itself does not act on.
pub const KNOWN: &[Known] = &[
    fixed("archive_lag_target", 3, "0"),
    fixed("audit_file_dest", 2, ""),
    fixed("audit_trail", 2, "NONE"),
    fixed("background_dump_dest", 2, ""),
    fixed("cluster_database", 1, "FALSE"),
    fixed("compatible", 2, ""),
    fixed("control_files", 2, ""),
    free("control_file_record_keep_time", 3, "7"),
    fixed("db_block_size", 3, "8192"),
    fixed("db_create_file_dest", 2, ""),
    fixed("db_create_online_log_dest_1", 2, ""),
    fixed("db_domain", 2, ""),
    fixed("db_file_name_convert", 2, ""),
    fixed("db_files", 3, "200"),
    free("db_flashback_retention_target", 3, "1440"),
    fixed("db_name", 2, ""),
    fixed("db_recovery_file_dest", 2, ""),
    free("db_recovery_file_dest_size", 6, "0"),
    fixed("db_unique_name", 2, ""),
    fixed("dg_broker_start", 1, "FALSE"),
    fixed("diagnostic_dest", 2, ""),
    fixed("enable_pluggable_database", 1, "FALSE"),
    fixed("fal_server", 2, ""),
    fixed("fast_start_mttr_target", 3, "0"),
    fixed("ifile", 2, ""),
    fixed("instance_name", 2, ""),
    free("job_queue_processes", 3, "1000"),
    free("large_pool_size", 6, "0"),
    free("local_listener", 2, ""),
    fixed("log_archive_config", 2, ""),
    fixed("log_archive_dest", 2, ""),
    fixed("log_archive_format", 2, "%t_%s_%r.dbf"),
    free("log_archive_max_processes", 3, "4"),
    free("log_archive_trace", 3, "0"),
    fixed("log_buffer", 6, "7876608"),
    fixed("log_file_name_convert", 2, ""),
    fixed("nls_date_format", 2, ""),
    fixed("nls_language", 2, "AMERICAN"),
    fixed("nls_territory", 2, "AMERICA"),
    free("open_cursors", 3, "50"),
    free("pga_aggregate_target", 6, "0"),
    fixed("processes", 3, "300"),
    free("recyclebin", 2, "on"),
    fixed("remote_login_passwordfile", 2, "EXCLUSIVE"),
    fixed("service_names", 2, ""),
    fixed("sessions", 3, "472"),
    fixed("sga_max_size", 6, "1610612736"),
    free("sga_target", 6, "0"),
    fixed("spfile", 2, ""),
    free("statistics_level", 2, "TYPICAL"),
    free("tape_asynch_io", 1, "TRUE"),
    fixed("tde_configuration", 2, ""),
    free("undo_retention", 3, "900"),
    fixed("undo_tablespace", 2, ""),
    fixed("user_dump_dest", 2, ""),
    fixed("wallet_root", 2, ""),
];

/// Names that a release does not have yet.
fn exists(name: &str, release: Oracle) -> bool {
    match name {
        "wallet_root" | "tde_configuration" => release >= Oracle::V19,
        "enable_pluggable_database" => release >= Oracle::V12_2,
        _ => true,
    }
}

struct Shown {
    name: String,
    kind: u32,
    value: String,
    set: bool,
    modified: bool,
    change: Change,
}

fn shown(w: &World<'_>) -> Vec<Shown> {
    let mut all: BTreeMap<String, Shown> = BTreeMap::new();
    for k in KNOWN.iter().filter(|k| exists(k.name, w.release)) {
        insert(&mut all, k.name, k.kind, k.default, k.change);
    }
    for n in 1..=31 {
        insert(&mut all, &format!("log_archive_dest_{n}"), 2, "", Change::Never);
        insert(&mut all, &format!("log_archive_dest_state_{n}"), 2, "enable", Change::Never);
    }
    for (name, value) in &w.facts.parameters {
        let name = name.to_lowercase();
        let kind = all.get(&name).map_or(2, |s| s.kind);
        let change = all.get(&name).map_or(Change::Never, |s| s.change);
        all.insert(name.clone(), Shown { name, kind, value: plain(kind, value), set: true, modified: false, change });
    }
    derived(w, &mut all);
    for (name, value) in w.changed {
        if let Some(shown) = all.get_mut(name) {
            (shown.value, shown.modified) = (plain(shown.kind, value), true);
        }
    }
    all.into_values().collect()
}

fn insert(all: &mut BTreeMap<String, Shown>, name: &str, kind: u32, value: &str, change: Change) {
    let (key, value) = (name.to_owned(), value.to_owned());
    all.insert(key.clone(), Shown { name: key, kind, value, set: false, modified: false, change });
}

/// Booleans show as TRUE and FALSE, sizes in bytes.
fn plain(kind: u32, value: &str) -> String {
    match kind {
        1 => value.to_uppercase(),
        6 => super::memory::bytes(value).map_or_else(|| value.to_owned(), |n| n.to_string()),
        _ => value.to_owned(),
    }
}

/// Defaults that follow from others.
fn derived(w: &World<'_>, all: &mut BTreeMap<String, Shown>) {
    let name = all.get("db_name").map(|s| s.value.clone()).unwrap_or_default();
    let mut fill = |key: &str, value: String| {
        if let Some(shown) = all.get_mut(key).filter(|s| s.value.is_empty()) {
            shown.value = value;
        }
    };
    fill("db_unique_name", name.clone());
    fill("service_names", name);
    fill("instance_name", w.facts.instance.clone());
    fill("spfile", w.spfile.unwrap_or_default().to_owned());
    fill("compatible", w.release.version().to_owned());
    fill(
        "control_files",
        w.each(|d| d.controlfiles.clone()).iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", "),
    );
}

fn parameters(w: &World<'_>) -> Vec<Row> {
    let row = |(n, s): (usize, &Shown)| {
        row![
            "NUM" => n + 1, "NAME" => &s.name, "TYPE" => s.kind, "VALUE" => &s.value, "DISPLAY_VALUE" => brief(s),
            "ISDEFAULT" => if s.set { "FALSE" } else { "TRUE" }, "ISSES_MODIFIABLE" => "FALSE",
            "ISSYS_MODIFIABLE" => if s.change == Change::Immediate { "IMMEDIATE" } else { "FALSE" },
            "ISPDB_MODIFIABLE" => "FALSE", "ISINSTANCE_MODIFIABLE" => "FALSE",
            "ISMODIFIED" => if s.modified { "SYSTEM_MOD" } else { "FALSE" }, "ISADJUSTED" => "FALSE",
            "ISDEPRECATED" => "FALSE", "ISBASIC" => "FALSE",
        ]
    };
    shown(w).iter().enumerate().map(row).collect()
}

/// Sizes as SHOW PARAMETER writes them: `1536M`.
fn brief(s: &Shown) -> String {
    let size = s.value.parse::<i64>().ok().filter(|n| s.kind == 6 && *n > 0);
    match size {
        Some(n) if n % (1 << 30) == 0 => format!("{}G", n >> 30),
        Some(n) if n % (1 << 20) == 0 => format!("{}M", n >> 20),
        Some(n) if n % (1 << 10) == 0 => format!("{}K", n >> 10),
        _ => s.value.clone(),
    }
}

/// V$SPPARAMETER lists every name; those of the file are ISSPECIFIED. Without an spfile none is.
fn spparameters(w: &World<'_>) -> Vec<Row> {
    let kinds = [(1, "boolean"), (2, "string"), (3, "integer"), (6, "big integer")];
    let row = |s: &Shown| {
        let set = w.spfile.is_some() && s.set;
        let value = set.then_some(s.value.as_str());
        let kind = kinds.iter().find(|(k, _)| *k == s.kind).map_or("string", |(_, name)| name);
        row![
            "FAMILY" => "dflt", "SID" => "*", "NAME" => &s.name, "TYPE" => kind, "VALUE" => value,
            "DISPLAY_VALUE" => value, "ISSPECIFIED" => if set { "TRUE" } else { "FALSE" },
            "ORDINAL" => u32::from(set),
        ]
    };
    shown(w).iter().map(row).collect()
}
