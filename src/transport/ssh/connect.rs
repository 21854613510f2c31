//! From an address to a session whose host key was checked and that is logged in.

use super::{
    algorithms::Preferences,
    auth::Door,
    known_hosts::{KnownHosts, Verdict},
    link::{Broken, Link},
    offer,
    settings::{SshHost, SshOptions},
    trouble::{cannot, no_handshake, no_tcp, revoked_key, setup, unknown_key, wrong_key},
};
use crate::{
    fault::hint,
    port::RemoteError,
    transport::limit::{Limit, Stopped},
};
use rustix::net::sockopt;
use ssh2::MethodType;
use std::{
    io,
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    sync::atomic::AtomicBool,
    time::Duration,
};

/// The kernel's own probing of a silent peer: begins after a minute, gives up after four.
const SILENT: Duration = Duration::from_secs(60);

/// Opens a session.
pub(super) fn connect(
    host: &SshHost,
    options: &SshOptions,
    bad_password: &AtomicBool,
    limit: &Limit<'_>,
) -> Result<Link, RemoteError> {
    let known = known_hosts(options)?;
    let wanted = Preferences::new(host.legacy, &known.kinds(&host.address, host.port));
    let stream = tcp(host, options, limit)?;
    let link = Link::new(stream, options.keepalive).map_err(|b| cannot(host, "SSH-006", b.to_string(), Vec::new()))?;
    shake_hands(host, options, &link, &wanted, limit)?;
    check_key(host, options, &known, &link)?;
    Door { host, link: &link, limit: limit.narrow(options.connect), bad_password }.enter()?;
    Ok(link)
}

fn known_hosts(options: &SshOptions) -> Result<KnownHosts, RemoteError> {
    match std::fs::read(&options.known_hosts) {
        Ok(bytes) => Ok(KnownHosts::parse(&String::from_utf8_lossy(&bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(KnownHosts::default()),
        Err(error) => {
            let why = format!("{} cannot be read: {error}", options.known_hosts.display());
            Err(setup("SSH-023", why, vec![hint("make it readable, or set `known_hosts` to another file")]))
        }
    }
}

/// Tries each address. The name lookup has no limit but the resolver's own.
fn tcp(host: &SshHost, options: &SshOptions, limit: &Limit<'_>) -> Result<TcpStream, RemoteError> {
    let found = (host.address.as_str(), host.port).to_socket_addrs().map_err(|e| no_tcp(host, &e.to_string()))?;
    let mut why = "the name has no address".to_owned();
    for address in found {
        match one_address(address, limit.narrow(options.connect)) {
            Ok(stream) => return Ok(stream),
            Err(text) => why = text,
        }
    }
    Err(no_tcp(host, &why))
}

fn one_address(address: SocketAddr, limit: Limit<'_>) -> Result<TcpStream, String> {
    limit.check().map_err(|stopped| stopped.to_string())?;
    let stream = TcpStream::connect_timeout(&address, limit.left().max(Duration::from_millis(1)));
    let stream = stream.map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => format!("no answer within {:.0} s", limit.took().as_secs_f32().ceil()),
        _ => error.to_string(),
    })?;
    tune(&stream).map_err(|error| error.to_string())?;
    Ok(stream)
}

/// No waiting for more data before a small packet goes; and a dead peer is found even while nobody asks anything.
fn tune(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, SILENT)?;
    sockopt::set_tcp_keepintvl(stream, SILENT)?;
    sockopt::set_tcp_keepcnt(stream, 3)?;
    Ok(())
}

fn shake_hands(
    host: &SshHost,
    options: &SshOptions,
    link: &Link,
    wanted: &Preferences,
    limit: &Limit<'_>,
) -> Result<(), RemoteError> {
    let limit = limit.narrow(options.connect);
    let shaken = prefer(link, wanted).and_then(|()| link.drive(&limit, |session| session.clone().handshake()));
    shaken.map_err(|broken| {
        // Only libssh2's own refusals are looked into; after a deadline a second connection would wait again.
        let again = matches!(broken, Broken::Ssh(..)).then(|| tcp(host, options, &limit).ok()).flatten();
        let offer = again.and_then(|stream| {
            let time = Some(limit.left().max(Duration::from_millis(1)).min(Duration::from_secs(5)));
            stream.set_read_timeout(time).ok()?;
            stream.set_write_timeout(time).ok()?;
            offer::nothing_in_common(stream, wanted)
        });
        no_handshake(host, &broken, offer)
    })
}

fn prefer(link: &Link, wanted: &Preferences) -> Result<(), Broken> {
    let lists = [
        (MethodType::Kex, &wanted.kex),
        (MethodType::HostKey, &wanted.host_key),
        (MethodType::CryptCs, &wanted.cipher),
        (MethodType::CryptSc, &wanted.cipher),
        (MethodType::MacCs, &wanted.mac),
        (MethodType::MacSc, &wanted.mac),
        (MethodType::SignAlgo, &wanted.sign),
    ];
    for (kind, list) in lists {
        link.session.method_pref(kind, list)?;
    }
    Ok(())
}

fn check_key(host: &SshHost, options: &SshOptions, known: &KnownHosts, link: &Link) -> Result<(), RemoteError> {
    let Some((key, _)) = link.session.host_key() else {
        return Err(cannot(host, "SSH-006", "it showed no host key", Vec::new()));
    };
    let file = &options.known_hosts;
    match known.judge(&host.address, host.port, key) {
        Verdict::Known => Ok(()),
        Verdict::Unknown => Err(unknown_key(host, file, key)),
        Verdict::Mismatch { line, kind } => Err(wrong_key(host, file, line, &kind, key)),
        Verdict::Revoked { line } => Err(revoked_key(host, file, line, key)),
    }
}

/// Whether a call was ended by its limit or by the user, so that trying again makes no sense.
pub(super) fn is_over(broken: &Broken, limit: &Limit<'_>) -> bool {
    matches!(broken, Broken::Stopped(Stopped::Cancelled)) || limit.check().is_err()
}
