//! The SSH server of a host.

use super::{
    session::Session,
    spec::{HostSpec, Role},
    wire::{self, Cut},
};
use russh::{
    Channel, ChannelId, MethodKind, MethodSet, Pty, SshId,
    keys::{PrivateKey, PublicKey},
    server::{self, Auth, ChannelOpenHandle, Config, Msg, VerifiedPublicKey},
};
use std::{borrow::Cow, io, path::PathBuf, sync::Arc, time::Duration};
use tokio::{net::TcpListener, process::Command};

/// What all sessions of a host share.
#[derive(Debug)]
pub struct Served {
    /// The host's name, which is also the place of its faults.
    pub name: String,
    /// The file with the site's faults.
    pub faults: PathBuf,
    login: &'static str,
    authorized: PublicKey,
    password: Option<String>,
    shell: Shell,
    rtt: Duration,
}

/// How a command is run.
#[derive(Debug, Clone)]
pub struct Shell {
    /// What drops the privileges, in front of the command.
    drop: Vec<String>,
    env: Vec<(String, String)>,
    home: PathBuf,
}

impl Shell {
    /// That of the host's login user: a clean environment with the lab's tools first, as sshd gives a user its PATH.
    #[must_use]
    pub fn of(spec: &HostSpec) -> Self {
        let (user, home, path) = match spec.role {
            Role::Server => ("root", "/root", "/.lab/bin:/sbin:/bin:/usr/sbin:/usr/bin"),
            _ => ("oracle", "/home/oracle", "/.lab/bin:/usr/local/bin:/bin:/usr/bin"),
        };
        let pairs = [("HOME", home), ("USER", user), ("LOGNAME", user), ("SHELL", "/bin/sh"), ("PATH", path)];
        Self {
            drop: if spec.real() && user == "oracle" { drop_to(spec) } else { Vec::new() },
            env: pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec(),
            home: home.into(),
        }
    }

    /// `argv` in that environment.
    #[must_use]
    pub fn run(&self, argv: &[&str]) -> Command {
        let whole: Vec<&str> = self.drop.iter().map(String::as_str).chain(argv.iter().copied()).collect();
        let mut command = Command::new(whole.first().copied().unwrap_or("/bin/false"));
        command.args(whole.get(1..).unwrap_or_default()).env_clear().envs(self.env.iter().cloned());
        command.current_dir(&self.home).process_group(0);
        command
    }
}

fn drop_to(spec: &HostSpec) -> Vec<String> {
    let ids = spec.ids();
    let numbers = [
        format!("--reuid={}", ids.oracle),
        format!("--regid={}", ids.oinstall),
        format!("--groups={},{}", ids.oinstall, ids.dba),
    ];
    ["/usr/bin/setpriv".to_owned()].into_iter().chain(numbers).collect()
}

impl Served {
    /// From the host's description.
    pub fn new(spec: &HostSpec) -> io::Result<Self> {
        Ok(Self {
            name: spec.context.name.clone(),
            faults: spec.context.faults.clone(),
            login: spec.login(),
            authorized: PublicKey::from_openssh(&spec.authorized).map_err(io::Error::other)?,
            password: spec.password.clone(),
            shell: Shell::of(spec),
            rtt: Duration::from_millis(spec.rtt_ms),
        })
    }

    /// The login shell, or one command in it. A terminal is what `script` makes.
    pub fn command(&self, command: Option<&str>, pty: bool) -> Command {
        match (command, pty) {
            (None, false) => self.shell.run(&["/bin/sh", "-l"]),
            (None, true) => self.shell.run(&["script", "-qec", "exec /bin/sh -l", "/dev/null"]),
            (Some(command), false) => self.shell.run(&["/bin/sh", "-c", command]),
            (Some(command), true) => self.shell.run(&["script", "-qec", command, "/dev/null"]),
        }
    }

    fn answer(&self, user: &str, fits: bool) -> Auth {
        if user == self.login && fits { Auth::Accept } else { Auth::reject() }
    }
}

/// The server's side of the handshake.
pub fn config(keys: &[String], password: bool) -> io::Result<Config> {
    let keys: Result<Vec<_>, _> = keys.iter().map(PrivateKey::from_openssh).collect();
    let mut methods = MethodSet::empty();
    methods.push(MethodKind::PublicKey);
    if password {
        methods.push(MethodKind::Password);
    }
    Ok(Config {
        server_id: SshId::Standard(Cow::Borrowed("SSH-2.0-OpenSSH_7.4")),
        methods,
        keys: keys.map_err(io::Error::other)?,
        auth_rejection_time: Duration::from_millis(300),
        auth_rejection_time_initial: Some(Duration::ZERO),
        inactivity_timeout: None,
        nodelay: true,
        ..Config::default()
    })
}

/// Answers for ever.
pub async fn listen(listener: TcpListener, config: Arc<Config>, host: Arc<Served>) {
    loop {
        // A connection that cannot be taken is the client's loss alone.
        let Ok((tcp, _)) = listener.accept().await else { continue };
        let (config, host) = (config.clone(), host.clone());
        tokio::spawn(async move {
            let (stream, cut) = wire::lay(tcp, host.rtt);
            if let Ok(session) = server::run_stream(config, stream, Client { host, cut }).await {
                session.await.ok();
            }
        });
    }
}

/// One client.
struct Client {
    host: Arc<Served>,
    cut: Cut,
}

impl server::Handler for Client {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        Ok(self.host.answer(user, self.host.password.as_deref() == Some(password)))
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: server::PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        Ok(self.host.answer(user, offer.public_key.key_data() == self.host.authorized.key_data()))
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(self.host.answer(user, key.public_key.key_data() == self.host.authorized.key_data()))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        session: &mut server::Session,
    ) -> Result<(), Self::Error> {
        let session = Session::new(channel, session.handle(), self.host.clone(), self.cut.clone());
        reply.accept().await;
        tokio::spawn(session.serve());
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _term: &str,
        _col_width: u32,
        _row_height: u32,
        _pix_width: u32,
        _pix_height: u32,
        _modes: &[(Pty, u32)],
        session: &mut server::Session,
    ) -> Result<(), Self::Error> {
        session.channel_success(channel)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut server::Session) -> Result<(), Self::Error> {
        session.channel_success(channel)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        _command: &[u8],
        session: &mut server::Session,
    ) -> Result<(), Self::Error> {
        session.channel_success(channel)
    }

    /// No variable of the client comes in, as without AcceptEnv.
    async fn env_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        _value: &str,
        session: &mut server::Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }

    /// There is no sftp.
    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        session: &mut server::Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }
}
