//! The session of SQL*Plus: what it remembers, where it reads and writes.

use super::args::{Logon, Options};
use super::column::Look;
use super::exit::{Code, Exit, Reaction};
use super::settings::Settings;
use super::{banner, page};
use crate::context::HostContext;
use crate::db::api::OraError;
use crate::db::server::client::Client;
use crate::db::server::{Boot, Role};
use crate::db::sql::{Bind, Binds};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, Write};
use std::path::Path;

/// Starts an instance's process.
pub type Launcher<'a> = dyn Fn(&Boot) -> Result<(), OraError> + 'a;

/// The connection.
pub enum Link {
    /// `/NOLOG`, or after DISCONNECT.
    None,
    /// Connected to an idle instance.
    Idle(Role),
    /// In a session.
    Up(Client, Role),
    /// The session's server is gone: ORA-03114 from now on.
    Lost,
}

/// A script being read.
pub struct Script {
    /// Its lines that are still to come.
    pub lines: std::vec::IntoIter<String>,
    /// `&1` and so on.
    pub args: Vec<String>,
}

/// One SQL*Plus.
pub struct Shell<'a> {
    /// The host it runs on.
    pub context: &'a HostContext,
    pub(super) launch: &'a Launcher<'a>,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) input: Box<dyn BufRead + 'a>,
    output: Box<dyn Write + 'a>,
    pub(super) spool: Option<File>,
    pub(super) scripts: Vec<Script>,
    pub(super) set: Settings,
    pub(super) silent: bool,
    pub(super) restrict: u8,
    pub(super) link: Link,
    pub(super) on_sql: Reaction,
    pub(super) on_os: Reaction,
    pub(super) sqlcode: u32,
    pub(super) binds: Binds,
    pub(super) defines: BTreeMap<String, String>,
    pub(super) columns: BTreeMap<String, Look>,
    /// The last SQL statement, for `/`.
    pub(super) buffer: String,
    /// How it ends, once that is known.
    pub(super) ending: Option<Exit>,
}

impl<'a> Shell<'a> {
    /// A new one.
    pub fn new(
        options: &Options,
        environment: BTreeMap<String, String>,
        context: &'a HostContext,
        launch: &'a Launcher<'a>,
        input: impl BufRead + 'a,
        output: impl Write + 'a,
    ) -> Self {
        let mut shell = Self {
            context,
            launch,
            environment,
            input: Box::new(input),
            output: Box::new(output),
            spool: None,
            scripts: Vec::new(),
            set: Settings::default(),
            silent: options.silent,
            restrict: options.restrict,
            link: Link::None,
            on_sql: Reaction::Continue,
            on_os: Reaction::Continue,
            sqlcode: 0,
            binds: Binds::new(),
            defines: BTreeMap::new(),
            columns: BTreeMap::new(),
            buffer: String::new(),
            ending: None,
        };
        if let Some(markup) = &options.markup {
            let words = super::settings::words(markup);
            let _ = shell.markup(&words);
        }
        shell
    }

    /// A value of the environment; the empty one counts as absent.
    pub fn env(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }

    /// Writes text as it is, to the terminal and the spool file.
    pub fn put(&mut self, text: &str) {
        if self.set.termout || self.scripts.is_empty() {
            let _ = self.output.write_all(text.as_bytes());
        }
        if let Some(spool) = &mut self.spool {
            let _ = spool.write_all(text.as_bytes());
        }
    }

    /// Writes a line.
    pub fn say(&mut self, line: &str) {
        self.put(line);
        self.put("\n");
    }

    /// Writes a line of output, with tabs and without blanks at its end as SET TAB and TRIMOUT say.
    pub fn row(&mut self, line: &str) {
        let line = if self.set.trimout { line.trim_end() } else { line };
        let line = if self.set.tab { page::tabbed(line) } else { line.to_owned() };
        self.say(&line);
    }

    /// Writes a prompt, unless silent or in a script.
    pub fn prompt(&mut self, text: &str) {
        if !self.silent && self.scripts.is_empty() {
            self.put(text);
            let _ = self.output.flush();
        }
    }

    /// Writes nothing any more.
    pub fn muted(&mut self) {
        self.output = Box::new(std::io::sink());
        self.spool = None;
    }

    /// Sees the output off.
    pub fn flush(&mut self) {
        let _ = self.output.flush();
    }

    /// The banner.
    pub fn welcome(&mut self) {
        if !self.silent {
            let text = banner::welcome(self.context.oracle, chrono::Local::now());
            self.put(&text);
        }
    }

    /// `-V`
    pub fn version(&mut self) {
        let text = format!("\nSQL*Plus: Release {}", banner::release(self.context.oracle));
        self.say(&text);
        if self.context.oracle >= crate::context::Oracle::V19 {
            let line = format!("Version {}", crate::db::view::instance::full_version(self.context.oracle));
            self.say(&line);
        }
        self.say("");
    }

    /// Without a home that has SQL*Plus's messages nothing runs: Error 6, SP2-0667, SP2-0750.
    pub fn home_is_set(&mut self) -> bool {
        if self.env("ORACLE_HOME").is_some_and(|home| Path::new(home).is_dir()) {
            return true;
        }
        self.put(
            "Error 6 initializing SQL*Plus\nSP2-0667: Message file sp1<lang>.msb not found\n\
             SP2-0750: You may need to set ORACLE_HOME to your Oracle software directory\n",
        );
        false
    }

    /// The command line's logon.
    pub fn logon(&mut self, options: &Options) -> Logon {
        if options.nolog {
            return Logon::Done;
        }
        self.first_connect(options)
    }

    /// glogin.sql of the home, then login.sql of the path; from 12.2 on only of ORACLE_PATH.
    pub fn profiles(&mut self) {
        let old = self.context.oracle == crate::context::Oracle::V11_2;
        let mut files = Vec::new();
        if let Some(home) = self.env("ORACLE_HOME") {
            files.push(Path::new(home).join("sqlplus/admin/glogin.sql"));
        }
        let folders = self.env("ORACLE_PATH").or_else(|| self.env("SQLPATH").filter(|_| old)).unwrap_or("").to_owned();
        let here = if old { Some(".") } else { None };
        let found = here.into_iter().chain(folders.split(':').filter(|f| !f.is_empty()));
        files.extend(found.map(|f| Path::new(f).join("login.sql")).find(|p| p.is_file()));
        for file in files.iter().filter(|f| f.is_file()) {
            self.start_script(&file.to_string_lossy(), &[]);
            self.run_scripts(0);
        }
    }

    /// Reads commands until it ends.
    pub fn main_loop(&mut self) -> Exit {
        while self.ending.is_none() && self.step() {}
        match self.ending {
            Some(Exit::Killed) => Exit::Killed,
            Some(Exit::Code(code)) => self.leave(code),
            None => self.leave(0),
        }
    }

    /// Runs the scripts above a depth to their end.
    pub fn run_scripts(&mut self, depth: usize) {
        while self.ending.is_none() && self.scripts.len() > depth && self.step() {}
    }

    /// Says goodbye.
    pub fn leave(&mut self, code: u8) -> Exit {
        let link = std::mem::replace(&mut self.link, Link::None);
        self.set.termout = true;
        if !self.silent {
            match &link {
                Link::Up(..) => {
                    let text = format!("Disconnected from {}", banner::server(self.context.oracle));
                    self.say(&text);
                }
                Link::Idle(_) | Link::Lost => self.say("Disconnected"),
                Link::None => {}
            }
        }
        if let Link::Up(client, _) = link {
            client.detach();
        }
        self.flush();
        Exit::Code(code)
    }

    /// Ends with a code in the sense of EXIT.
    pub fn exit_with(&mut self, code: &Code) {
        let number = match code {
            Code::Number(n) => *n,
            Code::LastError => i64::from(self.sqlcode),
            Code::Bind(name) => match self.binds.get(name) {
                Some(Bind::Number(Some(value)) | Bind::Text(Some(value), _)) => value.parse().unwrap_or(0),
                _ => 0,
            },
            Code::Variable(name) => match self.defines.get(name).and_then(|v| v.parse().ok()) {
                Some(number) => number,
                None => return self.say("SP2-0584: EXIT variable \"{}\" was non-numeric".replace("{}", name).as_str()),
            },
        };
        self.ending = Some(Exit::Code((number & 0xff) as u8));
    }

    /// An ORA- error has been printed: WHENEVER SQLERROR.
    pub fn failed(&mut self, error: &OraError) {
        self.sqlcode = error.lines.first().map_or(0, |l| l.0);
        if let Reaction::Exit(code) = self.on_sql.clone() {
            self.exit_with(&code);
        }
    }

    /// Something of the system did not work: WHENEVER OSERROR.
    pub fn os_failed(&mut self) {
        if let Reaction::Exit(code) = self.on_os.clone() {
            self.exit_with(&code);
        }
    }
}
