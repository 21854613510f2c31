//! Everything that reads what somebody else wrote is fed with damaged samples. `OVMIRROR_FUZZ` says how often for each
//! target, `OVMIRROR_FUZZ_SEED` from where; docs/fuzzing.md has the long run. Bodies take bytes and nothing else, so that
//! another driver (cargo-fuzz) can call them as they are.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may panic")]

mod bodies;
mod corpus;
mod drive;
mod far;
mod memory;
mod mutate;

/// What a body found, in a word: an input that leads to a new one is kept and damaged further.
type Body = fn(&[u8]) -> String;

/// Every target with its corpus folder.
const TARGETS: &[(&str, Body)] = &[
    ("ovm_block", bodies::ovm::block),
    ("ovm_client", bodies::ovm::client),
    ("dom0_client", bodies::ovm::server),
    ("rman_log", bodies::rman::log),
    ("far_look", bodies::rman::look),
    ("sqlplus_session", bodies::sqlplus::session),
    ("sqlplus_script", bodies::sqlplus::script),
    ("recover_dialogue", bodies::sqlplus::dialogue),
    ("config", bodies::local::config),
    ("journal_fold", bodies::local::journal),
    ("site_check", bodies::local::check),
    ("names", bodies::local::names),
    ("time", bodies::local::time),
    ("host_facts", bodies::host::facts),
    ("log_heads", bodies::host::log_heads),
];

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            drive::drive(stringify!($name));
        })*

        #[test]
        fn every_target_is_driven_and_has_a_corpus() {
            let driven = [$(stringify!($name)),*];
            let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(driven.as_slice(), known.as_slice());
            assert_eq!(corpus::folders(), known.iter().copied().map(str::to_owned).collect());
        }
    };
}

targets! {
    ovm_block ovm_client dom0_client rman_log far_look sqlplus_session sqlplus_script recover_dialogue config
    journal_fold site_check names time host_facts log_heads
}
