//! How far RMAN is. A large file leaves its log as it is for long.

use crate::{
    engine::Cx,
    fault::{Fault, Kind},
    port::{Amount, Event, Rows, Sql, SqlSession},
    step::{World, params::CloneParams, sql as ask},
    text::sql,
};

/// Reads V$SESSION_LONGOPS through one session while RMAN works; without an answer the log alone tells progress.
pub struct Meter<'a, 'b> {
    cx: &'a Cx<'b, World>,
    p: &'a CloneParams,
    session: Option<Box<dyn SqlSession>>,
}

impl<'a, 'b> Meter<'a, 'b> {
    /// Opens its session.
    #[must_use]
    pub fn new(cx: &'a Cx<'b, World>, p: &'a CloneParams) -> Self {
        Self { cx, p, session: cx.world.sqlplus.open(&p.target()).ok() }
    }

    /// Tells how far RMAN is; a number that changes whenever it moved.
    pub fn read(&mut self) -> u64 {
        match self.look() {
            Ok((done, total)) => {
                if total > 0 {
                    self.cx.monitor.tell(&Event::Progress {
                        done,
                        total,
                        of: Amount::Bytes,
                        text: "read by RMAN".to_owned(),
                    });
                }
                done
            }
            Err(_) => {
                self.session = None;
                0
            }
        }
    }

    /// Bytes read and bytes to read: V$SESSION_LONGOPS counts an RMAN job in blocks (Backup and Recovery User's Guide,
    /// Monitoring RMAN Jobs).
    fn look(&mut self) -> Result<(u64, u64), Fault> {
        let gone = || Fault::new(Kind::External, "OFF-011", "no session to ask for progress");
        let session = self.session.as_mut().ok_or_else(gone)?;
        let statement = sql::RMAN_LONGOPS.at(self.p.release()?, &[])?;
        let rows = ask::batch_on(self.cx.world, session.as_mut(), &self.p.target(), &[statement])?;
        let mut sums = (0, 0);
        for row in rows.iter().flat_map(Rows::iter) {
            sums = (sums.0 + row.number("SOFAR")?, sums.1 + row.number("TOTALWORK")?);
        }
        let block = u64::from(self.p.block_size()?);
        Ok((sums.0 * block, sums.1 * block))
    }
}
