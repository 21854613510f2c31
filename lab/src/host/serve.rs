//! The server of a host: SSH, and the supervisor's orders.

use super::{
    boot,
    control::{self, Order, Word},
    disks::Disks,
    loops,
    spec::{HostSpec, Role},
    ssh::{self, Served, Shell},
};
use std::{
    fs, io,
    io::{BufRead, Write},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{ExitCode, Stdio},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, sync::mpsc};

/// `ovmirror-lab host-serve`, inside the host's root.
#[must_use]
pub fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&Word::Error(error.to_string()));
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    let spec: HostSpec = serde_json::from_slice(&fs::read("/.lab/spec.json")?)?;
    let disks = Disks::new(Path::new("/"), &spec.disks)?;
    boot::boot(&spec)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(serve(&spec, disks))
}

async fn serve(spec: &HostSpec, mut disks: Disks) -> io::Result<()> {
    let listener = bind(spec.port).await?;
    let port = listener.local_addr()?.port();
    let config = Arc::new(ssh::config(&spec.keys, spec.password.is_some())?);
    tokio::spawn(ssh::listen(listener, config, Arc::new(Served::new(spec)?)));
    say(&Word::Ready { port });
    let mut orders = orders();
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    let shell = Shell::of(spec);
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                None => return Ok(()),
                Some(Order::Stop) => break,
                Some(Order::Loops) => {
                    show_loops(spec);
                    say(&Word::Done);
                }
                Some(order) => say(&obey(order, &mut disks, &shell).await),
            },
            _ = tick.tick() => {
                disks.sweep().into_iter().for_each(|slot| say(&Word::Gone { slot }));
                show_loops(spec);
            }
        }
    }
    boot::shut_down()?;
    say(&Word::Done);
    Ok(())
}

fn show_loops(spec: &HostSpec) {
    if spec.role == Role::Server
        && let Err(error) = loops::show(Path::new("/sys/block"), Path::new(loops::REPOSITORIES))
    {
        eprintln!("/sys/block: {error}");
    }
}

/// The port it had at the last boot, or another one when somebody took that meanwhile.
async fn bind(port: u16) -> io::Result<TcpListener> {
    match TcpListener::bind(("127.0.0.1", port)).await {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && port != 0 => {
            TcpListener::bind(("127.0.0.1", 0)).await
        }
        other => other,
    }
}

async fn obey(order: Order, disks: &mut Disks, shell: &Shell) -> Word {
    match order {
        Order::Attach(node) => disks.attach(node),
        Order::Detach { slot, taken } => disks.detach(slot, taken),
        Order::Run { argv, env, stdin } => {
            command(shell, &argv, &env, &stdin).await.unwrap_or_else(|e| Word::Error(e.to_string()))
        }
        Order::Loops | Order::Stop => Word::Done,
    }
}

/// Runs a command whose output goes to files: a daemon it leaves behind may keep them open without making us wait.
async fn command(shell: &Shell, argv: &[String], env: &[(String, String)], stdin: &str) -> io::Result<Word> {
    let (input, out, err) = (file(stdin)?, file("")?, file("")?);
    let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
    let mut command = shell.run(&argv);
    command.envs(env.iter().cloned());
    command.stdin(Stdio::from(input.reopen()?)).stdout(Stdio::from(out.reopen()?)).stderr(Stdio::from(err.reopen()?));
    let status = command.status().await?;
    let status = status.code().or_else(|| status.signal().map(|s| 128 + s)).unwrap_or(-1);
    let read = |f: &tempfile::NamedTempFile| fs::read(f.path()).map(|b| String::from_utf8_lossy(&b).into_owned());
    Ok(Word::Output { status, stdout: read(&out)?, stderr: read(&err)? })
}

fn file(text: &str) -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new_in("/.lab")?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

/// One line to the supervisor. When it is gone, so is this host.
fn say(word: &Word) {
    let mut out = io::stdout().lock();
    if let Ok(line) = control::line(word) {
        out.write_all(line.as_bytes()).and_then(|()| out.flush()).ok();
    }
}

/// The supervisor's orders; the queue ends with the supervisor.
fn orders() -> mpsc::UnboundedReceiver<Order> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(order) = line.and_then(|l| Ok(serde_json::from_str(&l)?)) else { return };
            if sender.send(order).is_err() {
                return;
            }
        }
    });
    receiver
}
