//! STARTUP and SHUTDOWN.

use super::shell::{Link, Shell};
use crate::db::api::{Command, OraError, Status};
use crate::db::server::{Boot, Role, Shutdown};
use std::path::{Path, PathBuf};

/// What STARTUP's words ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    upto: Status,
    force: bool,
    read_only: bool,
    pfile: Option<PathBuf>,
}

/// Reads the words of STARTUP; `None` is SP2-0714.
fn wanted(rest: &str) -> Option<Wanted> {
    let mut wanted = Wanted { upto: Status::Open, force: false, read_only: false, pfile: None };
    let words = super::settings::words(&rest.replace('=', " = "));
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        match word.to_uppercase().as_str() {
            "NOMOUNT" => wanted.upto = Status::Started,
            "MOUNT" => wanted.upto = Status::Mounted,
            "OPEN" => wanted.upto = Status::Open,
            "READ" => wanted.read_only = words.next()?.eq_ignore_ascii_case("only"),
            "FORCE" => wanted.force = true,
            "RESTRICT" | "QUIET" | "EXCLUSIVE" | "UPGRADE" => {}
            "PFILE" => {
                words.next_if(|w| *w == "=")?;
                wanted.pfile = Some(PathBuf::from(words.next()?));
            }
            // The database's name may stand at the end of MOUNT and OPEN.
            _ if words.peek().is_none() => {}
            _ => return None,
        }
    }
    Some(wanted)
}

impl Shell<'_> {
    /// STARTUP
    pub fn startup(&mut self, rest: &str) {
        let Some(wanted) = wanted(rest) else { return self.say("SP2-0714: invalid combination of STARTUP options") };
        let role = match &self.link {
            Link::None => return self.say(
                "ORA-24324: service handle not initialized\nORA-01041: internal error. hostdef extension doesn't exist",
            ),
            Link::Lost => return self.complain(&OraError::new(3114, "not connected to ORACLE")),
            Link::Idle(role) | Link::Up(_, role) => *role,
        };
        if wanted.force && matches!(self.link, Link::Up(..)) {
            self.stop(Shutdown::Abort);
        }
        let (home, sid) = self.instance();
        if crate::db::server::is_up(&self.context.private, &home, &sid) {
            return self.complain(&OraError::new(1081, "cannot start already-running ORACLE - shut it down first"));
        }
        match self.boot(&wanted, &home, &sid).and_then(|boot| (self.launch)(&boot)) {
            Ok(()) => self.bring_up(role, &wanted),
            Err(error) => self.complain(&error),
        }
    }

    /// The order for the daemon. The server's own search: spfile<SID>.ora, spfile.ora, init<SID>.ora.
    fn boot(&self, wanted: &Wanted, home: &str, sid: &str) -> Result<Boot, OraError> {
        let dbs = Path::new(home).join("dbs");
        let usual = [dbs.join(format!("spfile{sid}.ora")), dbs.join("spfile.ora"), dbs.join(format!("init{sid}.ora"))];
        let pfile = match &wanted.pfile {
            Some(file) => Some(file.clone()).filter(|f| f.is_file()),
            None => usual.iter().find(|f| f.is_file()).cloned(),
        };
        let Some(pfile) = pfile else {
            let missing = wanted.pfile.clone().unwrap_or_else(|| usual[2].clone());
            return Err(no_parameters(&missing));
        };
        let name = pfile.file_name().unwrap_or_default().to_string_lossy();
        let spfile = wanted.pfile.is_none() && name.starts_with("spfile");
        Ok(Boot {
            sid: sid.to_owned(),
            home: home.to_owned(),
            host: self.context.name.clone(),
            pfile,
            spfile,
            oracle: self.context.oracle,
            faults: self.context.faults.clone(),
            private: self.context.private.clone(),
            quirks: serde_json::to_value(&self.context.quirks).unwrap_or_default(),
        })
    }

    fn bring_up(&mut self, role: Role, wanted: &Wanted) {
        if !self.reconnect(role) {
            return self.complain(&OraError::new(3113, "end-of-file on communication channel"));
        }
        self.say("ORACLE instance started.\n");
        self.sga();
        if wanted.upto >= Status::Mounted && !self.phase(&Command::Mount, "Database mounted.") {
            return;
        }
        if wanted.upto == Status::Open {
            self.phase(&Command::Open { resetlogs: false, read_only: wanted.read_only }, "Database opened.");
        }
    }

    /// The table of SHOW SGA.
    pub fn sga(&mut self) {
        let Some(rows) = self.query("SELECT name, value FROM v$sga") else { return };
        let value = |row: &Vec<Option<String>>| row.get(1).and_then(|v| v.as_ref()?.parse::<i64>().ok()).unwrap_or(0);
        let total: i64 = rows.rows.iter().map(value).sum();
        self.row(&format!("{:<24} {total:>10} bytes", "Total System Global Area"));
        for row in &rows.rows {
            let name = row[0].clone().unwrap_or_default();
            self.row(&format!("{name:<24} {:>10} bytes", value(row)));
        }
    }

    /// One engine command of STARTUP; errors end it where it stands.
    fn phase(&mut self, command: &Command, said: &str) -> bool {
        let Link::Up(client, _) = &mut self.link else { return false };
        match client.command(command) {
            Ok(_) => {
                self.say(said);
                true
            }
            Err(error) => {
                self.server_error(&error);
                false
            }
        }
    }

    /// An error of the server outside SQL: two empty lines follow.
    pub fn server_error(&mut self, error: &OraError) {
        self.say(&error.to_string());
        self.help(error);
        self.say("\n");
        if error.lines[0].0 == 3113 {
            self.link = Link::Lost;
        }
        self.failed(error);
    }

    /// An error of SQL*Plus's own doing.
    pub fn complain(&mut self, error: &OraError) {
        let lines: Vec<_> = error.lines.iter().map(|(code, text)| line(*code, text)).collect();
        self.say(&lines.join("\n"));
        self.failed(error);
    }

    /// SHUTDOWN
    pub fn shutdown(&mut self, rest: &str) {
        let mode = match rest.split_whitespace().next().unwrap_or("NORMAL").to_uppercase().as_str() {
            "NORMAL" => Shutdown::Normal,
            "IMMEDIATE" => Shutdown::Immediate,
            "TRANSACTIONAL" => Shutdown::Transactional,
            "ABORT" => Shutdown::Abort,
            _ => return self.say("SP2-0717: illegal SHUTDOWN option"),
        };
        match &self.link {
            Link::None => self.say(
                "ORA-24324: service handle not initialized\nORA-01041: internal error. hostdef extension doesn't exist",
            ),
            Link::Lost => self.server_error(&OraError::new(3114, "not connected to ORACLE")),
            Link::Idle(_) => self.complain(&down()),
            Link::Up(..) => self.stop(mode),
        }
    }

    fn stop(&mut self, mode: Shutdown) {
        let Link::Up(mut client, role) = std::mem::replace(&mut self.link, Link::Lost) else { return };
        let status = client.facts().map_or(Status::Open, |f| f.status);
        match client.shutdown(mode) {
            Ok(()) => {
                self.link = Link::Idle(role);
                if mode != Shutdown::Abort {
                    self.closed(status);
                }
                self.say("ORACLE instance shut down.");
            }
            Err((client, error)) => {
                self.link = Link::Up(client, role);
                self.server_error(&error);
            }
        }
    }

    fn closed(&mut self, status: Status) {
        match status {
            Status::Open => self.say("Database closed.\nDatabase dismounted."),
            Status::Mounted => self.say("ORA-01109: database not open\n\n\nDatabase dismounted."),
            Status::Started => self.say("ORA-01507: database not mounted\n\n"),
        }
    }
}

/// Messages of the parameter reader have their own prefix.
fn line(code: u32, text: &str) -> String {
    text.strip_prefix("LRM-").map_or_else(|| format!("ORA-{code:05}: {text}"), |t| format!("LRM-{t}"))
}

fn no_parameters(file: &Path) -> OraError {
    let missing = format!("LRM-00109: could not open parameter file '{}'", file.display());
    OraError::new(1078, "failure in processing system parameters").and(109, missing)
}

/// SHUTDOWN of what is not there.
fn down() -> OraError {
    OraError::new(1034, "ORACLE not available")
        .and(27101, "shared memory realm does not exist\nLinux-x86_64 Error: 2: No such file or directory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_startup() {
        let got = wanted("mount pfile='/tmp/init.ora'").unwrap();
        assert_eq!((got.upto, got.pfile.as_deref()), (Status::Mounted, Some(Path::new("/tmp/init.ora"))));
        assert!(wanted("force").unwrap().force);
        assert!(wanted("open read only").unwrap().read_only);
        assert!(wanted("mount please now").is_none());
    }
}
