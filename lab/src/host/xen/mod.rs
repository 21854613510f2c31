//! Real Xen with OCFS2, emulated by QEMU: dom0 is the server, guests are paravirtual. All that the manager asks for is
//! done in dom0 over SSH, by what an Oracle VM Server has there: `xl`, `losetup`, reflinks, files.

pub mod guest;
pub mod images;
pub mod pack;
pub mod qemu;
mod seam;
pub mod shell;
mod site;

pub use site::XenSite;

/// dom0's address in the network of the emulation; guests follow from [`FIRST_GUEST`] on.
pub const SERVER: &str = "10.0.2.15";
/// The last part of the first guest's address.
pub const FIRST_GUEST: usize = 21;
