//! How an instance's process begins: STARTUP runs this executable again under the name `ora_pmon_<SID>`.

use super::{Boot, serve, socket};
use crate::db::api::{Instance, OraError};
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

/// What the daemon's name begins with.
pub const NAME: &str = "ora_pmon_";

/// Says to the one who started it that clients can connect.
const READY: &str = "ready";

/// The file that carries [`Boot`] to the daemon.
fn order(private: &Path, home: &str, sid: &str) -> PathBuf {
    socket::folder(private).join(format!("{}.start", socket::stem(home, sid)))
}

/// Starts the daemon and waits until it listens, or says why not.
pub fn launch(boot: &Boot) -> Result<(), OraError> {
    let mut child = spawn(boot).map_err(|e| system(&e))?;
    let Some(stdout) = child.stdout.take() else { return Err(system(&io::ErrorKind::BrokenPipe.into())) };
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).map_err(|e| system(&e))?;
    if line.trim_end() == READY {
        return Ok(());
    }
    let _ = child.wait();
    Err(serde_json::from_str(&line).unwrap_or_else(|_| OraError::new(443, "background process \"PMON\" did not start")))
}

fn system(error: &io::Error) -> OraError {
    OraError::new(27302, format!("failure occurred at: skgpspawn ({error})"))
}

/// Closes what the caller left open beyond the three standard descriptors, as the real background processes do: else
/// an SSH session that typed STARTUP would never end. Not every `sh` can close descriptors above 9, bash can.
const CLOSE: &str = "for f in /proc/$$/fd/*; do n=${f##*/}; case $n in [012]) ;; [3-9]) eval \"exec $n>&-\" ;; \
    *) if (eval \"exec $n>&-\") 2>/dev/null; then eval \"exec $n>&-\"; fi ;; esac; done; exec \"$0\"";

/// `exec` through PATH gives the process its name without a folder, as the real one has it.
fn spawn(boot: &Boot) -> io::Result<Child> {
    let folder = socket::folder(&boot.private);
    fs::create_dir_all(&folder)?;
    fs::write(order(&boot.private, &boot.home, &boot.sid), serde_json::to_vec(boot)?)?;
    let name = format!("{NAME}{}", boot.sid);
    let own = folder.join(&name);
    let _ = fs::remove_file(&own);
    symlink(std::env::current_exe()?, &own)?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut search = folder.into_os_string();
    search.push(":");
    search.push(path);
    #[allow(clippy::disallowed_methods, reason = "the one place of the database that starts a process")]
    Command::new(which::which("bash").unwrap_or_else(|_| "/bin/sh".into()))
        .args(["-c", CLOSE, &name])
        .env("PATH", search)
        .env("ORACLE_HOME", &boot.home)
        .env("ORACLE_SID", &boot.sid)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
}

/// The daemon's main: `private` is the host's private folder, `start` makes the engine (state NOMOUNT) from the order.
pub fn main(private: &Path, start: impl FnOnce(&Boot) -> Result<Box<dyn Instance>, OraError>) -> ExitCode {
    let _ = rustix::process::setsid();
    let get = |name: &str| std::env::var(name).unwrap_or_default();
    let path = order(private, &get("ORACLE_HOME"), &get("ORACLE_SID"));
    let read = || -> io::Result<Boot> { Ok(serde_json::from_slice(&fs::read(&path)?)?) };
    let Ok(boot) = read() else { return refuse(&OraError::new(443, "background process \"PMON\" did not start")) };
    let _ = fs::remove_file(&path);
    // The real one stands in dbs; a daemon that stood where STARTUP was typed would keep that file system busy.
    let _ = std::env::set_current_dir(Path::new(&boot.home).join("dbs")).or_else(|_| std::env::set_current_dir("/"));
    let instance = match start(&boot) {
        Ok(instance) => instance,
        Err(error) => return refuse(&error),
    };
    let ended = serve(instance, boot, || {
        let mut out = io::stdout();
        let _ = writeln!(out, "{READY}").and_then(|()| out.flush());
    });
    match ended {
        Ok(ended) => {
            // The connection of the one who shut it down is to end with the process, not before.
            std::mem::forget(ended);
            ExitCode::SUCCESS
        }
        Err(_) => ExitCode::FAILURE,
    }
}

fn refuse(error: &OraError) -> ExitCode {
    let mut out = io::stdout();
    let _ = serde_json::to_writer(&mut out, error).map_err(io::Error::from).and_then(|()| writeln!(out));
    ExitCode::FAILURE
}

/// A command of the system for HOST: its output, and whether it succeeded.
pub fn shell(text: &str) -> io::Result<(String, bool)> {
    #[allow(clippy::disallowed_methods, reason = "HOST is there to start a process")]
    let output = Command::new("/bin/sh").args(["-c", text]).stdin(Stdio::null()).output()?;
    let text = [output.stdout, output.stderr].concat();
    Ok((String::from_utf8_lossy(&text).into_owned(), output.status.success()))
}
