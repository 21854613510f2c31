//! Reading the file.

use super::{file::Config, problem, validate};
use crate::fault::{Fault, Kind};
use std::{fs, path::Path};

/// Reads, parses and checks the file.
pub fn load(path: &Path) -> Result<Config, Fault> {
    let text = fs::read_to_string(path).map_err(|error| {
        Fault::new(Kind::User, "CFG-001", format!("{} cannot be read", path.display())).cause(error.to_string())
    })?;
    parse(path, &text)
}

/// Parses and checks a text; `path` is for messages.
pub fn parse(path: &Path, text: &str) -> Result<Config, Fault> {
    let config: Config = toml::from_str(text).map_err(|e| problem::at(path, text, e.span(), e.message()))?;
    validate::check(path, &config)?;
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const GOOD: &str = r#"
[manager]
host = "ovmm"
user = "admin"
password_file = "/etc/ovmirror/pw"
[hosts.slot021]
address = "slot021"
user = "oracle"
key = "/etc/ovmirror/id"
[hosts.bckvm]
address = "bckvm"
user = "oracle"
become = "sudo -n"
[media.bckvm]
host = "bckvm"
vm = "bckvm"
oracle_home = "/u01/home"
sbt = { library = "oracle.disksbt", env = { BACKUP_DIR = "/tape" } }
[databases.ORCL]
host = "slot021"
vm = "slot021"
media = "bckvm"
sid = "ORCL"
oracle_home = "/u01/home"
"#;

    fn parsed(text: &str) -> Result<Config, Fault> {
        parse(Path::new("o.toml"), text)
    }

    #[test]
    fn defaults_are_the_contract_s() {
        let config = parsed(GOOD).unwrap();
        let database = config.databases.values().next().unwrap();
        assert_eq!(config.manager.port, 10000);
        assert_eq!(database.window_limit.get().as_secs(), 120);
        assert_eq!(config.deadlines.clone.get().as_secs(), 1800);
        assert!(!config.simulated);
    }

    #[rstest]
    #[case("[manager]\nhost='a'\nuser='b'\nprot=1\n", "o.toml:4:1", "did you mean `port`?")]
    #[case("[manager]\nhost='a'\nuser='b'\nclone_to='VmTemplat'\n", "o.toml:4:10", "did you mean `VmTemplate`?")]
    fn unknown_keys_name_the_place_and_the_nearest(#[case] text: &str, #[case] place: &str, #[case] near: &str) {
        let fault = parsed(text).unwrap_err();
        assert!(fault.message.starts_with(place), "{}", fault.message);
        assert_eq!(fault.hints[0].text, near);
        assert_eq!(fault.kind, Kind::User);
    }

    #[rstest]
    #[case("host = \"slot021\"\nvm", "host = \"slot999\"\nvm", "databases.ORCL.host")]
    #[case("media = \"bckvm\"", "media = \"nomedia\"", "databases.ORCL.media")]
    #[case("vm = \"slot021\"", "vm = \"bckvm\"", "media.bckvm.vm")]
    #[case(
        "[databases.ORCL]",
        "[databases.OTHER]\nhost = \"slot021\"\nvm = \"slot021\"\nsid = \"ORCL\"\noracle_home = \"/u01/home\"\n[databases.ORCL]",
        "databases.OTHER.sid"
    )]
    #[case("sid = \"ORCL\"", "sid = \"OR;CL\"", "databases.ORCL.sid")]
    #[case("sid = \"ORCL\"", "sid = \"ORCL\"\nway = \"server\"", "databases.ORCL.server")]
    #[case("address = \"slot021\"\n", "", "hosts.slot021.address")]
    #[case("password_file = \"/etc/ovmirror/pw\"", "", "manager")]
    #[case("oracle_home = \"/u01/home\"\nsbt", "oracle_home = \"u01/home\"\nsbt", "media.bckvm.oracle_home")]
    #[case("BACKUP_DIR = \"/tape\"", "BACKUP_DIR = \"/tape)\"", "media.bckvm.sbt")]
    #[case("BACKUP_DIR = \"/tape\"", "OB_PASSWORD = \"x\"", "media.bckvm.sbt.env")]
    #[case(
        "sid = \"ORCL\"",
        "sid = \"ORCL\"\nsql = \"oci\"\nconnect = \"scott/tiger@//db/x\"",
        "databases.ORCL.connect"
    )]
    fn wrong_values_name_their_key(#[case] from: &str, #[case] to: &str, #[case] key: &str) {
        assert!(GOOD.contains(from));
        let fault = parsed(&GOOD.replace(from, to)).unwrap_err();
        assert!(fault.message.contains(&format!(" {key}:")), "{}", fault.message);
        assert!(!fault.hints.is_empty());
    }

    #[test]
    fn a_wrong_duration_names_its_line() {
        let fault = parsed(&format!("{GOOD}window_limit = \"soon\"\n")).unwrap_err();
        assert!(fault.message.contains("is not a duration"), "{}", fault.message);
        assert!(fault.message.starts_with("o.toml:25:16"), "{}", fault.message);
    }
}
