//! A running host as the supervisor holds it: its process and the line to it.

use super::{
    error::{During, SiteError},
    spawn,
};
use crate::host::{
    control::{self, Order, Word},
    spec::HostSpec,
};
use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Stdio},
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

/// A host may work long on an order (it makes a database of many GiB), but not for ever.
const PATIENCE: Duration = Duration::from_secs(900);

/// The line.
#[derive(Debug)]
pub struct Link {
    name: String,
    child: Mutex<Child>,
    talk: Mutex<(ChildStdin, Receiver<Word>)>,
    /// Where its SSH server answers.
    pub port: u16,
}

impl Link {
    /// Starts the host and waits until it answers. `gone` hears of disks that went later than they were asked to.
    pub fn start(spec: &HostSpec, gone: impl Fn(u32) + Send + 'static) -> Result<Self, SiteError> {
        let name = spec.context.name.clone();
        let path = spec.folder.join("spec.json");
        let text = serde_json::to_string(spec).map_err(std::io::Error::from).at(&path)?;
        super::keys::secret(&path, &text)?;
        let mut child = command(spec)?.arg(&path).spawn().during("starting a host")?;
        let ends = child.stdin.take().zip(child.stdout.take());
        let (stdin, stdout) = ends.ok_or_else(|| SiteError::inside(&name, "no pipes"))?;
        let (sender, words) = channel();
        std::thread::spawn(move || listen(stdout, &sender, gone));
        let first = words.recv_timeout(PATIENCE);
        let link = |port| Self { name: name.clone(), child: Mutex::new(child), talk: Mutex::new((stdin, words)), port };
        match first {
            Ok(Word::Ready { port }) => Ok(link(port)),
            Ok(Word::Error(text)) => Err(link(0).failed(&text)),
            other => Err(link(0).failed(&format!("it ended before it was ready ({other:?}); see its console.log"))),
        }
    }

    fn failed(&self, text: &str) -> SiteError {
        self.kill();
        SiteError::inside(&self.name, text)
    }

    /// Gives an order and waits for the word on it.
    pub fn ask(&self, order: &Order) -> Result<Word, SiteError> {
        let mut talk = self.talk.lock().unwrap_or_else(PoisonError::into_inner);
        let line = control::line(order).during("an order")?;
        let sent = talk.0.write_all(line.as_bytes()).and_then(|()| talk.0.flush());
        sent.map_err(|e| SiteError::inside(&self.name, e))?;
        talk.1.recv_timeout(PATIENCE).map_err(|e| SiteError::inside(&self.name, e))
    }

    /// Asks it to stop, then makes sure that it did.
    pub fn stop(&self) {
        if let Err(error) = self.ask(&Order::Stop) {
            eprintln!("{error}");
        }
        self.kill();
    }

    fn kill(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // It may have ended by itself.
        child.kill().ok();
        child.wait().ok();
    }

    /// Whether it still runs.
    pub fn alive(&self) -> bool {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(child.try_wait(), Ok(None))
    }
}

fn command(spec: &HostSpec) -> Result<std::process::Command, SiteError> {
    let log = spec.folder.join("console.log");
    let console = File::options().create(true).append(true).open(&log).at(&log)?;
    fs::create_dir_all(&spec.folder).at(&spec.folder)?;
    let mut command = spawn::command("unshare");
    command.args(["--mount", "--propagation", "private", "--pid", "--uts", "--fork", "--kill-child", "--"]);
    command.arg(&spec.executable).arg("host-init");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(console);
    Ok(command)
}

fn listen(stdout: ChildStdout, words: &Sender<Word>, gone: impl Fn(u32)) {
    for line in BufReader::new(stdout).lines() {
        let Ok(line) = line else { return };
        match serde_json::from_str(&line) {
            Ok(Word::Gone { slot }) => gone(slot),
            Ok(word) => {
                if words.send(word).is_err() {
                    return;
                }
            }
            Err(error) => eprintln!("a host said `{line}`: {error}"),
        }
    }
}
