//! One session: reads requests, answers them.

use super::daemon::Shared;
use super::{Answer, Identify, Request, Role, Shutdown, statement};
use crate::db::api::{Command, Done, OraError, Status};
use crate::db::session::{Longop, Nls};
use crate::db::sql::{OutColumn, SqlError};
use crate::db::view;
use crate::fault::{self, Action};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::time::Duration;

/// A session's state.
pub struct Session<'a> {
    /// The instance.
    pub shared: &'a Shared,
    /// SID
    pub sid: u32,
    /// SERIAL#
    pub serial: u32,
    /// Its right.
    pub role: Role,
    /// Its masks.
    pub nls: Nls,
}

/// What becomes of the connection after a request.
enum Next {
    Answer(Answer),
    Garbled(Answer),
    Last(Answer),
    Cut,
    Hang,
}

/// Serves one connection to its end.
pub fn run(stream: &UnixStream, shared: &Shared) {
    let Ok(copy) = stream.try_clone() else { return };
    let mut reader = BufReader::new(copy);
    let Ok(Some(Request::Identify(who))) = read(&mut reader) else { return };
    let Some(mut session) = begin(stream, shared, who) else { return };
    let _ = serve(&mut session, &mut reader, stream);
    shared.left(session.sid, session.serial);
}

fn read(reader: &mut BufReader<UnixStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_str(&line)?))
}

fn write(mut stream: &UnixStream, answer: &Answer) -> io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    stream.write_all(&line)
}

fn begin<'a>(stream: &UnixStream, shared: &'a Shared, who: Identify) -> Option<Session<'a>> {
    let now = chrono::Utc::now().timestamp();
    let status = shared.facts()?.status;
    let (sid, serial) = shared.registry().enter(&who, &shared.boot.host, stream.try_clone().ok()?, now);
    let answer = Answer::Session { sid, serial, server_pid: std::process::id(), status };
    if write(stream, &answer).is_err() {
        shared.left(sid, serial);
        return None;
    }
    Some(Session { shared, sid, serial, role: who.role, nls: who.nls })
}

fn serve(session: &mut Session<'_>, reader: &mut BufReader<UnixStream>, stream: &UnixStream) -> io::Result<()> {
    while let Some(request) = read(reader)? {
        if session.shared.registry().killed(session.sid, session.serial) {
            return write(stream, &Answer::Failed(OraError::new(28, "your session has been killed").into()));
        }
        session.shared.registry().active(session.sid, session.serial, true);
        let next = session.handle(request);
        session.shared.registry().active(session.sid, session.serial, false);
        match next {
            Next::Answer(answer) => write(stream, &answer)?,
            Next::Garbled(answer) => garble(stream, &answer)?,
            Next::Last(answer) => {
                let written = write(stream, &answer);
                return end(session).and(written);
            }
            Next::Cut => return stream.shutdown(std::net::Shutdown::Both),
            Next::Hang => return reader.read_to_end(&mut Vec::new()).map(|_| ()),
        }
    }
    Ok(())
}

/// After a SHUTDOWN the connection stays until the process is gone, so that its client knows.
fn end(session: &Session<'_>) -> io::Result<()> {
    if session.shared.facts().is_none() {
        session.shared.note_answered();
        session.shared.wait_gone();
    }
    Ok(())
}

/// The right kind of answer with wrong letters in it.
fn garble(stream: &UnixStream, answer: &Answer) -> io::Result<()> {
    let twist = |t: &str| t.chars().map(|c| if c.is_alphanumeric() { '\u{fffd}' } else { c }).collect::<String>();
    let garbled = match answer {
        Answer::Said(text) => Answer::Said(twist(text)),
        Answer::Rows(rows) => {
            let mut rows = rows.clone();
            rows.rows.iter_mut().flatten().flatten().for_each(|cell| *cell = twist(cell));
            Answer::Rows(rows)
        }
        other => other.clone(),
    };
    write(stream, &garbled)
}

impl Session<'_> {
    fn handle(&mut self, request: Request) -> Next {
        match request {
            Request::Sql { text, binds } => {
                let action = fault::check(&self.shared.boot.faults, "sql", &text);
                self.faulty(action, |s| statement::run(s, &text, &binds))
            }
            Request::Command(command) => Next::Answer(self.typed(&command).into()),
            Request::Shutdown(mode) => self.shutdown(mode),
            Request::Facts => Next::Answer(self.shared.facts().map_or_else(gone, |f| Answer::Facts(Box::new(f)))),
            Request::Rows => Next::Answer(self.rows()),
            Request::Describe(name) => Next::Answer(self.describe(&name)),
            Request::Detach => Next::Last(Answer::Done(Done::Ok)),
            Request::Identify(_) => {
                Next::Answer(Answer::Failed(OraError::new(3106, "fatal two-task communication protocol error").into()))
            }
            other => Next::Answer(self.note(other)),
        }
    }

    /// Notes for the views.
    fn note(&self, request: Request) -> Answer {
        let now = chrono::Utc::now().timestamp();
        let mut registry = self.shared.registry();
        match request {
            Request::ClientInfo(text) => registry.client_info(self.sid, self.serial, &text),
            Request::Longops { opname, context, sofar, totalwork } => registry.longop(Longop {
                sid: self.sid,
                serial: self.serial,
                user: self.role.user().to_owned(),
                opname,
                context,
                sofar,
                totalwork,
                start_time: now,
                last_time: now,
            }),
            Request::Job(mut job) => {
                (job.sid, job.serial) = (self.sid, self.serial);
                return Answer::Key(registry.job(job));
            }
            _ => {}
        }
        Answer::Done(Done::Ok)
    }

    /// Runs a statement under a fault.
    fn faulty(&mut self, action: Option<Action>, run: impl FnOnce(&mut Self) -> Answer) -> Next {
        match action {
            None => Next::Answer(run(self)),
            Some(Action::Fail(text)) => Next::Answer(Answer::Failed(failure(&text).into())),
            Some(Action::Hang) => Next::Hang,
            Some(Action::CutBefore) => Next::Cut,
            Some(Action::CutAfter) => {
                let _ = run(self);
                Next::Cut
            }
            Some(Action::Garble) => Next::Garbled(run(self)),
            Some(Action::Slow(ms)) => {
                let answer = run(self);
                let (_never, wait) = mpsc::channel::<()>();
                let _ = wait.recv_timeout(Duration::from_millis(ms));
                Next::Answer(answer)
            }
        }
    }

    /// One engine command.
    pub fn command(&self, command: &Command) -> Result<Done, OraError> {
        self.shared.engine(|i| i.execute(command)).unwrap_or_else(|| Err(not_available()))
    }

    fn rows(&self) -> Answer {
        match self.shared.engine(|instance| instance.rows()) {
            Some(Ok((scn, rows))) => Answer::Content { scn, rows },
            Some(Err(error)) => Answer::Failed(error.into()),
            None => gone(),
        }
    }

    /// A command of the client; what STARTUP sends is logged with the words and blanks of the real one.
    fn typed(&self, command: &Command) -> Result<Done, OraError> {
        let statement = match command {
            Command::Mount => "ALTER DATABASE   MOUNT",
            Command::Open { resetlogs: true, .. } => "ALTER DATABASE OPEN RESETLOGS",
            Command::Open { read_only: true, .. } => "ALTER DATABASE OPEN READ ONLY",
            Command::Open { .. } => "ALTER DATABASE OPEN",
            _ => return self.command(command),
        };
        self.shared.alert.around(statement, || self.command(command))
    }

    /// SHUTDOWN: the engine may refuse (ORA-01149); then the instance stays.
    fn shutdown(&self, mode: Shutdown) -> Next {
        if self.role == Role::Sysbackup && self.shared.boot.oracle < crate::context::Oracle::V12_2 {
            return Next::Answer(Answer::Failed(OraError::new(1031, "insufficient privileges").into()));
        }
        if mode == Shutdown::Normal {
            self.shared.wait_alone(self.sid);
        }
        let word = format!("{mode:?}").to_lowercase();
        self.shared.alert.say(&format!("Shutting down instance ({word}) (OS id: {})", std::process::id()));
        let done = self.command(&Command::Shutdown { abort: mode == Shutdown::Abort });
        if done.is_ok() {
            self.shared.alert.say(&format!("Instance shutdown complete (OS id: {})", std::process::id()));
            self.shared.registry().cut_others(self.sid);
            self.shared.end();
        }
        Next::Last(done.into()).unless_failed()
    }

    fn describe(&self, name: &str) -> Answer {
        let release = self.shared.boot.oracle;
        let upper = name.trim_matches('"').to_uppercase();
        let plain = upper.strip_prefix("SYS.").unwrap_or(&upper).replacen("V_$", "V$", 1);
        let Some(found) = view::find(&plain, release) else {
            return Answer::Failed(OraError::new(4043, format!("object {name} does not exist")).into());
        };
        let status = self.shared.facts().map_or(Status::Started, |f| f.status);
        if status < Status::Open {
            // DESCRIBE asks the dictionary, which is not open.
            return Answer::Failed(SqlError::from(OraError::new(
                1219,
                "database not open: queries allowed on fixed tables/views only",
            )));
        }
        let column = |c: view::Column| OutColumn { name: c.name.to_owned(), kind: c.kind, width: 0 };
        Answer::Columns(found.columns(release).into_iter().map(column).collect())
    }
}

impl Next {
    /// A refused SHUTDOWN leaves the session as it was.
    fn unless_failed(self) -> Self {
        match self {
            Self::Last(Answer::Failed(e)) => Self::Answer(Answer::Failed(e)),
            other => other,
        }
    }
}

fn not_available() -> OraError {
    OraError::new(1034, "ORACLE not available")
}

fn gone() -> Answer {
    Answer::Failed(not_available().into())
}

/// The text of a fault as an error: `ORA-01578: …`, or one that can always happen.
fn failure(text: &str) -> OraError {
    let parsed = text.strip_prefix("ORA-").and_then(|t| t.split_once(": "));
    let code = parsed.and_then(|(code, rest)| Some(OraError::new(code.parse().ok()?, rest)));
    match code {
        Some(error) => error,
        None if text.is_empty() => OraError::new(
            4031,
            "unable to allocate 4160 bytes of shared memory (\"shared pool\",\"unknown object\",\"sga heap(1,0)\",\"kglsim object batch\")",
        ),
        None => OraError::new(600, format!("internal error code, arguments: [{text}], [], [], [], [], [], [], []")),
    }
}
