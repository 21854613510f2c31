//! A scripted far end: what is expected to be sent, what it answers.

use super::*;
use crate::{
    fault::Remedy,
    model::HostName,
    port::{Answer, Bind, Living, Outcome, RemoteError, Statement},
    text::{Release, sql},
};
use std::{
    io::{Read, Write},
    sync::Mutex,
};

/// What the far sqlplus does with one write: prints (MARK is the nonce it finds), or prints and ends.
#[derive(Clone, Copy)]
enum Reply {
    Prints(&'static str),
    Ends(&'static str),
}

struct Far {
    replies: Vec<Reply>,
    sent: Arc<Mutex<Vec<String>>>,
    last: String,
}

fn lost(output: String) -> RemoteError {
    RemoteError::NoAnswer { host: HostName::new("slot021").unwrap(), why: "it ended".into(), output }
}

impl Living for Far {
    fn send(&mut self, text: &str) -> Result<(), RemoteError> {
        self.last = text.to_owned();
        self.sent.lock().unwrap().push(text.to_owned());
        Ok(())
    }

    fn read_until(&mut self, marker: &str, _: Duration) -> Result<String, RemoteError> {
        assert!(self.last.contains(&format!("PROMPT {marker}\n")), "{marker} was not asked for");
        let nonce = marker.rsplit_once('-').unwrap().0;
        match self.replies.remove(0) {
            Reply::Prints(text) => Ok(text.replace("MARK", nonce)),
            Reply::Ends(text) => Err(lost(text.replace("MARK", nonce))),
        }
    }

    fn finish(self: Box<Self>, _: Duration) -> Result<Answer, RemoteError> {
        Ok(Answer::default())
    }
}

struct Host {
    replies: Mutex<Vec<Reply>>,
    commands: Mutex<Vec<RemoteCommand>>,
    sent: Arc<Mutex<Vec<String>>>,
}

impl Remote for Host {
    fn run(&self, _: &HostName, command: &RemoteCommand) -> Result<Answer, RemoteError> {
        self.commands.lock().unwrap().push(command.clone());
        let Input::Text(script) = &command.input else { panic!("no script") };
        let marker = script.lines().rev().find_map(|line| line.strip_prefix("PROMPT ")).unwrap();
        match self.replies.lock().unwrap().remove(0) {
            Reply::Prints(text) => {
                Ok(Answer { status: Some(0), stdout: text.replace("MARK", marker).into_bytes(), ..Answer::default() })
            }
            Reply::Ends(text) => Err(lost(text.to_owned())),
        }
    }

    fn live(&self, _: &HostName, command: &RemoteCommand) -> Result<Box<dyn Living>, RemoteError> {
        self.commands.lock().unwrap().push(command.clone());
        let replies = std::mem::take(&mut *self.replies.lock().unwrap());
        Ok(Box::new(Far { replies, sent: Arc::clone(&self.sent), last: String::new() }))
    }

    fn fetch(&self, _: &HostName, _: &RemoteCommand, _: &mut dyn Write) -> Result<Answer, RemoteError> {
        panic!("not used")
    }

    fn feed(&self, _: &HostName, _: &RemoteCommand, _: &mut dyn Read) -> Result<Answer, RemoteError> {
        panic!("not used")
    }
}

fn host(replies: &[Reply]) -> (Arc<Host>, SqlPlus) {
    let host =
        Arc::new(Host { replies: Mutex::new(replies.to_vec()), commands: Mutex::default(), sent: Arc::default() });
    let remote: Arc<dyn Remote> = Arc::<Host>::clone(&host);
    (host, SqlPlus::new(remote, Duration::from_secs(20)))
}

fn target() -> SqlTarget {
    SqlTarget {
        host: HostName::new("slot021").unwrap(),
        oracle_home: "/u01/db19".into(),
        sid: "ORCL".into(),
        role: Role::Sysbackup,
        connect: None,
        tz: None,
    }
}

const NEW: Reply = Reply::Prints("Connected.\nMARK-connected\novm-release 19.0.0.0.0\n");
const OLD: Reply = Reply::Prints("MARK-connected\novm-release 11.2.0.4.0\n");
const IDLE: Reply = Reply::Prints(
    "Connected to an idle instance.\nMARK-connected\nSELECT 'ovm-release ' || version FROM v$instance\n*\nERROR at line \
     1:\nORA-01034: ORACLE not available\n",
);
const SECOND: Duration = Duration::from_secs(1);

fn begin() -> [Statement; 2] {
    let release = Release::new(19, 0);
    [sql::BACKUP_BEGIN.at(release, &[]).unwrap(), sql::BACKUP_ACTIVE.at(release, &[]).unwrap()]
}

#[test]
fn a_session_connects_in_one_exchange() {
    let (host, driver) = host(&[NEW]);
    assert_eq!(driver.session(&target()).unwrap().release(), Some(Release::new(19, 0)));
    let commands = host.commands.lock().unwrap();
    let shown = commands[0].to_string();
    assert!(shown.starts_with("/bin/sh -c ") && shown.contains("exec sqlplus -S -L /nolog"), "{shown}");
    let sent = host.sent.lock().unwrap();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].starts_with("CONNECT / AS SYSBACKUP\n"), "{}", sent[0]);
}

#[test]
fn a_batch_is_one_exchange() {
    let answer = Reply::Prints("MARK-0\n\"1\",\"901\",\"2026-11-21 20:45:12\",\"/u02/system01.dbf\"\nMARK-1\n");
    let (host, driver) = host(&[NEW, answer]);
    let mut session = driver.open(&target()).unwrap();
    let found = session.batch(&begin(), SECOND).unwrap();
    assert_eq!(found[0], Outcome::Done);
    assert_eq!(found[1].clone().rows().one().unwrap().number("CHANGE#").unwrap(), 901);
    assert_eq!(host.sent.lock().unwrap().len(), 2);
}

#[test]
fn old_releases_answer_with_separators() {
    let (host, driver) = host(&[OLD, Reply::Prints("|~|7|~|2026-11-21 20:45:12.000 +01:00|~|\nMARK-0\n")]);
    let mut session = driver.open(&target()).unwrap();
    let now = sql::DATABASE_NOW.at(Release::new(11, 2), &[]).unwrap();
    let rows = session.batch(&[now], SECOND).unwrap().remove(0).rows();
    assert_eq!(rows.one().unwrap().text("NOW").unwrap(), "2026-11-21 20:45:12.000 +01:00");
    assert!(!host.sent.lock().unwrap()[1].contains("MARKUP CSV"));
}

#[test]
fn a_failed_change_ends_the_session_and_is_named() {
    let mut statements = begin().to_vec();
    statements.push(sql::BACKUP_CONTROLFILE.at(Release::new(19, 0), &[("path", Bind::Text("/u02/c".into()))]).unwrap());
    let failed = "ALTER DATABASE BEGIN BACKUP\n*\nERROR at line 1:\nORA-01123: cannot start online backup; media recovery \
                  not enabled\n";
    let (_, driver) = host(&[NEW, Reply::Ends(failed)]);
    let mut session = driver.open(&target()).unwrap();
    let error = session.batch(&statements, SECOND).unwrap_err();
    assert!(
        matches!(&error, SqlError::Database { statement, done: 0, .. } if statement == "backup/begin"),
        "{error:?}"
    );
    assert_eq!(session.batch(&begin(), SECOND).unwrap_err().code(), "SQL-004");
}

#[test]
fn a_lost_session_is_in_doubt_and_over() {
    let (_, driver) = host(&[NEW, Reply::Ends("MARK-0\n")]);
    let mut session = driver.open(&target()).unwrap();
    let error = session.batch(&begin(), SECOND).unwrap_err();
    assert_eq!(error.retry(), crate::fault::Retry::InDoubt, "{error:?}");
    assert_eq!(session.batch(&begin(), SECOND).unwrap_err().code(), "SQL-004");
}

#[test]
fn an_idle_instance_is_connected_without_a_release() {
    let (_, driver) = host(&[IDLE]);
    assert_eq!(driver.session(&target()).unwrap().release(), None);
}

#[test]
fn a_refused_login_and_a_missing_client_are_named() {
    let (_, driver) = host(&[Reply::Prints(
        "ERROR:\nORA-01031: insufficient privileges\n\nMARK-connected\nSP2-0640: Not connected\n",
    )]);
    assert_eq!(driver.session(&target()).err().unwrap().code(), "ORA-01031");
    let (_, driver) = host(&[Reply::Ends("ovm-missing sqlplus in /u01/db19/bin\n")]);
    assert_eq!(driver.session(&target()).err().unwrap().code(), "SQL-010");
}

#[test]
fn scripts_run_in_a_process_of_their_own() {
    let printed = "Connected to an idle instance.\nORACLE instance started.\nDatabase mounted.\nMARK\n";
    let (host, driver) = host(&[Reply::Prints(printed)]);
    let body = text::render(&text::sqlplus::StartupMount { pfile: "/home/oracle/p.ora" }).unwrap();
    assert!(driver.script(&target(), &body, SECOND).unwrap().contains("Database mounted."));
    let commands = host.commands.lock().unwrap();
    assert!(
        matches!(&commands[0].input, Input::Text(text) if text.contains("STARTUP MOUNT PFILE='/home/oracle/p.ora'\n"))
    );
}

#[test]
fn a_hostile_home_never_reaches_the_host() {
    let (host, driver) = host(&[]);
    let bad = SqlTarget { oracle_home: "/u01'; rm -rf /".into(), ..target() };
    assert_eq!(driver.session(&bad).err().unwrap().code(), "TXT-003");
    assert!(host.commands.lock().unwrap().is_empty());
}

#[test]
fn far_scripts_have_a_marker_that_a_resumed_run_knows() {
    let body = text::render(&text::sqlplus::RecoverPart { tablespace: "USERS", datafiles: &[] }).unwrap();
    let script = far_script(Role::Sysdba, &body).unwrap();
    assert!(script.contains("\nRECOVER AUTOMATIC TABLESPACE \"USERS\"\nPROMPT ovm-script-end\nEXIT\n"), "{script}");
    assert!(judge_far_script(&body, "Media recovery complete.\novm-script-end\n").is_ok());
    assert!(judge_far_script(&body, "Media recovery complete.\n").is_err());
}
