//! Every key with type, default and meaning, for `config show --defaults`. A test holds it against the types.

/// One key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its table (`manager`, `hosts.NAME` …; empty at the top).
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: &'static str,
    /// What holds when it is absent; empty: it must be given.
    pub default: &'static str,
    /// What it decides.
    pub about: &'static str,
}

const fn key(
    table: &'static str,
    name: &'static str,
    kind: &'static str,
    default: &'static str,
    about: &'static str,
) -> Key {
    Key { table, name, kind, default, about }
}

const HOST: &str = "hosts.NAME";
const MEDIA: &str = "media.NAME";
const DB: &str = "databases.NAME";

/// The keys in the order of the file.
pub const KEYS: &[Key] = &[
    key("", "state", "path", "~/.local/state/ovmirror (root: /var/lib/ovmirror)", "store and locks"),
    key("", "artifacts", "path", "<state>/artifacts", "control files, kept logs, evidence"),
    key("", "known_hosts", "path", "~/.ssh/known_hosts", "host keys that are trusted; always checked"),
    key("", "simulated", "true | false", "false", "this is a lab; every record and report says so"),
    key("manager", "host", "text", "", "address of Oracle VM Manager"),
    key("manager", "port", "number", "10000", "port of its CLI"),
    key("manager", "user", "text", "", "an Oracle VM Manager user"),
    key("manager", "key", "path", "none", "private key; works after one password login since the manager's start"),
    key("manager", "password_file", "path", "none", "file with the password, mode 0600"),
    key("manager", "password_command", "text", "none", "command that prints the password"),
    key("manager", "legacy_ssh", "true | false", "false", "allow ssh-dss, ssh-rsa with SHA-1 and group1/14-sha1"),
    key("manager", "server_pool", "text", "the Vm's own", "server pool the clone is put into"),
    key("manager", "clone_to", "VmTemplate | Vm", "VmTemplate", "what the clone command makes"),
    key(HOST, "address", "text", "", "name or address"),
    key(HOST, "port", "number", "22", "its SSH port"),
    key(HOST, "user", "text", "", "user to log in as"),
    key(HOST, "key", "path", "none", "private key"),
    key(HOST, "password_file", "path", "none", "file with the password, mode 0600"),
    key(HOST, "password_command", "text", "none", "command that prints the password"),
    key(HOST, "agent", "true | false", "false", "use the SSH agent"),
    key(HOST, "become", "text", "none", "prefix of privileged commands, for example sudo -n"),
    key(HOST, "legacy_ssh", "true | false", "false", "allow ssh-dss, ssh-rsa with SHA-1 and group1/14-sha1"),
    key(HOST, "local", "true | false", "false", "this machine: no SSH"),
    key(MEDIA, "host", "a key of hosts", "", "the VM that has the media manager"),
    key(MEDIA, "vm", "text", "", "its name at the manager"),
    key(MEDIA, "oracle_home", "path", "", "a home of the same release and patch level as the database's"),
    key(MEDIA, "mount", "same | prefix", "same", "mount the work copy at production's paths or under prefix"),
    key(MEDIA, "prefix", "path", "/ovmirror", "where, with mount = prefix"),
    key(MEDIA, "controlfile", "backup | standby", "backup", "kind of control file the clone is mounted with"),
    key(MEDIA, "channels", "number", "2", "tape streams"),
    key(MEDIA, "sbt", "{ library, env = {…} }", "", "media manager library and its ENV"),
    key(MEDIA, "catalog", "text", "none", "a recovery catalog; refused in this release"),
    key(MEDIA, "template", "path", "built in", "own RMAN template"),
    key(DB, "host", "a key of hosts", "", "the database's VM"),
    key(DB, "vm", "text", "", "its name at the manager"),
    key(DB, "server", "a key of hosts", "none", "Oracle VM Server that sees the repository (way = server)"),
    key(DB, "media", "a key of media", "none", "where its snapshots go to tape"),
    key(DB, "sid", "text", "", "ORACLE_SID"),
    key(DB, "oracle_home", "path", "", "ORACLE_HOME, the same string as at instance start"),
    key(DB, "sql", "sqlplus | oci", "sqlplus", "how SQL gets there"),
    key(DB, "connect", "text", "none", "connect string, for oci"),
    key(DB, "way", "manager | server", "manager", "who makes work copies: the OVM CLI or reflink on the server"),
    key(DB, "quiesce", "sync | fsfreeze", "sync", "fsfreeze is required where a file system spans several disks"),
    key(
        DB,
        "kept_logs",
        "copy | clone",
        "copy",
        "how the archived logs of the window are kept; clone is refused in this release",
    ),
    key(DB, "window_limit", "duration", "2m", "longest time in backup mode; then END BACKUP comes first"),
    key(DB, "skip", "list of paths", "[]", "offline datafiles that may be missing in the backup"),
    key(DB, "validate", "never | always", "never", "read the pieces back from tape after each offload"),
    key(DB, "checks", "list of paths", "[]", "files of one SELECT each, that `drill` asks the restored copy"),
    key(DB, "kept", "path", "none", "folder on the database VM for the way back of a recovery"),
    key("deadlines", "connect", "duration", "20s", "connecting and logging in"),
    key("deadlines", "command", "duration", "1m", "a short command"),
    key("deadlines", "sql", "duration", "2m", "a statement"),
    key("deadlines", "clone", "duration", "30m", "a clone job outside the window"),
    key("deadlines", "rman_stall", "duration", "30m", "RMAN without any progress"),
    key("deadlines", "start_stop", "duration", "10m", "one STARTUP or SHUTDOWN of an instance"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Deadlines, Host, Span};

    fn names(table: &str) -> Vec<&'static str> {
        KEYS.iter().filter(|key| key.table == table).map(|key| key.name).collect()
    }

    #[test]
    fn deadlines_match_the_type() {
        let value = serde_json::to_value(Deadlines::default()).unwrap();
        for key in KEYS.iter().filter(|key| key.table == "deadlines") {
            let shown: Span = value[key.name].as_str().unwrap().parse().unwrap();
            assert_eq!(shown, key.default.parse().unwrap(), "{}", key.name);
        }
        assert_eq!(value.as_object().unwrap().len(), names("deadlines").len());
    }

    #[test]
    fn host_keys_match_the_type() {
        let value = serde_json::to_value(Host::default()).unwrap();
        let mut have: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
        let mut told = names("hosts.NAME");
        have.sort_unstable();
        told.sort_unstable();
        assert_eq!(have, told);
    }
}
