//! The narrow traits where our process ends. Implementations: `transport`, `driver::sqlplus`, `cli::output`.

mod ask;
mod clock;
mod monitor;
mod remote;
mod sql;

pub use ask::{Ask, Nobody};
pub use clock::{Clock, Polled, poll};
pub use monitor::{Amount, Event, Monitor, Silent};
pub use remote::{Answer, Input, Line, Living, Remote, RemoteCommand, RemoteError, sh_quote};
pub use sql::{Bind, Outcome, Role, Row, Rows, Sql, SqlError, SqlSession, SqlTarget, Statement};
