//! Random work, copies in backup mode with held writes, crashes; recovered to any SCN from END BACKUP on, the content is the
//! model's at that SCN. The seed is in the message.

use crate::site::*;
use ovmirror_lab::db::api::{Command, Instance, Until};
use proptest::prelude::*;
use rand::RngExt;

fn background(site: &mut Site, engine: &mut ovmirror_lab::db::engine::Engine) {
    match site.random.random_range(0..12) {
        0 => run(engine, Command::SwitchLogfile),
        1 => run(engine, Command::Checkpoint),
        2 => run(engine, Command::ArchiveLogCurrent),
        3..=5 => engine.tick(),
        _ => site.commit_below(engine, site.spec.rows),
    }
}

fn trial(seed: u64) {
    let mut site = Site::with(seed, |spec| spec.sizes.redo = 256 << 10);
    let mut engine = site.open();
    engine.seed(seed);
    for _ in 0..site.random.random_range(0..60) {
        background(&mut site, &mut engine);
    }
    run(&mut engine, Command::HoldWrites(true));
    begin(&mut engine);
    let folder = site.path("snap");
    let pairs = copy_slowly(&mut engine, &folder, |engine| background(&mut site, engine));
    end(&mut engine);
    let end = current_scn(&mut engine);
    for _ in 0..site.random.random_range(1..80) {
        background(&mut site, &mut engine);
    }
    let last = current_scn(&mut engine);
    let saved = site.spec.control_files.to_vec();
    if site.random.random() {
        abort(engine)
    } else {
        shutdown(engine)
    }
    // Every target starts from the same state of the whole site.
    let state = copy_tree(&site, &saved);
    let some = site.random.random_range(end + 1..=last + 1);
    for target in [end + 1, some] {
        put_tree(&site, &state);
        put_back(&pairs);
        let mut engine = site.mounted();
        recover(&mut engine, Until::Change(target), false).unwrap_or_else(|e| panic!("seed {seed}: {target}: {e}"));
        open_resetlogs(&mut engine).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        assert_eq!(contents(&mut engine).rows, site.model(target), "seed {seed}, target {target}, end {end}");
    }
    put_tree(&site, &state);
    put_back(&pairs);
    let mut engine = site.mounted();
    recover(&mut engine, Until::Complete, false).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    open(&mut engine).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    assert_eq!(contents(&mut engine).rows, site.all(), "seed {seed}, complete");
}

/// Control files and redo as they are now.
fn copy_tree(site: &Site, controls: &[std::path::PathBuf]) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let redo = std::fs::read_dir(&site.spec.redo_dirs[0]).unwrap().map(|entry| entry.unwrap().path());
    let files = redo.chain(controls.iter().cloned());
    files.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

fn put_tree(site: &Site, state: &[(std::path::PathBuf, Vec<u8>)]) {
    // A new incarnation leaves logs of its own; the old ones stay.
    assert!(site.spec.archive_dir.is_dir());
    state.iter().for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
}

fn crashes(seed: u64) {
    let mut site = Site::with(seed, |spec| spec.sizes.redo = 128 << 10);
    for _ in 0..4 {
        let mut engine = site.open();
        engine.seed(seed);
        if site.random.random() {
            run(&mut engine, Command::HoldWrites(true));
        }
        for _ in 0..site.random.random_range(1..400) {
            match site.random.random_range(0..100) {
                0..48 => engine.tick(),
                48..98 => site.commit_below(&mut engine, site.spec.rows),
                _ => background(&mut site, &mut engine),
            }
        }
        abort(engine);
        let mut engine = site.open();
        assert_eq!(contents(&mut engine).rows, site.all(), "seed {seed}");
        shutdown(engine);
    }
}

/// Few cases, unless PROPTEST_CASES asks for more.
fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = std::env::var_os("PROPTEST_CASES").map_or(10, |_| default.cases);
    ProptestConfig { cases, failure_persistence: None, ..default }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_copy_in_backup_mode_recovers_to_any_point(seed in any::<u64>()) {
        trial(seed);
    }

    #[test]
    fn a_crash_loses_no_commit(seed in any::<u64>()) {
        crashes(seed);
    }
}
