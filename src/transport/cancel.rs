//! Taking back what is under way, from another thread.

use std::{
    fmt,
    io::{self, PipeReader, PipeWriter, Read, Write},
    os::fd::{AsFd, BorrowedFd},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Cancels all transport calls that share it: a flag, and a pipe that wakes whoever waits in `poll(2)`.
///
/// It stays set until [`CancelToken::clear`], so that after a Ctrl-C the way back (END BACKUP, say) can go on.
#[derive(Clone)]
pub struct CancelToken {
    shared: Arc<Shared>,
}

struct Shared {
    set: AtomicBool,
    reader: PipeReader,
    writer: PipeWriter,
}

impl CancelToken {
    /// A token that is not set. Fails only where the process has no file descriptors left.
    pub fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        Ok(Self { shared: Arc::new(Shared { set: AtomicBool::new(false), reader, writer }) })
    }

    /// Ends the calls under way and lets new ones fail at once.
    pub fn cancel(&self) {
        if !self.shared.set.swap(true, Ordering::SeqCst) {
            // One byte in an empty pipe: this cannot block, and nobody closes the other end before us.
            let _ = (&self.shared.writer).write(b"x");
        }
    }

    /// Allows calls again.
    pub fn clear(&self) {
        if self.shared.set.swap(false, Ordering::SeqCst) {
            let _ = (&self.shared.reader).read(&mut [0]);
        }
    }

    /// Whether it is set.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.shared.set.load(Ordering::SeqCst)
    }

    /// Readable while the token is set.
    pub(super) fn wake(&self) -> BorrowedFd<'_> {
        self.shared.reader.as_fd()
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelToken").field("set", &self.is_cancelled()).finish()
    }
}
