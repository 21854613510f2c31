//! `sudo` of portable mode: the lines of /etc/sudoers, and nothing else. Only `NOPASSWD` commands can be run, because
//! there is nobody to type a password.

use crate::{host::etc::SECURE_PATH, site::spawn};
use std::{
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Where the lab's own tools lie; they stand before the machine's.
const OWN: &str = "/.lab/bin";

/// Where a tool of the lab would lie that the machine itself does not have.
pub const ABSENT: &str = "/sbin";

/// `sudo [-n] [-u root] [--] COMMAND …`, `sudo [-n] -l`
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    let allowed = allowed(&fs::read_to_string("/etc/sudoers").unwrap_or_default());
    match read(args) {
        Ok(Wish::List) => {
            println!(
                "User oracle may run the following commands on this host:\n    (root) NOPASSWD: {}",
                allowed.join(", ")
            );
            ExitCode::SUCCESS
        }
        Ok(Wish::Run { command, args, silent }) => run(&allowed, &command, &args, silent),
        Err(text) => {
            eprintln!("sudo: {text}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Wish {
    List,
    Run { command: String, args: Vec<String>, silent: bool },
}

fn read(args: &[String]) -> Result<Wish, String> {
    let mut silent = false;
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-n" | "--non-interactive" => silent = true,
            "-S" | "-H" | "-E" | "--" => {}
            "-l" | "--list" => return Ok(Wish::List),
            "-u" => match args.next().map(String::as_str) {
                Some("root") => {}
                other => return Err(format!("unknown user: {}", other.unwrap_or_default())),
            },
            _ if arg.starts_with('-') => return Err(format!("invalid option -- '{}'", arg.trim_start_matches('-'))),
            _ => return Ok(Wish::Run { command: arg.clone(), args: args.cloned().collect(), silent }),
        }
    }
    Err("a command is needed".into())
}

/// The commands that user oracle may run.
fn allowed(sudoers: &str) -> Vec<String> {
    let lists = sudoers.lines().filter_map(|l| l.strip_prefix("oracle ALL=(root) NOPASSWD: "));
    lists.flat_map(|l| l.split(", ")).map(|c| c.trim().to_owned()).collect()
}

fn run(allowed: &[String], command: &str, args: &[String], silent: bool) -> ExitCode {
    let Some(program) = locate(command) else {
        eprintln!("sudo: {command}: command not found");
        return ExitCode::FAILURE;
    };
    if !allowed.iter().any(|a| same(Path::new(a), &program)) {
        if !silent {
            eprintln!(
                "sudo: a terminal is required to read the password; either use the -S option to read from standard \
                 input or configure an askpass helper"
            );
        }
        eprintln!("sudo: a password is required");
        return ExitCode::FAILURE;
    }
    let own = program.file_name().map(|n| Path::new(OWN).join(n)).filter(|p| p.exists());
    let path = format!("{OWN}:{SECURE_PATH}");
    let mut child = spawn::command(own.unwrap_or(program));
    child.args(args).env_clear().env("PATH", path).env("SUDO_USER", "oracle").env("USER", "root").env("HOME", "/root");
    eprintln!("sudo: {command}: {}", child.exec());
    ExitCode::from(126)
}

fn locate(command: &str) -> Option<PathBuf> {
    if command.contains('/') {
        return Some(PathBuf::from(command)).filter(|p| p.is_file());
    }
    let found = SECURE_PATH.split(':').map(|dir| Path::new(dir).join(command)).find(|p| p.is_file());
    found.or_else(|| Path::new(OWN).join(command).exists().then(|| Path::new(ABSENT).join(command)))
}

/// The same program under another path (`/bin` and `/usr/bin` are often one folder).
fn same(one: &Path, other: &Path) -> bool {
    let real = |p: &Path| p.parent().and_then(|d| d.canonicalize().ok()).zip(p.file_name().map(ToOwned::to_owned));
    one == other || real(one).is_some_and(|r| Some(r) == real(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn reads_what_sudo_reads() {
        let run = |command: &str, args: &str, silent| Wish::Run { command: command.into(), args: words(args), silent };
        assert_eq!(read(&words("-n mount -o ro /u02")), Ok(run("mount", "-o ro /u02", true)));
        assert_eq!(read(&words("-u root -- umount /u02")), Ok(run("umount", "/u02", false)));
        assert_eq!(read(&words("-n -l")), Ok(Wish::List));
        assert!(read(&words("-u nobody id")).is_err());
    }

    #[test]
    fn only_the_listed_commands() {
        let text = "Defaults env_reset\nroot ALL=(ALL) ALL\noracle ALL=(root) NOPASSWD: /bin/mount, /sbin/blkid\n";
        assert_eq!(allowed(text), ["/bin/mount", "/sbin/blkid"]);
        assert!(same(Path::new("/bin/mount"), Path::new("/bin/mount")));
        assert!(!same(Path::new("/bin/mount"), Path::new("/bin/cat")));
    }
}
