//! Asking a database.

use super::{World, params::DbSite};
use crate::{
    driver::oracle_codes,
    fault::Fault,
    port::{Outcome, Rows, SqlError, SqlSession, SqlTarget, Statement},
};

/// The instance a database runs in.
#[must_use]
pub fn production(site: &DbSite) -> SqlTarget {
    SqlTarget {
        host: site.host.clone(),
        oracle_home: site.oracle_home.clone(),
        sid: site.sid.clone(),
        role: site.role(),
        connect: site.connect.clone(),
        tz: site.tz.clone(),
    }
}

/// One short session: opens it, runs the batch in one round trip, closes it.
pub fn ask(world: &World, target: &SqlTarget, batch: &[Statement]) -> Result<Vec<Rows>, Fault> {
    let mut session = world.sql(target).open(target).map_err(|error| fault(error, target))?;
    batch_on(world, session.as_mut(), target, batch)
}

/// Runs the batch on an open session.
pub fn batch_on(
    world: &World,
    session: &mut dyn SqlSession,
    target: &SqlTarget,
    batch: &[Statement],
) -> Result<Vec<Rows>, Fault> {
    let outcomes = session.batch(batch, world.limits.sql).map_err(|error| fault(error, target))?;
    Ok(outcomes.into_iter().map(Outcome::rows).collect())
}

/// The fault of a SQL error, with the advice that the table of vendor codes has for it.
#[must_use]
pub fn fault(error: SqlError, target: &SqlTarget) -> Fault {
    oracle_codes::explain(&error).on(&target.host)
}
