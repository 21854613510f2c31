//! Commands in dom0 and in guests, over SSH with the site's own key. One connection per machine is kept.

use crate::site::error::{During, SiteError};
use russh::{
    ChannelMsg,
    client::{self, Handle},
    keys::{PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate},
};
use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::{Duration, Instant},
};

/// One attempt to connect; the handshake takes seconds when the machine is busy.
const ATTEMPT: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(200);
/// The longest that a command takes.
const PATIENCE: Duration = Duration::from_secs(900);

/// What a command gave.
#[derive(Debug, Default)]
pub struct Answer {
    /// Exit status; 255 for a signal or a lost connection.
    pub status: i32,
    /// What it wrote.
    pub stdout: Vec<u8>,
    /// What it complained of.
    pub stderr: Vec<u8>,
}

/// Who logs in where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// `root` or `oracle`
    pub user: String,
    /// On 127.0.0.1.
    pub port: u16,
}

type Open = Arc<Handle<Anyone>>;

/// The connections.
pub struct Shells {
    runtime: tokio::runtime::Handle,
    key: Arc<PrivateKey>,
    open: Arc<Mutex<BTreeMap<Place, Open>>>,
}

impl Shells {
    /// With this private key. The runtime lives as long as the process.
    pub fn new(key: &str) -> Result<Self, SiteError> {
        let key = PrivateKey::from_openssh(key).map_err(io::Error::other).during("reading the client's key")?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.during("starting the runtime")?;
        let handle = runtime.handle().clone();
        std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
        Ok(Self { runtime: handle, key: Arc::new(key), open: Arc::default() })
    }

    /// A machine that begins anew knows nothing of the connection that is kept to it.
    pub fn forget(&self, at: &Place) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(at);
    }

    /// Waits until a machine answers. `alive` says whether there is still something to wait for.
    pub fn wait(&self, at: &Place, limit: Duration, alive: impl Fn() -> bool) -> Result<(), SiteError> {
        let end = Instant::now() + limit;
        loop {
            match self.run(at, "true", b"") {
                Ok(answer) if answer.status == 0 => return Ok(()),
                Ok(answer) => return Err(fault(at, String::from_utf8_lossy(&answer.stderr))),
                Err(error) if Instant::now() > end || !alive() => return Err(error),
                Err(_) => std::thread::park_timeout(PAUSE),
            }
        }
    }

    /// Runs a command line of the user's shell.
    pub fn run(&self, at: &Place, line: &str, stdin: &[u8]) -> Result<Answer, SiteError> {
        let (sender, receiver) = mpsc::channel();
        let (open, key) = (self.open.clone(), self.key.clone());
        let (place, line, stdin) = (at.clone(), line.to_owned(), stdin.to_vec());
        self.runtime.spawn(async move {
            let session = tokio::time::timeout(ATTEMPT, session(&open, &place, key)).await;
            let done = match session {
                Ok(Ok(session)) => execute(&session, &line, stdin).await,
                Ok(Err(error)) => Err(error),
                Err(_) => Err(russh::Error::ConnectionTimeout),
            };
            if done.is_err() {
                open.lock().unwrap_or_else(PoisonError::into_inner).remove(&place);
            }
            // Whoever asked may have lost its patience.
            sender.send(done).ok();
        });
        let done = receiver.recv_timeout(PATIENCE).map_err(|error| fault(at, error))?;
        done.map_err(|error| fault(at, error))
    }
}

fn fault(at: &Place, error: impl ToString) -> SiteError {
    SiteError::inside(format!("{}@127.0.0.1:{}", at.user, at.port), error.to_string())
}

async fn session(open: &Mutex<BTreeMap<Place, Open>>, at: &Place, key: Arc<PrivateKey>) -> Result<Open, russh::Error> {
    let kept = open.lock().unwrap_or_else(PoisonError::into_inner).get(at).cloned();
    if let Some(session) = kept.filter(|session| !session.is_closed()) {
        return Ok(session);
    }
    let config = client::Config { nodelay: true, ..client::Config::default() };
    let mut session = client::connect(Arc::new(config), ("127.0.0.1", at.port), Anyone).await?;
    let result = session.authenticate_publickey(&at.user, PrivateKeyWithHashAlg::new(key, None)).await?;
    if !result.success() {
        return Err(russh::Error::NotAuthenticated);
    }
    let session = Arc::new(session);
    open.lock().unwrap_or_else(PoisonError::into_inner).insert(at.clone(), session.clone());
    Ok(session)
}

async fn execute(session: &Handle<Anyone>, line: &str, stdin: Vec<u8>) -> Result<Answer, russh::Error> {
    let mut channel = session.channel_open_session().await?;
    channel.exec(true, line).await?;
    if !stdin.is_empty() {
        channel.data(&stdin[..]).await?;
    }
    channel.eof().await?;
    let mut answer = Answer { status: 255, ..Answer::default() };
    let mut ended = false;
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::Data { data } => answer.stdout.extend_from_slice(&data),
            ChannelMsg::ExtendedData { data, .. } => answer.stderr.extend_from_slice(&data),
            ChannelMsg::ExitStatus { exit_status } => {
                answer.status = i32::try_from(exit_status).unwrap_or(255);
                ended = true;
            }
            ChannelMsg::ExitSignal { .. } => ended = true,
            _ => {}
        }
    }
    // A line that broke off is not a command that failed.
    if ended { Ok(answer) } else { Err(russh::Error::Disconnect) }
}

/// The other end is a process of this site on a port that it holds itself.
struct Anyone;

impl client::Handler for Anyone {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _key: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

/// A word for the shell.
#[must_use]
pub fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A script with its arguments, as one command line.
#[must_use]
pub fn script(text: &str, args: &[&str]) -> String {
    let words: Vec<String> = ["sh", "-euc", text, "lab"].iter().chain(args).map(|word| quoted(word)).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole() {
        assert_eq!(quoted("a'b c"), r"'a'\''b c'");
        assert_eq!(script("echo \"$1\"", &["x y"]), "'sh' '-euc' 'echo \"$1\"' 'lab' 'x y'");
    }
}
