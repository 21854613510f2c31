//! Plain data: checked names, numbers and secrets. Depends on nothing.

mod ids;
mod scn;
mod secret;
mod tag;

pub use ids::{BadName, DbName, HostName, ObjectId, RunId};
pub use scn::{BadScn, Scn};
pub use secret::Secret;
pub use tag::{BadTag, Tag, TagKind, beside, rman_tag};
