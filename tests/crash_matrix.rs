//! Nothing is ever left behind: every flow meets errors, lost answers, hangs, signals and restarts at each of its steps.
//!
//! Without a word a sample is tried. `OVMIRROR_MATRIX=N` tries N cells and writes docs/crash-matrix.md; `OVMIRROR_SEED`
//! draws others, `OVMIRROR_MODE=real` tries them with block devices (docs/crash-matrix-real.md), `OVMIRROR_WORLDS` says how many sites work at a time, `OVMIRROR_CELLS` keeps those that contain a text.
#![expect(clippy::disallowed_methods, reason = "the tests start the two programs and ssh")]

#[cfg(test)]
#[path = "scenario/clean.rs"]
mod clean;
#[cfg(test)]
mod crash;
#[cfg(test)]
#[path = "scenario/site.rs"]
mod site;
#[cfg(test)]
#[path = "scenario/watch.rs"]
mod watch;
#[cfg(test)]
#[path = "scenario/witness.rs"]
mod witness;

#[cfg(test)]
mod tests {
    use super::crash::{
        cell::{self, Cell, Event},
        census::{self, Counted},
        flow::Flow,
        hundred,
        judge::Verdict,
        page::{self, Page},
        workers::{Ways, tried_all},
        world::{Mode, World},
    };
    use std::fs;

    const SEED: u64 = 20_261_127;
    /// Cells of a run without a word.
    const SAMPLE: usize = 50;
    /// Besides them in real mode.
    const REAL_SAMPLE: usize = 10;

    fn number<T: std::str::FromStr>(variable: &str) -> Option<T> {
        std::env::var(variable).ok().and_then(|text| text.parse().ok())
    }

    /// One of ten is a pair.
    fn drawn(census: &[Counted], seed: u64, count: usize) -> Vec<Cell> {
        let mut all = census::cells(census);
        if let Ok(text) = std::env::var("OVMIRROR_CELLS") {
            all.retain(|cell| cell.to_string().contains(&text));
        }
        let pairs = cell::paired(&cell::drawn(all.clone(), seed ^ 2, count / 10), seed);
        [cell::drawn(all, seed, count - pairs.len()), pairs].concat()
    }

    fn reds(results: &[(Cell, Verdict)]) -> Vec<String> {
        let red = |(cell, verdict): &(Cell, Verdict)| match verdict {
            Verdict::Red(why) => Some(format!("{cell}: {why}")),
            _ => None,
        };
        results.iter().filter_map(red).collect()
    }

    fn ways(mode: Mode) -> Ways<'static> {
        Ways { mode, workers: number("OVMIRROR_WORLDS").unwrap_or(6), program: None }
    }

    fn judged(results: &[(Cell, Verdict)]) {
        assert_eq!(reds(results), Vec::<String>::new());
        let tried = results.iter().filter(|(_, verdict)| *verdict == Verdict::Green).count();
        assert!(tried * 10 >= results.len() * 9, "only {tried} of {} events happened", results.len());
    }

    /// So many as were asked for, and the page that tells of them.
    fn whole(count: usize, seed: u64, mode: Mode) -> Vec<(Cell, Verdict)> {
        let census = census::census(mode).expect("real mode is asked for, and not possible here");
        let digest = census::digest(&census);
        let results = tried_all(drawn(&census, seed, count), &ways(mode));
        let drawn = if seed == SEED { String::new() } else { format!("OVMIRROR_SEED={seed} ") };
        let mode_of = if mode == Mode::Real { "OVMIRROR_MODE=real " } else { "" };
        let command = format!(
            "{drawn}{mode_of}OVMIRROR_MATRIX={count} cargo test --release --locked -p ovmirror --test crash_matrix matrix -- --nocapture"
        );
        let page = Page { mode, census: &census, digest: &digest, seed, command: &command, results: &results };
        fs::write(page::path(mode), page.text()).unwrap();
        results
    }

    /// Some of each mode; the pages must be of these flows, and without a red cell.
    fn sample(seed: u64) -> Vec<(Cell, Verdict)> {
        let census = census::census(Mode::Portable).unwrap();
        let digest = Some(census::digest(&census));
        assert_eq!(
            page::named().map(|(digest, _)| digest),
            digest,
            "docs/crash-matrix.md is of other flows: make it anew"
        );
        for mode in [Mode::Portable, Mode::Real] {
            let line = page::first_line(mode);
            assert!(line.ends_with(" cells, 0 red"), "{line}");
        }
        let mut results = tried_all(drawn(&census, seed, SAMPLE), &ways(Mode::Portable));
        if World::new(Mode::Real).is_some() {
            results.extend(tried_all(drawn(&census, seed ^ 4, REAL_SAMPLE), &ways(Mode::Real)));
        }
        results
    }

    #[test]
    fn matrix() {
        let seed = number("OVMIRROR_SEED").unwrap_or(SEED);
        judged(&match number("OVMIRROR_MATRIX") {
            Some(count) => whole(count, seed, Mode::asked()),
            None => sample(seed),
        });
    }

    /// A few, or `OVMIRROR_BACKUPS` of them.
    #[test]
    fn matrix_of_backups_in_a_row() {
        let count = number("OVMIRROR_BACKUPS").unwrap_or(4);
        let Some(met) = hundred::backups(count, number("OVMIRROR_SEED").unwrap_or(SEED)) else { return };
        eprintln!("{count} backups, {met} faults met, nothing left");
        assert!(met * 10 >= count * 7, "only {met} of {count} faults were met");
    }

    /// An undo that says it is done and is not turns the matrix red.
    #[test]
    fn matrix_turns_red_where_an_undo_is_broken() {
        let good = fs::read(env!("CARGO_BIN_EXE_ovmirror")).unwrap();
        let (from, to) = (b"rm -rf ", b"ls -ld ");
        let at: Vec<usize> =
            good.windows(from.len()).enumerate().filter(|(_, part)| part == from).map(|(at, _)| at).collect();
        assert!(!at.is_empty(), "the product holds no text that removes a folder");
        let mut broken = good;
        for at in at {
            broken[at..at + to.len()].copy_from_slice(to);
        }
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("ovmirror");
        fs::write(&program, broken).unwrap();
        fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let event = Event::Killed { after: true, record: 5 };
        let cell = Cell { flow: Flow::Snapshot, event, second: None };
        let one = |program| Ways { mode: Mode::Portable, workers: 1, program };
        assert_eq!(reds(&tried_all(vec![cell.clone()], &one(None))), Vec::<String>::new());
        assert_eq!(reds(&tried_all(vec![cell], &one(Some(&program)))).len(), 1);
    }
}
