//! CONFIGURE and SHOW.

use super::Session;
use crate::{
    db::api::{Command, ControlType, Database},
    rman::{stack::Failure, words},
};

/// Not to be changed under a BACKUP or STANDBY control file (RMAN-05021).
const PRIMARY_ONLY: &[&str] = &["RETENTION POLICY", "ENCRYPTION FOR DATABASE", "ENCRYPTION ALGORITHM"];

impl Session {
    /// CONFIGURE name value; an empty value clears.
    pub fn configure(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        let database = self.database()?;
        if database.control_type != ControlType::Current && PRIMARY_ONLY.contains(&name) {
            return Err(Failure::rman(
                5021,
                "this configuration cannot be changed for a BACKUP or STANDBY control file",
            ));
        }
        if name == "CONTROLFILE AUTOBACKUP" && !matches!(value, "ON" | "OFF" | "") {
            return Err(Failure::rman(558, "error encountered while parsing input commands")
                .and_rman(1009, "syntax error: found \"identifier\": expecting one of: \"clear, format, off, on\""));
        }
        let old = database.rman_configuration.iter().find(|(known, _)| known == name).map(|(_, old)| old.clone());
        self.target()?.execute(&Command::Configure { name: name.into(), value: value.into() })?;
        self.say_configured(name, old.as_deref(), value);
        Ok(())
    }

    fn say_configured(&self, name: &str, old: Option<&str>, value: &str) {
        let line = |value: &str| format!("CONFIGURE {name} {value};");
        let mut lines = Vec::new();
        if let Some(old) = old {
            lines.extend(["old RMAN configuration parameters:".to_owned(), line(old)]);
        }
        if value.is_empty() {
            lines.push("RMAN configuration parameters are successfully reset to default value".into());
        } else {
            lines.extend(["new RMAN configuration parameters:".to_owned(), line(value)]);
            lines.push("new RMAN configuration parameters are successfully stored".into());
        }
        self.out.lines(&lines);
    }

    /// SHOW ALL or one parameter.
    pub fn show(&mut self, what: &str) -> Result<(), Failure> {
        let database = self.database()?;
        let all = self.shown(&database);
        let wanted: Vec<_> =
            all.into_iter().filter(|line| what == "ALL" || line.starts_with(&format!("CONFIGURE {what}"))).collect();
        if wanted.is_empty() {
            return Err(Failure::rman(558, "error encountered while parsing input commands")
                .and_rman(1009, "syntax error: found \"identifier\": expecting one of: \"all, controlfile, device\"")
                .and_rman(1008, format!("the bad identifier was: {what}")));
        }
        let head = format!(
            "RMAN configuration parameters for database with db_unique_name {} are:",
            database.db_unique_name.to_uppercase()
        );
        self.out.line(head);
        self.out.lines(&wanted);
        Ok(())
    }

    fn shown(&self, database: &Database) -> Vec<String> {
        let autobackup = if words::autobackup_default(self.site.oracle) { "ON" } else { "OFF" };
        let snapshot = format!("TO '{}'", self.snapshot_controlfile().display());
        let defaults: [(&str, &str); 11] = [
            ("RETENTION POLICY", "TO REDUNDANCY 1"),
            ("BACKUP OPTIMIZATION", "OFF"),
            ("DEFAULT DEVICE TYPE", "TO DISK"),
            ("CONTROLFILE AUTOBACKUP", autobackup),
            ("CONTROLFILE AUTOBACKUP FORMAT FOR", "DEVICE TYPE DISK TO '%F'"),
            ("DEVICE TYPE", "DISK PARALLELISM 1 BACKUP TYPE TO BACKUPSET"),
            ("MAXSETSIZE", "TO UNLIMITED"),
            ("ENCRYPTION FOR DATABASE", "OFF"),
            ("ENCRYPTION ALGORITHM", "'AES128'"),
            ("ARCHIVELOG DELETION POLICY", "TO NONE"),
            ("SNAPSHOT CONTROLFILE NAME", &snapshot),
        ];
        let configured = &database.rman_configuration;
        let set = |name: &str| configured.iter().find(|(known, _)| known == name);
        let mut lines: Vec<String> = defaults
            .iter()
            .map(|(name, value)| match set(name) {
                Some((_, value)) => format!("CONFIGURE {name} {value};"),
                None => format!("CONFIGURE {name} {value}; # default"),
            })
            .collect();
        let others = configured.iter().filter(|(name, _)| !defaults.iter().any(|(known, _)| known == name));
        lines.extend(others.map(|(name, value)| format!("CONFIGURE {name} {value};")));
        lines
    }

    /// `$ORACLE_HOME/dbs/snapcf_<SID>.f`
    #[must_use]
    pub fn snapshot_controlfile(&self) -> std::path::PathBuf {
        self.site.home.join("dbs").join(format!("snapcf_{}.f", self.site.sid))
    }
}
