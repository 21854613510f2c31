//! A fault as a person reads it on stderr: the cause in one line, the chain below it, then what to do.

use crate::fault::{Fault, Hint, Kind};

/// How much and in which dress.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dress {
    /// Colours are wanted (a terminal, and no `NO_COLOR`).
    pub colour: bool,
    /// `-v`: also the command and what it printed.
    pub verbose: bool,
}

/// The text, with a newline at its end.
#[must_use]
pub fn render(fault: &Fault, dress: Dress) -> String {
    let mut lines = vec![format!("{} {}", painted(heading(fault), dress), clean(&fault.message))];
    lines.extend(fault.causes.iter().flat_map(|cause| indented("  because: ", cause)));
    lines.extend(place(fault).map(|place| format!("  at: {place}")));
    if dress.verbose {
        lines.extend(fault.context.command.iter().flat_map(|command| indented("  command: ", command)));
        lines.extend(fault.context.output.iter().flat_map(|output| indented("  printed: ", output)));
    }
    lines.extend(fault.hints.iter().map(hint));
    lines.join("\n") + "\n"
}

fn heading(fault: &Fault) -> String {
    let word = match fault.kind {
        Kind::User | Kind::Usage | Kind::External => "Error",
        Kind::Undone => "Failed and taken back",
        Kind::Stuck => "A person is needed",
        Kind::Locked => "Locked",
        Kind::Drill => "The drill failed",
        Kind::Tape => "The snapshot is good, the tape is not",
        Kind::Bug => "Mistake in ovmirror",
    };
    format!("{word} [{}]:", fault.code)
}

fn painted(heading: String, dress: Dress) -> String {
    if dress.colour { format!("\x1b[1;31m{heading}\x1b[0m") } else { heading }
}

fn place(fault: &Fault) -> Option<String> {
    let parts = [("run", &fault.context.run), ("step", &fault.context.step), ("host", &fault.context.host)];
    let known = parts.iter().filter_map(|(name, value)| value.as_ref().map(|value| format!("{name} {value}")));
    let text = known.collect::<Vec<_>>().join(", ");
    (!text.is_empty()).then_some(text)
}

fn hint(hint: &Hint) -> String {
    clean(&match &hint.command {
        Some(command) => format!("Hint: {}: {command}", hint.text.trim_end_matches(':')),
        None => format!("Hint: {}", hint.text),
    })
}

/// Foreign output may be part of any text here: its control characters do not reach the terminal.
pub(super) fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\t' | '\n')).collect()
}

/// The first line behind `lead`, the others under it.
fn indented(lead: &str, text: &str) -> Vec<String> {
    let pad = " ".repeat(lead.len());
    let lines = text.lines().enumerate();
    lines.map(|(at, line)| format!("{}{}", if at == 0 { lead } else { &pad }, clean(line))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Retry;

    fn fault() -> Fault {
        let mut fault = Fault::new(Kind::Stuck, "OVM-012", "the clone job failed")
            .cause("OVMRU_002030E Cannot perform operation\non Vm \x1b[31mslot021")
            .cause("the repository is full")
            .on("manager")
            .during("clone Vm name=slot021")
            .printed("Status: Failure")
            .hint("make \x1b]0;room\x7f")
            .hint_command("when there is room", "ovmirror undo ORCL-20261121T204512-4f2a")
            .retry(Retry::Never);
        fault.context.run = Some("ORCL-20261121T204512-4f2a".into());
        fault.context.step = Some("clone".into());
        fault
    }

    #[test]
    fn cause_chain_place_and_hints() {
        let expected = "\
A person is needed [OVM-012]: the clone job failed
  because: OVMRU_002030E Cannot perform operation
           on Vm [31mslot021
  because: the repository is full
  at: run ORCL-20261121T204512-4f2a, step clone, host manager
Hint: make ]0;room
Hint: when there is room: ovmirror undo ORCL-20261121T204512-4f2a
";
        assert_eq!(render(&fault(), Dress::default()), expected);
    }

    #[test]
    fn verbose_adds_command_and_output_and_colour_only_the_heading() {
        let text = render(&fault(), Dress { colour: true, verbose: true });
        assert!(text.starts_with("\x1b[1;31mA person is needed [OVM-012]:\x1b[0m the clone job failed\n"), "{text}");
        assert!(text.contains("\n  command: clone Vm name=slot021\n  printed: Status: Failure\n"), "{text}");
        assert_eq!(text.matches('\x1b').count(), 2);
    }

    #[test]
    fn a_bare_fault_is_one_line() {
        let text = render(&Fault::new(Kind::User, "CFG-001", "no configuration"), Dress::default());
        assert_eq!(text, "Error [CFG-001]: no configuration\n");
    }
}
