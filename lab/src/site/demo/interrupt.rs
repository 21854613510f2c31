//! Ctrl-C: whatever runs is ended in order, and the site is taken down.

use crate::site::error::{During, SiteError};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::signal::unix::{SignalKind, signal};

/// Listens for interrupt and termination from now on.
pub fn listen() -> Result<Arc<AtomicBool>, SiteError> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = flag.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().during("starting the runtime")?;
    // The handlers stand when this comes back.
    let (mut interrupt, mut end) = {
        let _guard = runtime.enter();
        let listen = |kind| signal(kind).during("listening for signals");
        (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?)
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = end.recv() => {}
            }
        });
        eprintln!("\ninterrupted: what runs is ended, then the site is taken down");
        raised.store(true, Ordering::Relaxed);
        // The handlers stay: a second interrupt does not break off the cleaning up.
        runtime.block_on(std::future::pending::<()>());
    });
    Ok(flag)
}

/// The error that ends the demonstration.
pub fn check(flag: &AtomicBool) -> Result<(), SiteError> {
    if flag.load(Ordering::Relaxed) { Err(SiteError::refused("interrupted", "")) } else { Ok(()) }
}
