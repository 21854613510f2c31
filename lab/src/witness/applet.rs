//! `lab-workload`, in the VM of a database as user oracle: starts and ends the workload, does a disaster, and compares the
//! live rows.
//! ORACLE_HOME and ORACLE_SID say which database.

use super::{Disaster, Report, Verdict, acknowledged, branch, compare, log, workload::Workload};
use crate::{
    context::HostContext,
    db::{
        api::{Command, Database, OraError},
        server::{
            Identify, Role,
            client::{Client, ConnectError},
        },
        session::Nls,
    },
    guest::oracle::ROWS,
    site::spawn,
};
use rustix::process::{Pid, Signal, kill_process, setsid};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{self, BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
    time::{Duration, Instant},
};

/// What a workload is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// Transactions in a second.
    pub rate: f64,
    /// Whether block writes are held between their halves while it runs.
    pub hold_writes: bool,
    /// Where its random numbers begin.
    pub seed: u64,
}

/// The name of this applet.
pub const NAME: &str = "lab-workload";
const READY: &str = "ready";
/// Rows that live in data files added later.
const BEYOND: u32 = 1000;
/// Where hosts see what they share.
const SHARED: &str = "/.lab/site";
const STOP_WITHIN: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// `lab-workload start ORDER | run ORDER | stop | disaster ORDER | verify [SCN]`; `disaster` and `verify` print one JSON value.
#[must_use]
pub fn main(args: &[String]) -> ExitCode {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = Here::find().and_then(|here| match words[..] {
        ["start", order] => here.start(order),
        ["run", order] => here.run(order),
        ["stop"] => here.stop(),
        ["disaster", order] => here.disaster(order),
        ["verify"] => here.verify(None),
        ["verify", scn] => here.verify(Some(scn.parse().map_err(|e| format!("`{scn}` is no SCN: {e}"))?)),
        _ => Err(format!("{NAME}: unknown words {words:?}")),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

/// The database of this environment, on this host.
struct Here {
    host: HostContext,
    home: String,
    sid: String,
}

type Said<T> = Result<T, String>;

fn said(error: impl ToString) -> String {
    error.to_string()
}

impl Here {
    fn find() -> Said<Self> {
        let get = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
        let host = HostContext::load().map_err(|error| format!("this is no host of a lab: {error}"))?;
        Ok(Self { host, home: get("ORACLE_HOME")?, sid: get("ORACLE_SID")? })
    }

    fn file(&self, suffix: &str) -> PathBuf {
        self.host.private.join(format!("workload_{}.{suffix}", self.sid))
    }

    fn log(&self) -> PathBuf {
        log::path_in(Path::new(SHARED), &self.sid)
    }

    /// A session; the error says ORA-01034 when the instance is down.
    fn connect(&self) -> Result<Client, ConnectError> {
        let who = Identify {
            program: format!("{NAME}@{} (TNS V1-V3)", self.host.name),
            role: Role::Sysdba,
            client_info: "witness".into(),
            pid: std::process::id(),
            nls: Nls::default(),
        };
        Client::connect(&self.host.private, &self.home, &self.sid, who)
    }

    /// Starts the workload in the background and comes back when it commits.
    fn start(&self, order: &str) -> Said<()> {
        if running(&self.file("pid")).is_some() {
            return Err(format!("a workload runs on {} already", self.sid));
        }
        // What an earlier one left.
        for suffix in ["pid", "stop", "disaster", "destroyed"] {
            let _ = fs::remove_file(self.file(suffix));
        }
        let errors = fs::File::create(self.file("log")).map_err(said)?;
        let mut child = spawn::command(std::env::current_exe().map_err(said)?)
            .arg0(NAME)
            .args(["run", order])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .map_err(said)?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line).map_err(said)?;
        }
        if line.trim_end() == READY {
            return Ok(());
        }
        child.wait().map_err(said)?;
        Err(fs::read_to_string(self.file("log")).map_err(said)?.trim().to_owned())
    }

    /// The workload itself.
    fn run(&self, order: &str) -> Said<()> {
        setsid().map_err(said)?;
        std::env::set_current_dir("/").map_err(said)?;
        let order: Order = serde_json::from_str(order).map_err(said)?;
        let mut client = self.connect().map_err(said)?;
        let database = open(&mut client).map_err(said)?;
        let log = self.log();
        fs::create_dir_all(log.parent().unwrap_or(&log)).map_err(said)?;
        let workload = Workload::new(&log, &database, ROWS, order.seed).map_err(said)?;
        let mut workload = workload.with_beyond(BEYOND);
        if order.hold_writes {
            client.command(&Command::HoldWrites(true)).map_err(said)?;
        }
        fs::write(self.file("pid"), std::process::id().to_string()).map_err(said)?;
        let mut out = io::stdout();
        writeln!(out, "{READY}").and_then(|()| out.flush()).map_err(said)?;
        let stop = self.file("stop");
        let ended = loop {
            let disaster = self.file("disaster");
            let ended = workload.run(&mut client, order.rate, &mut || stop.exists() || disaster.exists());
            match ended.map_err(said) {
                Ok(None) if !stop.exists() => self.befall(&mut workload, &mut client)?,
                other => break other,
            }
        };
        let _ = fs::remove_file(self.file("pid"));
        match ended? {
            None => workload.note("ended: asked to").map_err(said),
            Some(error) => Err(said(error)),
        }
    }

    /// Does in the workload's place what `disaster` left word of; the answer takes the same way back.
    fn befall(&self, workload: &mut Workload, client: &mut Client) -> Said<()> {
        let order = fs::read_to_string(self.file("disaster")).map_err(said)?;
        let answer = destroy(workload, client, &order);
        leave(&self.file("destroyed"), &serde_json::to_string(&answer).map_err(said)?)?;
        fs::remove_file(self.file("disaster")).map_err(said)
    }

    /// Destroys rows. Where a workload runs it does so itself, between two of its transactions: the log has one writer.
    fn disaster(&self, order: &str) -> Said<()> {
        let destroyed = match running(&self.file("pid")) {
            Some(pid) => self.through(pid, order)?,
            None => {
                let mut client = self.connect().map_err(said)?;
                let database = open(&mut client).map_err(said)?;
                let log = self.log();
                fs::create_dir_all(log.parent().unwrap_or(&log)).map_err(said)?;
                let mut workload = Workload::new(&log, &database, ROWS, 0).map_err(said)?;
                destroy(&mut workload, &mut client, order)?
            }
        };
        println!("{destroyed}");
        Ok(())
    }

    /// Has a running workload do it.
    fn through(&self, pid: Pid, order: &str) -> Said<String> {
        let answer = self.file("destroyed");
        let _ = fs::remove_file(&answer);
        leave(&self.file("disaster"), order)?;
        while !answer.exists() {
            if crate::host::boot::zombie(pid) && !answer.exists() {
                let _ = fs::remove_file(self.file("disaster"));
                return Err(format!("the workload on {} ended before the disaster was done", self.sid));
            }
            std::thread::park_timeout(LOOK_EVERY);
        }
        serde_json::from_str::<Said<String>>(&fs::read_to_string(answer).map_err(said)?).map_err(said)?
    }

    /// Ends the workload after its present transaction and lets held writes go. One that does not react is killed; its last
    /// transaction is then in doubt, which the comparison knows.
    fn stop(&self) -> Said<()> {
        let pid = running(&self.file("pid"));
        match pid {
            None => eprintln!("no workload runs on {}", self.sid),
            Some(pid) => self.end(pid)?,
        }
        match self.connect() {
            Ok(mut client) => client.command(&Command::HoldWrites(false)).map(drop).map_err(said),
            Err(ConnectError::Idle) => Ok(()),
            Err(error) => Err(said(error)),
        }
    }

    fn end(&self, pid: Pid) -> Said<()> {
        fs::write(self.file("stop"), "").map_err(said)?;
        let begun = Instant::now();
        let mut killed = false;
        while !crate::host::boot::zombie(pid) {
            if begun.elapsed() > STOP_WITHIN && !killed {
                // It may have ended meanwhile.
                kill_process(pid, Signal::KILL).ok();
                killed = true;
            }
            std::thread::park_timeout(LOOK_EVERY);
        }
        let _ = fs::remove_file(self.file("pid"));
        fs::remove_file(self.file("stop")).map_err(said)
    }

    /// Compares the live rows with the log. Rows and SCN are taken under one look, the log is read afterwards: what is
    /// committed meanwhile has a higher SCN. What was acknowledged before the look must be there, whatever the database's
    /// SCN says: one that went back without a RESETLOGS has a lower SCN.
    fn verify(&self, at: Option<u64>) -> Said<()> {
        let mut client = self.connect().map_err(said)?;
        let database = client.facts().map_err(said)?.database.ok_or("ORA-01507: database not mounted")?;
        let path = branch::path(&database);
        let known = acknowledged(&self.log(), &path).map_err(said)?;
        let (scn, rows) = client.rows().map_err(said)?;
        let point = at.unwrap_or(scn.max(known));
        let mut verdict = compare(&rows, &self.log(), point, Some(&path)).map_err(said)?;
        if at.is_some_and(|at| at > scn) {
            not_there(&mut verdict, point, scn);
        }
        let report = Report::new(database.name, point, verdict);
        println!("{}", serde_json::to_string(&report).map_err(said)?);
        Ok(())
    }
}

/// A database that has not reached the SCN that is asked for is not what it was at that SCN.
fn not_there(verdict: &mut Verdict, at: u64, scn: u64) {
    verdict.equal = false;
    verdict.first_difference.get_or_insert_with(|| format!("the database is at SCN {scn} and has not reached {at}"));
}

/// Does it and gives what was destroyed as JSON.
fn destroy(workload: &mut Workload, client: &mut Client, order: &str) -> Said<String> {
    let disaster: Disaster = serde_json::from_str(order).map_err(said)?;
    let destroyed = workload.destroy(client, &disaster).map_err(said)?.map_err(said)?;
    serde_json::to_string(&destroyed).map_err(said)
}

/// Writes a file that is there as a whole or not at all.
fn leave(path: &Path, text: &str) -> Said<()> {
    let begun = path.with_extension("new");
    fs::write(&begun, text).and_then(|()| fs::rename(&begun, path)).map_err(said)
}

fn open(client: &mut Client) -> Result<Database, OraError> {
    let database = client.facts()?.database.ok_or_else(|| OraError::new(1507, "database not mounted"))?;
    match database.open_mode.as_str() {
        "READ WRITE" => Ok(database),
        "READ ONLY" => Err(OraError::new(16000, "database or pluggable database open for read-only access")),
        _ => Err(OraError::new(1109, "database not open")),
    }
}

/// The workload of a pid file, unless its number belongs to another program by now.
fn running(pid_file: &Path) -> Option<Pid> {
    let pid = fs::read_to_string(pid_file).ok()?.trim().parse().ok().and_then(Pid::from_raw)?;
    let line = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).ok()?;
    let ours = line.split(|byte| *byte == 0).next() == Some(NAME.as_bytes());
    (ours && !crate::host::boot::zombie(pid)).then_some(pid)
}
