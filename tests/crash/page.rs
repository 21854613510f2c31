//! `docs/crash-matrix.md`: written by a whole run, read by every other one.

use super::{
    cell::{Cell, columns},
    census::Counted,
    judge::Verdict,
    world::Mode,
};
use std::{fmt::Write, fs, path::PathBuf};

/// Where it stands; a run in real mode has a page of its own.
pub fn path(mode: Mode) -> PathBuf {
    let name = match mode {
        Mode::Portable => "docs/crash-matrix.md",
        Mode::Real => "docs/crash-matrix-real.md",
    };
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// What a page is made of.
pub struct Page<'a> {
    pub mode: Mode,
    pub census: &'a [Counted],
    pub digest: &'a str,
    pub seed: u64,
    pub command: &'a str,
    pub results: &'a [(Cell, Verdict)],
}

impl Page<'_> {
    fn count(&self, wanted: impl Fn(&Cell, &Verdict) -> bool) -> usize {
        self.results.iter().filter(|(cell, verdict)| *verdict != Verdict::Missed && wanted(cell, verdict)).count()
    }

    pub fn text(&self) -> String {
        let red = self.count(|_, verdict| matches!(verdict, Verdict::Red(_)));
        let missed = self.results.iter().filter(|(_, verdict)| *verdict == Verdict::Missed).count();
        let mut text = format!(
            "{} cells, {red} red\n\nSeed {}, digest of the step lists `{}`. Made by `{}`.\n{missed} more events never \
             happened, because a flow sent fewer commands this time; they are not counted.\n\n{}\n",
            self.count(|_, _| true),
            self.seed,
            self.digest,
            self.command,
            ABOUT.replace("MODE", self.mode.word()),
        );
        let heads = columns();
        writeln!(text, "| flow | steps | records | commands | {} |", heads.join(" | ")).unwrap();
        writeln!(text, "|---|{}", "---|".repeat(heads.len() + 3)).unwrap();
        for one in self.census {
            let number = |head: &&str| self.number(one, head);
            let cells: Vec<String> = heads.iter().map(number).collect();
            let (steps, commands) = (one.steps.len(), one.commands.values().sum::<u32>());
            writeln!(text, "| {} | {steps} | {} | {commands} | {} |", one.flow, one.records, cells.join(" | "))
                .unwrap();
        }
        text + &self.reds()
    }

    /// Cells of a flow in a column; those that are red behind a stroke.
    fn number(&self, one: &Counted, head: &str) -> String {
        let here = |cell: &Cell| cell.flow == one.flow && cell.column() == head;
        let all = self.count(|cell, _| here(cell));
        match self.count(|cell, verdict| here(cell) && matches!(verdict, Verdict::Red(_))) {
            0 => all.to_string(),
            red => format!("{all} / **{red}**"),
        }
    }

    fn reds(&self) -> String {
        let red = self.results.iter().filter_map(|(cell, verdict)| match verdict {
            Verdict::Red(why) => Some(format!("- {cell}: {}\n", why.lines().next().unwrap_or_default())),
            _ => None,
        });
        let lines: String = red.collect();
        if lines.is_empty() { lines } else { format!("\nRed:\n\n{lines}") }
    }
}

const ABOUT: &str = "Each cell is one event in one flow, on a site of the lab in MODE mode. A number is how many such \
events were tried: a command that fails, is cut off before it acts, is done with its answer lost or garbled, or hangs (any \
command that the flow sends to the manager, a host, SQL*Plus, RMAN or the tape library); SIGKILL of ovmirror around a \
record of its journal; SIGTERM as a step begins; the database's VM or the media host powered off and on, or the manager \
restarted, as a step begins. A pair is one of these with a second one during the healing. Then `ovmirror heal`, and all of \
this holds: no datafile in backup mode, the database open with every acknowledged transaction, every live disk in its \
slot (a recovery that was done is taken back by `undo`), no object of ours at the manager, on a host or a server that no \
snapshot accounts for, golden disks unchanged to the byte, the store whole, and a second `heal` writes nothing.\n";

/// The digest and the seed that the page names.
pub fn named() -> Option<(String, u64)> {
    let text = fs::read_to_string(path(Mode::Portable)).ok()?;
    let (_, rest) = text.split_once("\nSeed ")?;
    let (seed, rest) = rest.split_once(',')?;
    let digest = rest.split('`').nth(1)?;
    Some((digest.to_owned(), seed.parse().ok()?))
}

/// `N cells, R red`.
pub fn first_line(mode: Mode) -> String {
    let text = fs::read_to_string(path(mode)).unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}
