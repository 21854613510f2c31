//! CONNECT and DISCONNECT.

use super::args::{Logon, Options, Target, invalid_option, target};
use super::banner;
use super::shell::{Link, Shell};
use crate::db::api::OraError;
use crate::db::server::client::{Client, ConnectError};
use crate::db::server::{Identify, Role};
use crate::db::session::Nls;

/// What came of trying to connect.
enum Tried {
    Connected,
    Idle,
    Failed(OraError),
    Invalid,
}

impl Shell<'_> {
    /// `sqlplus@host (TNS V1-V3)`
    fn identify(&self, role: Role) -> Identify {
        let nls = Nls::from_environment(|name| self.environment.get(name).cloned());
        Identify {
            program: format!("sqlplus@{} (TNS V1-V3)", self.context.name),
            role,
            client_info: String::new(),
            pid: std::process::id(),
            nls,
        }
    }

    fn try_connect(&mut self, text: &str) -> Tried {
        let Some(target) = target(text, self.context.oracle) else { return Tried::Invalid };
        match self.refused(&target) {
            Some(error) => Tried::Failed(error),
            None => target.role.map_or_else(|| Tried::Failed(denied()), |role| self.open(role)),
        }
    }

    /// Only the operating system vouches for anybody here, and only locally.
    fn refused(&self, target: &Target) -> Option<OraError> {
        if target.alias.is_some() || self.env("TWO_TASK").is_some() {
            return Some(OraError::new(12154, "TNS:could not resolve the connect identifier specified"));
        }
        if self.env("ORACLE_SID").is_none() {
            return Some(OraError::new(12162, "TNS:net service name is incorrectly specified"));
        }
        // A local administrator's name and password are not looked at: membership of the group is enough.
        target.role.is_none().then(denied)
    }

    fn open(&mut self, role: Role) -> Tried {
        let (home, sid) = self.instance();
        match Client::connect(&self.context.private, &home, &sid, self.identify(role)) {
            Ok(client) => {
                self.link = Link::Up(client, role);
                Tried::Connected
            }
            Err(ConnectError::Idle) => {
                self.link = Link::Idle(role);
                Tried::Idle
            }
            Err(ConnectError::Broken(error)) => Tried::Failed(error),
        }
    }

    /// Connects again with the same right, after STARTUP.
    pub fn reconnect(&mut self, role: Role) -> bool {
        matches!(self.open(role), Tried::Connected)
    }

    /// ORACLE_HOME and ORACLE_SID as they are written.
    pub fn instance(&self) -> (String, String) {
        let get = |name| self.env(name).unwrap_or("").to_owned();
        (get("ORACLE_HOME"), get("ORACLE_SID"))
    }

    /// The logon of the command line; without one, SQL*Plus asks.
    pub fn first_connect(&mut self, options: &Options) -> Logon {
        let mut text = options.logon.clone();
        for attempt in 0..3 {
            let tried = match text.take().or_else(|| self.ask_user()) {
                Some(text) => self.try_connect(&text),
                None => return Logon::Refused,
            };
            match tried {
                Tried::Connected | Tried::Idle => return self.greeted(),
                Tried::Invalid => {
                    self.say(&invalid_option(self.context.oracle));
                    return Logon::Refused;
                }
                Tried::Failed(error) => self.say(&format!("ERROR:\n{error}\n\n")),
            }
            if options.one_logon {
                self.say("SP2-0751: Unable to connect to Oracle.  Exiting SQL*Plus");
                return Logon::Refused;
            }
            if attempt == 2 {
                self.say("SP2-0157: unable to CONNECT to ORACLE after 3 attempts, exiting SQL*Plus");
            }
        }
        Logon::Refused
    }

    fn ask_user(&mut self) -> Option<String> {
        self.put("Enter user-name: ");
        let user = self.typed_line()?;
        if user.contains('/') {
            return Some(user);
        }
        self.put("Enter password: ");
        let password = self.typed_line()?;
        Some(format!("{user}/{password}"))
    }

    fn greeted(&mut self) -> Logon {
        if !self.silent {
            match self.link {
                Link::Idle(_) => self.say("Connected to an idle instance.\n"),
                _ => {
                    let text = format!("\nConnected to:\n{}\n", banner::server(self.context.oracle));
                    self.say(&text);
                }
            }
        }
        Logon::Done
    }

    /// CONNECT as a command.
    pub fn connect(&mut self, rest: &str) {
        let before = self.drop_link();
        let text = if rest.is_empty() { self.ask_user().unwrap_or_default() } else { rest.to_owned() };
        match self.try_connect(&text) {
            Tried::Connected => self.say("Connected."),
            Tried::Idle => self.say("Connected to an idle instance."),
            Tried::Invalid => self.say(&invalid_option(self.context.oracle)),
            Tried::Failed(error) => {
                self.say(&format!("ERROR:\n{error}\n\n"));
                if before {
                    self.say("Warning: You are no longer connected to ORACLE.");
                }
                self.failed(&error);
            }
        }
    }

    /// DISCONNECT
    pub fn disconnect(&mut self) {
        let silent = self.silent;
        match self.link {
            Link::None => self.say("SP2-0640: Not connected"),
            Link::Up(..) if !silent => {
                let text = format!("Disconnected from {}", banner::server(self.context.oracle));
                self.say(&text);
            }
            _ => {}
        }
        self.drop_link();
    }

    /// Ends the session; whether there was one.
    fn drop_link(&mut self) -> bool {
        match std::mem::replace(&mut self.link, Link::None) {
            Link::Up(client, _) => {
                client.detach();
                true
            }
            Link::Idle(_) | Link::Lost => true,
            Link::None => false,
        }
    }
}

fn denied() -> OraError {
    OraError::new(1017, "invalid username/password; logon denied")
}
