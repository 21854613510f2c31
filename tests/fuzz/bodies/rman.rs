//! RMAN's log, and looks at a far program.

use super::{code, some, text};
use crate::far::Far;
use ovmirror::{
    driver::rman::{self, State, parse_bytes, verdict},
    model::HostName,
    text::sh::OracleEnv,
};
use std::time::Duration;

/// The log, what it counts and how it is judged.
pub fn log(bytes: &[u8]) -> String {
    let log = parse_bytes(bytes);
    let kept: usize = log.pieces.iter().map(|piece| piece.handle.len() + piece.comment.len()).sum::<usize>()
        + log.stacks.iter().flat_map(|stack| stack.texts()).map(|line| line.len()).sum::<usize>()
        + log.datafiles.iter().map(|file| file.name.len()).sum::<usize>();
    // A byte that is no UTF-8 becomes three.
    assert!(kept <= 3 * bytes.len() + 64, "{kept} of {}", bytes.len());
    let judged = verdict(0, bytes);
    assert!(judged.is_err() || log.is_clean(), "good without a good end");
    assert!(verdict(1, bytes).is_err(), "good with status 1");
    if log.finished {
        let longer = [bytes, b"\nRMAN-00569: more\nRMAN-03002: more\n".as_slice()].concat();
        assert!(parse_bytes(&longer) == log, "what stands behind the end was read");
    }
    let verdict = judged.map_or_else(|error| code(&error), |_| "good".to_owned());
    let damage = (some(log.damage.len()), log.controlfile_written, log.dbid().is_some());
    format!("{verdict} {} {} {} {damage:?}", some(log.pieces.len()), some(log.datafiles.len()), some(log.notes.len()))
}

/// One look at a far program.
pub fn look(bytes: &[u8]) -> String {
    let env = OracleEnv { home: "/u01/home".to_owned(), sid: "ORCL".to_owned(), tz: None };
    let host = HostName::new("bckvm").unwrap();
    let far = rman::Far::new(Far::new(&text(bytes)), host, env, "ORCL-20261121T204512-4f2a", Duration::from_secs(1));
    match far.poll("rman", 0) {
        Ok(look) => {
            assert!(look.text.len() <= 3 * bytes.len());
            let ended = matches!(look.state, State::Ended(status) if status != 0);
            format!("{:?} {ended} {}", std::mem::discriminant(&look.state), some(look.text.len()))
        }
        Err(error) => code(&error),
    }
}
