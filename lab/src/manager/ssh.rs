//! The SSH side: connections, logins, channels.

use super::ManagerOptions;
use super::core::Core;
use super::keys::{self, Primed};
use super::shell::{self, Line};
use crate::host::{seam::Machines, wire};
use russh::keys::PublicKey;
use russh::server::{
    Auth, ChannelOpenHandle, Config, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey, run_stream,
};
use russh::{Channel, ChannelId, MethodKind, MethodSet, Pty};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::net::{Ipv4Addr, Shutdown};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{io, net};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A manager that listens.
pub struct Manager {
    core: Arc<Core>,
    listener: TcpListener,
    config: Arc<Config>,
    port: u16,
}

/// Runs a manager until `shutdown` is ready; `ready` is told the bound port. Jobs that run then are taken back at the
/// next start, as after a crash.
pub async fn serve(
    options: ManagerOptions,
    machines: Arc<dyn Machines>,
    ready: impl FnOnce(u16),
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let manager = Manager::bind(options, machines).await?;
    ready(manager.port());
    manager.run(shutdown).await
}

impl Manager {
    /// Reads the state, makes the host keys if there are none, and binds on the loopback.
    pub async fn bind(options: ManagerOptions, machines: Arc<dyn Machines>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let port = listener.local_addr()?.port();
        let open = move || Ok::<_, io::Error>((config(&options)?, Core::open(options, machines)?));
        let (config, core) = tokio::task::spawn_blocking(open).await.map_err(io::Error::other)??;
        Ok(Self { core, listener, config: Arc::new(config), port })
    }

    /// Where it listens.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Serves until `shutdown` is ready; then all connections are cut.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let (stop, stopped) = watch::channel(false);
        let primed = Arc::new(Primed::default());
        tokio::pin!(shutdown);
        loop {
            let socket = tokio::select! {
                () = &mut shutdown => break,
                accepted = self.listener.accept() => accepted,
            };
            match socket {
                Ok((socket, _)) => {
                    let (core, primed) = (self.core.clone(), primed.clone());
                    tokio::spawn(connection(self.config.clone(), core, primed, socket, stopped.clone()));
                }
                // Out of descriptors, or a client that left before it was let in: the others go on.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
        stop.send_replace(true);
        let core = self.core;
        tokio::task::spawn_blocking(move || core.close()).await.map_err(io::Error::other)
    }
}

fn config(options: &ManagerOptions) -> io::Result<Config> {
    let mut methods = vec![MethodKind::PublicKey, MethodKind::Password];
    if options.quirks.is("keyboard-interactive", "yes") {
        methods.push(MethodKind::KeyboardInteractive);
    }
    let minutes = if options.quirks.is("idle-limit", "30min") { 30 } else { 15 };
    Ok(Config {
        keys: keys::host(&options.folder)?,
        methods: MethodSet::from(&methods[..]),
        auth_rejection_time: Duration::from_millis(50),
        auth_rejection_time_initial: Some(Duration::ZERO),
        inactivity_timeout: Some(Duration::from_secs(minutes * 60)),
        nodelay: true,
        ..Config::default()
    })
}

/// One connection. A second handle on its socket lets a fault cut it as a network does: without a word.
async fn connection(
    config: Arc<Config>,
    core: Arc<Core>,
    primed: Arc<Primed>,
    socket: TcpStream,
    mut stopped: watch::Receiver<bool>,
) {
    let Ok((socket, own)) = doubled(socket) else { return };
    let (own, rtt) = (Arc::new(own), core.options.rtt);
    let client = Client {
        core,
        primed,
        wire: own.clone(),
        turned_away: false,
        channels: HashMap::new(),
        terminals: HashSet::new(),
    };
    let serving = async {
        // The way lies under SSH, so that its handshake takes its round trips too.
        let (socket, _) = wire::lay(socket, rtt);
        // Errors of one connection (a client that is gone) concern nobody else.
        if let Ok(session) = run_stream(config, socket, client).await {
            drop(session.await);
        }
    };
    tokio::select! {
        () = serving => {}
        _ = stopped.wait_for(|stopped| *stopped) => cut(&own),
    }
}

fn doubled(socket: TcpStream) -> io::Result<(TcpStream, net::TcpStream)> {
    socket.set_nodelay(true)?;
    let socket = socket.into_std()?;
    let wire = socket.try_clone()?;
    Ok((TcpStream::from_std(socket)?, wire))
}

/// Cuts a connection; one that is cut already stays so.
pub fn cut(wire: &net::TcpStream) {
    drop(wire.shutdown(Shutdown::Both));
}

struct Client {
    core: Arc<Core>,
    primed: Arc<Primed>,
    wire: Arc<net::TcpStream>,
    /// Let in by a key before any password login (quirk `unprimed-key=closed`): each channel ends at once.
    turned_away: bool,
    channels: HashMap<ChannelId, Channel<Msg>>,
    terminals: HashSet<ChannelId>,
}

impl Client {
    fn password(&self, user: &str, password: &str) -> Auth {
        let options = &self.core.options;
        if user != options.user || password != options.password {
            return Auth::reject();
        }
        self.primed.prime(Instant::now());
        Auth::Accept
    }

    fn key(&mut self, user: &str, key: &PublicKey) -> Auth {
        let options = &self.core.options;
        if user != options.user || !keys::is_authorized(&options.folder, key) {
            return Auth::reject();
        }
        if self.primed.is_primed(Instant::now(), options.quirks.is("key-cache", "15min")) {
            return Auth::Accept;
        }
        self.turned_away = options.quirks.is("unprimed-key", "closed");
        if self.turned_away { Auth::Accept } else { Auth::reject() }
    }

    fn line(&self, id: ChannelId) -> Line {
        Line {
            core: self.core.clone(),
            wire: self.wire.clone(),
            terminal: self.terminals.contains(&id),
            turned_away: self.turned_away,
        }
    }

    fn begin(&mut self, id: ChannelId, session: &mut Session, command: Option<String>) -> Result<(), russh::Error> {
        let Some(channel) = self.channels.remove(&id) else { return session.channel_failure(id) };
        session.channel_success(id)?;
        tokio::spawn(shell::serve(channel, self.line(id), command));
        Ok(())
    }
}

impl Handler for Client {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        Ok(self.password(user, password))
    }

    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, russh::Error> {
        Ok(self.key(user, offer.public_key))
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, russh::Error> {
        Ok(self.key(user, key.public_key))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        let Some(mut response) = response else {
            let prompts = vec![(Cow::Borrowed("Password: "), false)];
            return Ok(Auth::Partial { name: "".into(), instructions: "".into(), prompts: prompts.into() });
        };
        let password = response.next().unwrap_or_default();
        Ok(self.password(user, &String::from_utf8_lossy(&password)))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), russh::Error> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _term: &str,
        _width: u32,
        _height: u32,
        _pixel_width: u32,
        _pixel_height: u32,
        _modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        self.terminals.insert(channel);
        session.channel_success(channel)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), russh::Error> {
        self.begin(channel, session, None)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        let command = String::from_utf8_lossy(data).into_owned();
        self.begin(channel, session, Some(command))
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        // scp and sftp: nothing found (reference 1); none.
        session.channel_failure(channel)
    }
}
