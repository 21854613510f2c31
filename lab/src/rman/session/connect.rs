//! CONNECT, STARTUP, SHUTDOWN, SQL.

use super::Session;
use crate::{
    db::{
        api::{Command, Status},
        server::Shutdown,
    },
    rman::stack::Failure,
};
use std::path::Path;

impl Session {
    /// CONNECT TARGET. Only the bequeathed local instance is there to be reached.
    pub fn connect_target(&mut self, text: &str) -> Result<(), Failure> {
        let failed = || Failure::rman(4005, "error from target database: ");
        let local = text.trim_start().starts_with('/') && !text.contains('@');
        if !local {
            return Err(failed().and(12154, "TNS:could not resolve the connect identifier specified"));
        }
        self.connected = true;
        self.target = self
            .door
            .connect("")
            .map_err(|error| error.lines.iter().fold(failed(), |failure, (code, text)| failure.and(*code, text)))?;
        self.say_connected()
    }

    fn say_connected(&mut self) -> Result<(), Failure> {
        let Some(target) = &self.target else {
            self.out.line("connected to target database (not started)");
            return Ok(());
        };
        let facts = target.facts().map_err(Failure::from)?;
        let name = facts.parameters.iter().find(|(name, _)| name == "db_name").map_or("", |(_, value)| value.as_str());
        let line = match facts.database {
            None => format!("connected to target database: {} (not mounted)", name.to_uppercase()),
            Some(database) => {
                let state = if facts.status == Status::Open { "" } else { ", not open" };
                format!("connected to target database: {} (DBID={}{state})", database.name, database.dbid)
            }
        };
        self.out.line(line);
        Ok(())
    }

    /// CONNECT CATALOG: the site has no catalog database.
    pub fn connect_catalog(&self) -> Failure {
        Failure::rman(4004, "error from recovery catalog database: ")
            .and(12154, "TNS:could not resolve the connect identifier specified")
    }

    /// STARTUP [FORCE] [NOMOUNT | MOUNT].
    pub fn startup(&mut self, mode: &str, pfile: Option<&str>, force: bool) -> Result<(), Failure> {
        if force && self.target.is_some() {
            self.shut_down("ABORT")?;
        }
        if self.target.is_none() {
            self.door.startup(pfile.map(Path::new)).map_err(|error| {
                let head = Failure::rman(4014, "startup failed: ");
                error.lines.iter().fold(head, |failure, (code, text)| failure.and(*code, text))
            })?;
            self.target = self.door.connect("").map_err(Failure::from)?;
            self.out.lines(&[String::new(), "Oracle instance started".into()]);
        }
        let (target, status) = (self.target()?, self.facts()?.status);
        if mode != "NOMOUNT" && status == Status::Started {
            target.execute(&Command::Mount)?;
            self.out.line("database mounted");
        }
        if mode == "OPEN" && status != Status::Open {
            target.execute(&Command::Open { resetlogs: false, read_only: false })?;
            self.out.line("database opened");
        }
        Ok(())
    }

    /// SHUTDOWN.
    pub fn shut_down(&mut self, mode: &str) -> Result<(), Failure> {
        let (target, status) = (self.target()?, self.facts()?.status);
        let how = match mode {
            "ABORT" => Shutdown::Abort,
            "IMMEDIATE" => Shutdown::Immediate,
            "TRANSACTIONAL" => Shutdown::Transactional,
            _ => Shutdown::Normal,
        };
        target.shutdown(how)?;
        if how != Shutdown::Abort {
            let lines = [(Status::Open, "database closed"), (Status::Mounted, "database dismounted")];
            lines.iter().filter(|(needed, _)| status >= *needed).for_each(|(_, line)| self.out.line(line));
        }
        self.out.line("Oracle instance shut down");
        self.target = None;
        self.channels.clear();
        Ok(())
    }

    /// SQL 'text'.
    pub fn run_sql(&mut self, text: &str) -> Result<(), Failure> {
        self.out.line(format!("sql statement: {text}"));
        self.target()?.sql(text).map_err(|error| {
            let head = Failure::rman(11003, "failure during parse/execution of SQL statement: ".to_owned() + text);
            error.lines.iter().fold(head, |failure, (code, text)| failure.and(*code, text))
        })
    }

    /// ALTER … and SELECT without SQL in front of it: from 12.1 on; 11.2 knows only ALTER DATABASE MOUNT and OPEN.
    pub fn run_statement(&mut self, text: &str) -> Result<(), Failure> {
        let plain = text.to_uppercase();
        if plain.starts_with("SELECT") {
            return Err(Failure::rman(1, "SELECT is not simulated within RMAN; use SQL*Plus"));
        }
        self.target()?.sql(text)?;
        let said = match plain.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["ALTER", "DATABASE", "MOUNT"] => "database mounted",
            ["ALTER", "DATABASE", "OPEN", ..] => "database opened",
            _ => "Statement processed",
        };
        self.out.line(said);
        Ok(())
    }
}
