//! V$INSTANCE, V$VERSION, V$OPTION, V$DIAG_INFO, V$ENCRYPTION_WALLET, V$PASSWORDFILE_INFO.

use super::cell::{date, row};
use super::{Needs, Row, View, World};
use crate::context::Oracle;
use crate::db::api::Status;
use std::path::Path;

pub(super) const VIEWS: &[View] = &[
    View {
        name: "V$INSTANCE",
        since: Oracle::V11_2,
        needs: Needs::Started,
        columns: "INSTANCE_NUMBER n, INSTANCE_NAME v16, HOST_NAME v64, VERSION v17, VERSION_LEGACY v17 +19, \
            VERSION_FULL v17 +19, STARTUP_TIME d, STATUS v12, PARALLEL v3, THREAD# n, ARCHIVER v7, \
            LOG_SWITCH_WAIT v15, LOGINS v10, SHUTDOWN_PENDING v3, DATABASE_STATUS v17, INSTANCE_ROLE v18, \
            ACTIVE_STATE v9, BLOCKED v3, CON_ID n +12, INSTANCE_MODE v11 +12, EDITION v7 +12, FAMILY v80 +12, \
            DATABASE_TYPE v15 +12",
        rows: instance,
    },
    View {
        name: "V$VERSION",
        since: Oracle::V11_2,
        needs: Needs::Started,
        columns: "BANNER v80, BANNER_FULL v160 +19, BANNER_LEGACY v80 +19, CON_ID n +12",
        rows: versions,
    },
    View {
        name: "V$OPTION",
        since: Oracle::V11_2,
        needs: Needs::Started,
        columns: "PARAMETER v64, VALUE v64, CON_ID n +12",
        rows: options,
    },
    View {
        name: "V$DIAG_INFO",
        since: Oracle::V11_2,
        needs: Needs::Started,
        columns: "INST_ID n, NAME v64, VALUE v512, CON_ID n +12",
        rows: diag,
    },
    View {
        name: "V$ENCRYPTION_WALLET",
        since: Oracle::V11_2,
        needs: Needs::Started,
        columns: "WRL_TYPE v20, WRL_PARAMETER v4000, STATUS v18 -12, STATUS v30 +12, WALLET_TYPE v20 +12, \
            WALLET_ORDER v9 +12, KEYSTORE_MODE v8 +19, FULLY_BACKED_UP v9 +12, CON_ID n +12",
        rows: wallet,
    },
    View {
        name: "V$PASSWORDFILE_INFO",
        since: Oracle::V12_2,
        needs: Needs::Started,
        columns: "FILE_NAME v513, FORMAT v6, IS_ASM v5, CON_ID n",
        rows: password_file,
    },
];

/// The release as products print it: `19c Enterprise Edition Release 19.0.0.0.0`.
#[must_use]
pub fn product(release: Oracle) -> String {
    let (marketing, tail) = match release {
        Oracle::V11_2 => ("11g", "64bit Production"),
        Oracle::V12_2 => ("12c", "64bit Production"),
        Oracle::V19 => ("19c", "Production"),
        Oracle::V23 => ("23ai", "Production"),
    };
    format!("Oracle Database {marketing} Enterprise Edition Release {} - {tail}", release.version())
}

/// The release update that VERSION_FULL shows from 18c on.
#[must_use]
pub const fn full_version(release: Oracle) -> &'static str {
    match release {
        Oracle::V11_2 | Oracle::V12_2 => release.version(),
        Oracle::V19 => "19.3.0.0.0",
        Oracle::V23 => "23.5.0.24.07",
    }
}

fn instance(w: &World<'_>) -> Vec<Row> {
    let status = match w.facts.status {
        Status::Started => "STARTED",
        Status::Mounted => "MOUNTED",
        Status::Open => "OPEN",
    };
    let archiving = w.facts.status == Status::Open && w.database().is_some_and(|d| d.archivelog);
    let version = w.release.version();
    vec![row![
        "INSTANCE_NUMBER" => 1, "INSTANCE_NAME" => &w.facts.instance, "HOST_NAME" => &w.facts.host,
        "VERSION" => version, "VERSION_LEGACY" => version, "VERSION_FULL" => full_version(w.release),
        "STARTUP_TIME" => date(w.facts.startup_time), "STATUS" => status, "PARALLEL" => "NO",
        "THREAD#" => u32::from(w.facts.status >= Status::Mounted),
        "ARCHIVER" => if archiving { "STARTED" } else { "STOPPED" }, "LOGINS" => "ALLOWED", "SHUTDOWN_PENDING" => "NO",
        "DATABASE_STATUS" => "ACTIVE",
        "INSTANCE_ROLE" => if w.facts.status == Status::Started { "UNKNOWN" } else { "PRIMARY_INSTANCE" },
        "ACTIVE_STATE" => "NORMAL", "BLOCKED" => "NO", "INSTANCE_MODE" => "REGULAR", "EDITION" => "EE",
        "DATABASE_TYPE" => "SINGLE",
    ]]
}

fn versions(w: &World<'_>) -> Vec<Row> {
    let first = product(w.release);
    if w.release >= Oracle::V19 {
        let full = format!("{first}\nVersion {}", full_version(w.release));
        return vec![row!["BANNER" => &first, "BANNER_FULL" => full, "BANNER_LEGACY" => &first]];
    }
    let version = w.release.version();
    let tools = [format!("PL/SQL Release {version} - Production"), format!("CORE\t{version}\tProduction")];
    let rest =
        [format!("TNS for Linux: Version {version} - Production"), format!("NLSRTL Version {version} - Production")];
    [first].into_iter().chain(tools).chain(rest).map(|banner| row!["BANNER" => banner]).collect()
}

fn options(_: &World<'_>) -> Vec<Row> {
    let yes = ["Partitioning", "Objects", "Advanced replication", "Flashback Database", "Block Change Tracking"];
    let more = ["Incremental backup and recovery", "Parallel backup and recovery", "Duplexed backups"];
    let no = ["Real Application Clusters", "Automatic Storage Management", "Oracle Database Vault", "Unified Auditing"];
    let row = |value: &'static str| move |name: &str| row!["PARAMETER" => name, "VALUE" => value];
    yes.into_iter().chain(more).map(row("TRUE")).chain(no.into_iter().map(row("FALSE"))).collect()
}

fn diag(w: &World<'_>) -> Vec<Row> {
    let set = w.facts.parameters.iter().find(|(n, _)| n == "diagnostic_dest").map(|(_, v)| v.clone());
    let base = set.filter(|v| !v.is_empty()).unwrap_or_else(|| format!("{}/log", w.home));
    let unique = w.database().map_or_else(|| w.facts.instance.to_lowercase(), |d| d.db_unique_name.to_lowercase());
    let home = format!("{base}/diag/rdbms/{unique}/{}", w.facts.instance);
    let trace = format!("{home}/trace");
    [
        ("Diag Enabled", "TRUE".to_owned()),
        ("ADR Base", base),
        ("ADR Home", home.clone()),
        ("Diag Trace", trace.clone()),
        ("Diag Alert", format!("{home}/alert")),
        ("Diag Incident", format!("{home}/incident")),
        ("Diag Cdump", format!("{home}/cdump")),
        ("Health Monitor", format!("{home}/hm")),
        ("Default Trace File", format!("{trace}/{}_ora_{}.trc", w.facts.instance, std::process::id())),
        ("Active Problem Count", "0".to_owned()),
        ("Active Incident Count", "0".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| row!["INST_ID" => 1, "NAME" => name, "VALUE" => value])
    .collect()
}

fn wallet(w: &World<'_>) -> Vec<Row> {
    let status = if w.release == Oracle::V11_2 { "CLOSED" } else { "NOT_AVAILABLE" };
    vec![row![
        "WRL_TYPE" => "FILE", "WRL_PARAMETER" => format!("{}/admin/{}/wallet", w.home, w.facts.instance),
        "STATUS" => status, "WALLET_TYPE" => "UNKNOWN", "WALLET_ORDER" => "SINGLE", "KEYSTORE_MODE" => "NONE",
        "FULLY_BACKED_UP" => "UNDEFINED",
    ]]
}

fn password_file(w: &World<'_>) -> Vec<Row> {
    let name = format!("{}/dbs/orapw{}", w.home, w.facts.instance);
    if !Path::new(&name).exists() {
        return Vec::new();
    }
    vec![row!["FILE_NAME" => name, "FORMAT" => "12.2", "IS_ASM" => "FALSE"]]
}
