//! The command line.

use super::Exit;
use crate::context::Oracle;
use crate::db::server::Role;
use std::io::Write;

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// `-S`
    pub silent: bool,
    /// `-L`
    pub one_logon: bool,
    /// `-R n`
    pub restrict: u8,
    /// `-M "…"`
    pub markup: Option<String>,
    /// `-V`
    pub version: bool,
    /// `/NOLOG`
    pub nolog: bool,
    /// `/ AS SYSDBA`, as CONNECT takes it.
    pub logon: Option<String>,
    /// `@script`
    pub script: Option<String>,
    /// Its arguments.
    pub script_args: Vec<String>,
}

/// What came of the logon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logon {
    /// Go on.
    Done,
    /// Leave with 1.
    Refused,
}

/// Reads the command line; the error is what is printed.
pub fn parse(args: &[String], release: Oracle) -> Result<Options, String> {
    let mut options = Options::default();
    let mut rest = args.iter();
    let mut logon: Vec<&str> = Vec::new();
    while let Some(arg) = rest.next() {
        let upper = arg.to_uppercase();
        match upper.as_str() {
            "-S" | "-SILENT" => options.silent = true,
            "-L" | "-LOGON" => options.one_logon = true,
            "-V" | "-VERSION" | "-VER" => options.version = true,
            "-NOLOGINTIME" if release >= Oracle::V12_2 => {}
            "-R" | "-RESTRICT" => options.restrict = level(rest.next())?,
            "-M" | "-MARKUP" => options.markup = Some(rest.next().cloned().unwrap_or_default()),
            "-C" | "-COMPATIBILITY" => drop(rest.next()),
            "/NOLOG" => options.nolog = true,
            _ if upper.starts_with('-') => return Err(usage(release)),
            _ if upper.starts_with('@') => {
                options.script = Some(arg[1..].to_owned());
                options.script_args = rest.by_ref().cloned().collect();
            }
            _ => logon.push(arg),
        }
    }
    if !logon.is_empty() {
        options.logon = Some(logon.join(" "));
    }
    Ok(options)
}

fn level(arg: Option<&String>) -> Result<u8, String> {
    match arg.and_then(|a| a.parse().ok()) {
        Some(level @ 1..=3) => Ok(level),
        _ => Err("SP2-0575: Use of Oracle SQL feature not in SQL92 level. Invalid restriction level.\n".to_owned()),
    }
}

/// The head of the usage text (SQL*Plus User's Guide, "SQLPLUS Program Syntax").
fn usage(release: Oracle) -> String {
    format!(
        "\nSQL*Plus: Release {}\n\nUse SQL*Plus to execute SQL, PL/SQL and SQL*Plus statements.\n\n\
         Usage 1: sqlplus -H | -V\n\n    -H             Displays the SQL*Plus version and the\n                   usage help.\n    \
         -V             Displays the SQL*Plus version.\n\nUsage 2: sqlplus [ [<option>] [{{logon | /nolog}}] [<start>] ]\n",
        super::banner::release(release)
    )
}

/// Prints why the command line is not taken.
pub fn refuse(mut output: impl Write, text: &str) -> Exit {
    let _ = output.write_all(text.as_bytes());
    Exit::Code(1)
}

/// How CONNECT's argument reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The right asked for.
    pub role: Option<Role>,
    /// Whether it is `/`: the operating system vouches.
    pub os: bool,
    /// What follows `@`.
    pub alias: Option<String>,
}

/// Reads `/ AS SYSDBA`, `user/password[@alias] [AS role]`; `None` is SP2-0306.
pub fn target(text: &str, release: Oracle) -> Option<Target> {
    let words: Vec<_> = text.split_whitespace().collect();
    let at = words.iter().position(|w| w.eq_ignore_ascii_case("as"));
    let (who, role) = match at {
        Some(at) => (words[..at].join(" "), Some(role(words.get(at + 1)?, release)?)),
        None => (words.join(" "), None),
    };
    if at.is_some_and(|at| words.len() > at + 2) {
        return None;
    }
    let (user, alias) = who.split_once('@').map_or((who.as_str(), None), |(u, a)| (u, Some(a.to_owned())));
    Some(Target { role, os: user.trim() == "/", alias })
}

fn role(word: &str, release: Oracle) -> Option<Role> {
    match word.to_uppercase().as_str() {
        "SYSDBA" => Some(Role::Sysdba),
        "SYSOPER" => Some(Role::Sysoper),
        "SYSBACKUP" if release >= Oracle::V12_2 => Some(Role::Sysbackup),
        _ => None,
    }
}

/// SP2-0306 with its usage lines.
#[must_use]
pub fn invalid_option(release: Oracle) -> String {
    let roles = if release == Oracle::V11_2 {
        "{SYSDBA|SYSOPER|SYSASM}"
    } else {
        "{SYSDBA|SYSOPER|SYSASM|SYSBACKUP|SYSDG|SYSKM|SYSRAC}"
    };
    format!(
        "SP2-0306: Invalid option.\nUsage: CONN[ECT] [{{logon|/|proxy}} [AS {roles}] [edition=value]]\n\
         where <logon> ::= <username>[/<password>][@<connect_identifier>]\n      \
         <proxy> ::= <proxyuser>[<username>][/<password>][@<connect_identifier>]"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_logon() {
        let args: Vec<_> = ["-S", "-L", "-R", "2", "/", "as", "sysdba", "@x.sql", "a"].map(String::from).to_vec();
        let got = parse(&args, Oracle::V19).unwrap();
        assert!(got.silent && got.one_logon && got.restrict == 2);
        assert_eq!((got.logon.as_deref(), got.script.as_deref()), (Some("/ as sysdba"), Some("x.sql")));
        assert_eq!(got.script_args, ["a"]);
    }

    #[rstest::rstest]
    #[case("/ as sysbackup", Oracle::V19, Some(Role::Sysbackup))]
    #[case("/ as sysbackup", Oracle::V11_2, None)]
    #[case("/ as sysdba", Oracle::V11_2, Some(Role::Sysdba))]
    fn roles(#[case] text: &str, #[case] release: Oracle, #[case] want: Option<Role>) {
        assert_eq!(target(text, release).and_then(|t| t.role), want);
    }
}
