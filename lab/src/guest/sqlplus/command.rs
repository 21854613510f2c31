//! SQL*Plus's own commands.

use super::exit;
use super::shell::Shell;
use std::fs::OpenOptions;

const EXIT: &str = "SP2-0584: Usage: { EXIT | QUIT }  [ SUCCESS | FAILURE | WARNING | n |\n       \
    <variable> | :<bindvariable> ]  [ COMMIT | ROLLBACK ]";
const WHENEVER: &str = "SP2-0559: Usage: WHENEVER SQLERROR \n{ CONTINUE [ COMMIT | ROLLBACK | NONE ]  |\n\
    EXIT [ SUCCESS | FAILURE | WARNING | n |\n<variable> | :<bindvariable> ] [ COMMIT | ROLLBACK ] }";

impl Shell<'_> {
    /// One command line.
    pub fn command(&mut self, line: &str) {
        let line = line.strip_suffix(';').unwrap_or(line).trim_end();
        let (word, rest) = line.split_once(char::is_whitespace).map_or((line, ""), |(w, r)| (w, r.trim()));
        let upper = word.to_uppercase();
        let is = |least: usize, full: &str| upper.len() >= least && full.starts_with(&upper);
        match () {
            () if is(3, "SET") => self.set(rest),
            () if is(3, "PROMPT") => self.say(rest),
            () if is(3, "REMARK") => {}
            () if is(4, "WHENEVER") => self.whenever(rest),
            () if is(4, "EXIT") || is(4, "QUIT") => self.exit(rest),
            () if is(4, "CONNECT") => self.connect(rest),
            () if is(4, "DISCONNECT") => self.disconnect(),
            () if is(3, "COLUMN") => self.column(rest),
            () if is(3, "VARIABLE") => self.variable(rest),
            () if is(4, "EXECUTE") => self.execute(rest),
            () if is(3, "PRINT") => self.print(rest),
            _ => self.more(&upper, rest, line),
        }
    }

    fn more(&mut self, upper: &str, rest: &str, line: &str) {
        let is = |least: usize, full: &str| upper.len() >= least && full.starts_with(upper);
        match () {
            () if is(7, "STARTUP") => self.startup(rest),
            () if is(8, "SHUTDOWN") => self.shutdown(rest),
            () if is(7, "RECOVER") => self.recover(rest),
            () if is(7, "ARCHIVE") => self.archive(rest),
            () if is(3, "SHOW") => self.show(rest),
            () if is(4, "DESCRIBE") => self.describe(rest),
            () if is(3, "SPOOL") => self.spool(rest),
            () if is(2, "HOST") => self.host(rest),
            () if is(3, "START") => self.run_file(rest),
            () if is(3, "DEFINE") => self.define(rest),
            () if is(5, "UNDEFINE") => {
                for name in rest.split_whitespace() {
                    self.defines.remove(&name.to_uppercase());
                }
            }
            () if is(1, "RUN") => self.run_buffer(),
            () if is(1, "LIST") => self.list(),
            () if is(2, "CLEAR") => self.clear(rest),
            () if is(3, "PAUSE") => drop(self.typed_line()),
            () if [
                "ACCEPT",
                "APPEND",
                "ATTRIBUTE",
                "BREAK",
                "BTITLE",
                "CHANGE",
                "COMPUTE",
                "COPY",
                "DEL",
                "EDIT",
                "GET",
                "HELP",
                "HISTORY",
                "INPUT",
                "PASSWORD",
                "PASSW",
                "REPFOOTER",
                "REPHEADER",
                "SAVE",
                "STORE",
                "TIMING",
                "TTITLE",
                "XQUERY",
            ]
            .contains(&upper) =>
            {
                // Commands of the real one that the lab does not have are refused, not passed over.
                self.say(&format!("SP2-0738: Restricted command \"{}\" not available", upper.to_lowercase()));
            }
            () => self.unknown(line),
        }
    }

    fn unknown(&mut self, line: &str) {
        if line.contains(char::is_whitespace) {
            let head: String = line.chars().take(10).collect();
            self.say(&format!("SP2-0734: unknown command beginning \"{head}...\" - rest of line ignored."));
        } else {
            self.say(&format!("SP2-0042: unknown command \"{line}\" - rest of line ignored."));
        }
    }

    fn exit(&mut self, rest: &str) {
        let words: Vec<_> = rest.split_whitespace().collect();
        match exit::code(&words) {
            Some(code) => self.exit_with(&code),
            None => self.say(EXIT),
        }
    }

    fn whenever(&mut self, rest: &str) {
        let words: Vec<_> = rest.split_whitespace().collect();
        let reaction = words.get(1..).and_then(exit::reaction);
        match (words.first().map(|w| w.to_uppercase()).as_deref(), reaction) {
            (Some("SQLERROR"), Some(reaction)) => self.on_sql = reaction,
            (Some("OSERROR"), Some(reaction)) => self.on_os = reaction,
            _ => self.say(WHENEVER),
        }
    }

    /// SPOOL file [CREATE | REPLACE | APPEND] | OFF
    fn spool(&mut self, rest: &str) {
        if self.restrict >= 2 {
            return self.say("SP2-0738: Restricted command \"spool\" not available");
        }
        let words: Vec<_> = rest.split_whitespace().collect();
        match words.as_slice() {
            [] => {
                let text = if self.spool.is_some() { "currently spooling" } else { "not spooling currently" };
                self.say(text);
            }
            [off] if off.eq_ignore_ascii_case("off") || off.eq_ignore_ascii_case("out") => self.spool = None,
            [file, how @ ..] => {
                let append = how.first().is_some_and(|h| h.to_uppercase().starts_with("APP"));
                let name = if file.contains('.') { (*file).to_owned() } else { format!("{file}.lst") };
                match OpenOptions::new().create(true).write(true).truncate(!append).append(append).open(&name) {
                    Ok(opened) => self.spool = Some(opened),
                    Err(_) => {
                        self.say(&format!("SP2-0606: Cannot create SPOOL file \"{name}\""));
                        self.os_failed();
                    }
                }
            }
        }
    }

    /// HOST and `!`: a command of the system.
    pub fn host(&mut self, text: &str) {
        if self.restrict >= 1 {
            return self.say("SP2-0738: Restricted command \"host\" not available");
        }
        self.flush();
        match crate::db::server::launch::shell(text) {
            Ok((output, success)) => {
                self.put(&output);
                if !success {
                    self.os_failed();
                }
            }
            Err(_) => self.os_failed(),
        }
    }

    fn run_file(&mut self, rest: &str) {
        let words = super::settings::words(rest);
        match words.split_first() {
            Some((file, args)) => self.start_script(file, args),
            None => self.say("SP2-1506: START, @ or @@ command has no arguments"),
        }
    }

    fn list(&mut self) {
        let lines: Vec<String> = self.buffer.lines().map(str::to_owned).collect();
        if lines.is_empty() {
            return self.say("SP2-0223: No lines in SQL buffer.");
        }
        for (n, line) in lines.iter().enumerate() {
            let mark = if n + 1 == lines.len() { '*' } else { ' ' };
            self.say(&format!("{:>3}{mark} {line}", n + 1));
        }
    }

    fn clear(&mut self, rest: &str) {
        match rest.to_uppercase().get(..3) {
            Some("COL") => {
                self.columns.clear();
                self.say("columns cleared");
            }
            Some("BUF" | "SQL") => {
                self.buffer.clear();
                self.say("buffer cleared");
            }
            _ => {}
        }
    }
}
