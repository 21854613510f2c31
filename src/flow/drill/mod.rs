//! A restore test: a work copy of the golden disks is mounted on the media host, recovered with the kept logs, opened,
//! read block by block and asked the site's own questions. The copy is deleted; the evidence stays.

mod blocks;
mod checks;
mod done;
mod evidence;
mod open;
mod params;
mod preview;
mod recover;
mod redirect;
mod remount;

pub use evidence::{Evidence, Verdict};
pub use params::{DrillParams, Goal};

use crate::{
    engine::{Cx, Flow, erase},
    fault::{Fault, Retry},
    step::{
        World,
        media::{self, accept::Accept, stage::Purpose},
    },
};
use open::{OpenCopy, Opened};
use std::sync::Arc;

/// The flow's name in journals.
pub const NAME: &str = "drill";

/// The procedure, top-down. A site with STANDBY control files has a second attempt, with the BACKUP one.
pub fn flow(params: DrillParams) -> Result<Flow<World>, Fault> {
    let d = Arc::new(params);
    let p = Arc::new(d.clone.clone());
    let mut steps = media::mounted_copy(&p, Purpose::Drill);
    for (at, attempt) in d.attempts().into_iter().enumerate() {
        if at > 0 {
            steps.push(erase(remount::RemountCopy(attempt.clone())));
        }
        steps.extend([
            erase(redirect::RedirectFiles(attempt.clone())),
            erase(recover::RecoverCopy { p: attempt.clone(), until: d.until }),
            erase(OpenCopy(attempt)),
        ]);
    }
    steps.extend([
        erase(blocks::ValidateBlocks(p.clone())),
        erase(checks::RunChecks(d.clone())),
        erase(Evidence(d.clone())),
        erase(media::tear_down::TearDown(p)),
        erase(done::DrillDone(d)),
    ]);
    Flow::new(NAME, steps)
}

/// Why nothing of the copy is to be opened: its headers are not the window's.
fn rejected(cx: &Cx<'_, World>) -> Result<Option<String>, Fault> {
    Ok(cx.out::<Accept>()?.rejected)
}

/// The attempt that opened the copy.
fn opened(cx: &Cx<'_, World>) -> Result<Option<Opened>, Fault> {
    let attempts = cx.all::<OpenCopy>()?.into_iter().map(|(_, opened)| opened);
    Ok(attempts.filter(|opened| opened.how.is_some()).next_back())
}

/// What the database itself refuses is a result of the drill; a lost answer or an instance that is gone is none.
fn refusal(fault: Fault) -> Result<String, Fault> {
    let of_database = fault.code.starts_with("ORA-") && fault.retry == Retry::Never && fault.code != "ORA-01034";
    if !of_database {
        return Err(fault);
    }
    Ok(std::iter::once(fault.message.clone()).chain(fault.causes).collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Kind;
    use rstest::rstest;

    #[rstest]
    #[case("ORA-16005", Retry::Never, true)]
    #[case("ORA-01034", Retry::Never, false)]
    #[case("ORA-03113", Retry::InDoubt, false)]
    #[case("SSH-001", Retry::Never, false)]
    fn only_the_database_s_own_no_is_a_result(#[case] code: &str, #[case] retry: Retry, #[case] is_result: bool) {
        let fault = Fault::new(Kind::External, code, "no").cause("below").retry(retry);
        assert_eq!(refusal(fault).ok(), is_result.then(|| "no; below".to_owned()));
    }
}
