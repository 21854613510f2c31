//! The line between client and host: it can be slow, and it can be cut.

use std::time::Duration;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream},
    net::TcpStream,
    sync::mpsc,
    task::AbortHandle,
    time::{Instant, sleep_until},
};

/// Cuts a line: the client sees the connection end without a word.
#[derive(Debug, Clone)]
pub struct Cut(AbortHandle);

impl Cut {
    /// Cuts it now.
    pub fn now(&self) {
        self.0.abort();
    }
}

/// Puts a delay of half of `rtt` on each direction of a connection. Nothing is lost, nothing changes its order.
#[must_use]
pub fn lay(tcp: TcpStream, rtt: Duration) -> (DuplexStream, Cut) {
    // A refused option only means that small packets wait for each other.
    tcp.set_nodelay(true).ok();
    let (near, far) = tokio::io::duplex(1 << 18);
    let pumps = tokio::spawn(async move {
        let (tcp_read, tcp_write) = tcp.into_split();
        let (far_read, far_write) = tokio::io::split(far);
        tokio::join!(pump(tcp_read, far_write, rtt / 2), pump(far_read, tcp_write, rtt / 2));
    });
    (near, Cut(pumps.abort_handle()))
}

async fn pump(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, delay: Duration) {
    if delay.is_zero() {
        tokio::io::copy(&mut from, &mut to).await.ok();
    } else {
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::join!(take(from, sender, delay), give(&mut to, receiver));
    }
    to.shutdown().await.ok();
}

async fn take(mut from: impl AsyncRead + Unpin, queue: mpsc::UnboundedSender<(Instant, Vec<u8>)>, delay: Duration) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if queue.send((Instant::now() + delay, buffer[..count].to_vec())).is_err() {
            return;
        }
    }
}

async fn give(to: &mut (impl AsyncWrite + Unpin), mut queue: mpsc::UnboundedReceiver<(Instant, Vec<u8>)>) {
    while let Some((due, bytes)) = queue.recv().await {
        sleep_until(due).await;
        if to.write_all(&bytes).await.is_err() {
            return;
        }
    }
}
