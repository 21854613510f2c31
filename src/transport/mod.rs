//! The ways out of this process: SSH, this machine itself, the Oracle client, and the clock.
//!
//! Every call has a deadline and can be cancelled through one [`CancelToken`]. There are no helper threads: sessions
//! and pipes are non-blocking, and one `poll(2)` waits for data, the deadline and the cancel at once.

mod cancel;
mod catch;
mod clock;
mod limit;
pub mod local;
mod marker;
pub mod oci;
mod router;
pub mod ssh;
mod traced;

pub use cancel::CancelToken;
pub use clock::SystemClock;
pub use router::Router;
pub use traced::Traced;
