//! RECOVER with its questions.

use super::shell::{Link, Shell};
use crate::db::api::{Command, Done, OraError, Recover};
use crate::db::sql;
use std::path::PathBuf;

const ASK: &str = "Specify log: {<RET>=suggested | filename | AUTO | CANCEL}";

/// How a question was answered.
enum Reply {
    Suggested,
    File(PathBuf),
    Auto,
    Cancel,
}

fn reply(text: Option<String>) -> Reply {
    let Some(text) = text else { return Reply::Cancel };
    match text.trim() {
        "" => Reply::Suggested,
        word if word.eq_ignore_ascii_case("auto") => Reply::Auto,
        word if word.eq_ignore_ascii_case("cancel") => Reply::Cancel,
        file => Reply::File(PathBuf::from(file.trim_matches('\''))),
    }
}

impl Shell<'_> {
    /// RECOVER …
    pub fn recover(&mut self, rest: &str) {
        match &self.link {
            Link::None => return self.say("SP2-0640: Not connected"),
            Link::Idle(_) => return self.complain(&super::statement::unavailable()),
            _ => {}
        }
        let mut start = match sql::parse_recover(rest) {
            Ok(start) => start,
            Err(error) => return self.server_error(&error.error),
        };
        if let Recover::Start { automatic, .. } = &mut start {
            *automatic |= self.set.autorecovery;
        }
        let answer = self.engine(start);
        self.conversation(answer);
    }

    fn engine(&mut self, recover: Recover) -> Result<Done, OraError> {
        match &mut self.link {
            Link::Up(client, _) => client.command(&Command::Recover(recover)),
            _ => Err(OraError::new(3114, "not connected to ORACLE")),
        }
    }

    /// Questions and answers until recovery ends in one way or the other.
    fn conversation(&mut self, mut answer: Result<Done, OraError>) {
        let mut asked = false;
        loop {
            let question = match answer {
                Ok(done @ Done::NeedsLog { .. }) => done,
                Ok(done) => return self.concluded(&done, asked),
                Err(error) => return self.server_error(&error),
            };
            self.question(&question);
            asked = true;
            answer = match self.answer() {
                Some(answer) => answer,
                None => return,
            };
        }
    }

    fn concluded(&mut self, done: &Done, asked: bool) {
        match done {
            Done::RecoveryCancelled => self.say("Media recovery cancelled."),
            _ => {
                if asked {
                    self.say("Log applied.");
                }
                self.say("Media recovery complete.");
            }
        }
    }

    /// ORA-00279, 00289, 00280, and ORA-00278 for logs that are done with.
    fn question(&mut self, done: &Done) {
        let Done::NeedsLog { change, generated, thread, sequence, suggestion, applied, failed } = done else { return };
        let time = chrono::DateTime::from_timestamp(*generated, 0).unwrap_or_default().with_timezone(&chrono::Local);
        let time = time.format("%m/%d/%Y %H:%M:%S");
        self.say(&format!("ORA-00279: change {change} generated at {time} needed for thread {thread}"));
        self.say(&format!("ORA-00289: suggestion : {}", suggestion.display()));
        self.say(&format!("ORA-00280: change {change} for thread {thread} is in sequence #{sequence}"));
        // The file that is not there is named with those that are done with, as the real one names it.
        for log in applied.iter().chain(failed.as_ref().map(|_| suggestion)) {
            self.say(&format!("ORA-00278: log file '{}' no longer needed for this recovery", log.display()));
        }
        failed.iter().for_each(|error| self.say(&error.to_string()));
        self.say("\n");
    }

    /// Asks until an answer is taken; `None` when recovery is over. A file that cannot be opened is asked for again; any
    /// other wrong one ends recovery.
    fn answer(&mut self) -> Option<Result<Done, OraError>> {
        loop {
            self.say(ASK);
            let reply = reply(self.typed_line());
            let (apply, auto) = match reply {
                Reply::Cancel => return Some(self.engine(Recover::Cancel)),
                Reply::Suggested => (Recover::Apply { file: None, auto: false }, false),
                Reply::Auto => (Recover::Apply { file: None, auto: true }, true),
                Reply::File(file) => (Recover::Apply { file: Some(file), auto: false }, false),
            };
            self.say("");
            match self.engine(apply) {
                Err(error) if error.lines[0].0 == 308 => {
                    self.say(&error.to_string());
                    self.say("\n");
                    if auto {
                        return self.give_up(&error);
                    }
                }
                Ok(Done::NeedsLog { failed: Some(error), .. }) if auto => {
                    self.say(&error.to_string());
                    self.say("\n");
                    return self.give_up(&error);
                }
                answer => return Some(answer),
            }
        }
    }

    /// AUTO that meets a missing log shows the error again and ends recovery.
    fn give_up(&mut self, error: &OraError) -> Option<Result<Done, OraError>> {
        self.say(&error.to_string());
        self.say("\n");
        match self.engine(Recover::Cancel) {
            // RECOVER succeeded, but OPEN RESETLOGS would not: the engine says why.
            Err(why) if why.lines[0].0 != 1112 => {
                self.server_error(&why);
                None
            }
            _ => {
                self.failed(error);
                None
            }
        }
    }

    /// ARCHIVE LOG LIST
    pub fn archive(&mut self, rest: &str) {
        let words: Vec<_> = rest.split_whitespace().map(str::to_uppercase).collect();
        if words.iter().map(String::as_str).collect::<Vec<_>>() != ["LOG", "LIST"] {
            return self.say("SP2-0718: illegal ARCHIVE LOG option");
        }
        let facts = match &mut self.link {
            Link::Up(client, _) => client.facts(),
            Link::Idle(_) => Err(super::statement::unavailable()),
            _ => return self.say("SP2-0640: Not connected"),
        };
        match facts {
            Ok(facts) => match facts.database {
                Some(database) => self.log_list(&database, &facts.parameters),
                None => self.complain(&OraError::new(1507, "database not mounted")),
            },
            Err(error) => self.complain(&error),
        }
    }

    fn log_list(&mut self, d: &crate::db::api::Database, parameters: &[(String, String)]) {
        let place = parameters
            .iter()
            .filter(|(n, v)| n.starts_with("log_archive_dest") && !n.contains("state") && !v.is_empty());
        let place = place
            .map(|(_, v)| v.split_once('=').map_or(v.as_str(), |(_, p)| p))
            .next()
            .unwrap_or("USE_DB_RECOVERY_FILE_DEST");
        let place = place.split_whitespace().next().unwrap_or("").to_owned();
        let used = || d.logs.iter().filter(|l| l.status != "UNUSED").map(|l| l.sequence);
        let (oldest, current) = (used().min().unwrap_or(0), used().max().unwrap_or(0));
        let next =
            d.logs.iter().filter(|l| !l.archived && l.status != "UNUSED").map(|l| l.sequence).min().unwrap_or(current);
        let mode = if d.archivelog { "Archive Mode" } else { "No Archive Mode" };
        self.row(&format!("{:<30} {mode}", "Database log mode"));
        self.row(&format!("{:<30} {}", "Automatic archival", if d.archivelog { "Enabled" } else { "Disabled" }));
        self.row(&format!("{:<30} {place}", "Archive destination"));
        self.row(&format!("{:<30} {oldest}", "Oldest online log sequence"));
        if d.archivelog {
            self.row(&format!("{:<30} {next}", "Next log sequence to archive"));
        }
        self.row(&format!("{:<30} {current}", "Current log sequence"));
    }
}
