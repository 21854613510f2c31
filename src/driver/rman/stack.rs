//! RMAN's error stack and which of its lines is the cause (reference 3.5 and 3.9, points 1, 3 and 4).

use crate::driver::oracle_codes::code_of;

/// One coded line of a stack with the unprefixed lines that follow it (the media manager's words, the OS error).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackLine {
    /// `ORA-19511`
    pub code: String,
    /// The line, with its code.
    pub text: String,
    /// What follows it without a code of its own, or indented.
    pub more: Vec<String>,
}

impl StackLine {
    /// The line and what follows it, as one line.
    #[must_use]
    pub fn joined(&self) -> String {
        let more: Vec<&str> = self.more.iter().map(|line| line.trim()).collect();
        if more.is_empty() { self.text.clone() } else { format!("{} {}", self.text, more.join(" ")) }
    }
}

/// An error stack: the lines below the frame.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stack {
    /// In printed order.
    pub lines: Vec<StackLine>,
}

/// The frame of a stack.
pub const FRAME: &str = "RMAN-00571";
/// The line that says that a stack follows; it is not translated with the rest.
pub const FOLLOWS: &str = "RMAN-00569";

/// Heads: which command failed, not why.
const HEADS: &[&str] =
    &["RMAN-00601", "RMAN-03002", "RMAN-03003", "RMAN-03004", "RMAN-03008", "RMAN-03009", "RMAN-03015"];
/// Tails: file names and positions that follow the cause.
const TAILS: &[&str] = &[
    "ORA-00312",
    "ORA-01110",
    "ORA-06512",
    "RMAN-01005",
    "RMAN-01006",
    "RMAN-01007",
    "RMAN-01008",
    "RMAN-01009",
    "RMAN-06010",
];

impl Stack {
    /// Takes a line below the frame. `false`: the line no longer belongs to the stack.
    pub fn push(&mut self, line: &str) -> bool {
        let indented = line.starts_with([' ', '\t']);
        match (code_of(line), self.lines.last_mut()) {
            (Some(FRAME | FOLLOWS), _) => true,
            // The media manager's words are indented and may carry codes of their own (KBHS-01002).
            (Some(_), Some(last)) if indented && last.code == "ORA-19511" => {
                last.more.push(line.trim().to_owned());
                true
            }
            (Some(code), _) => {
                let text = line.trim().to_owned();
                self.lines.push(StackLine { code: code.to_owned(), text, more: Vec::new() });
                true
            }
            (None, _) if line.trim().is_empty() => false,
            (None, Some(last)) => {
                last.more.push(line.trim().to_owned());
                true
            }
            (None, None) => false,
        }
    }

    /// The line that says why: the last ORA- line that is no file name; else the last RMAN- line that is neither head
    /// nor position; else the last line.
    #[must_use]
    pub fn cause(&self) -> Option<&StackLine> {
        let is = |line: &&StackLine, codes: &[&str]| codes.contains(&line.code.as_str());
        let telling = |line: &&StackLine| !is(line, HEADS) && !is(line, TAILS);
        let last =
            |family: &'static str| self.lines.iter().rev().find(|line| line.code.starts_with(family) && telling(line));
        last("ORA-").or_else(|| last("RMAN-")).or_else(|| self.lines.iter().rev().find(telling)).or(self.lines.last())
    }

    /// Every line, for causes below the message.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.lines.iter().map(StackLine::joined).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn stack(text: &str) -> Stack {
        let mut stack = Stack::default();
        for line in text.lines() {
            assert!(stack.push(line), "{line}");
        }
        stack
    }

    const TAPE: &str = "RMAN-00571: ===\nRMAN-03009: failure of backup command on dev_0 channel at 09/19/2017 10:04:51
ORA-19506: failed to create sequential file, name=\"x\", parms=\"\"
ORA-27028: skgfqcre: sbtbackup returned error
ORA-19511: Error received from media manager layer, error text:
   Vendor specific error: OB2_StartObjectBackup() failed ERR(-17)";

    const KBHS: &str = "RMAN-03009: failure of backup command on t1 channel at 09/01/2016 15:40:24
ORA-19511: non RMAN, but media manager or vendor specific failure, error text:
   KBHS-01002: failed to open the file
   KBHS-00719: Error";

    const MISSING: &str = "RMAN-03002: failure of recover command at 11/02/2018 10:49:39
ORA-00308: cannot open archived log '/x'
ORA-27037: unable to obtain file status
Linux-x86_64 Error: 2: No such file or directory
Additional information: 7";

    const NAMES: &str = "RMAN-03002: failure of startup command at 11/02/2018 10:49:39
ORA-01157: cannot identify/lock data file 4 - see DBWR trace file
ORA-01110: data file 4: '/u02/users01.dbf'";

    const SYNTAX: &str = "RMAN-00558: error encountered while parsing input commands
RMAN-01009: syntax error: found \"identifier\": expecting one of: \"advise\"
RMAN-01008: the bad identifier was: BCKUP
RMAN-01007: at line 1 column 1 file: standard input";

    const FATAL: &str = "RMAN-00601: fatal error in recovery manager
RMAN-03004: fatal error during execution of command
RMAN-10038: database session for channel t1 terminated unexpectedly";

    const AFTER: &str = "RMAN-03002: failure of Duplicate Db command at 11/02/2018 10:49:39
ORA-01119: error in creating database file '/u02/x'
RMAN-06010: error while looking up datafile: 4";

    #[rstest]
    #[case(TAPE, "ORA-19511", "OB2_StartObjectBackup() failed ERR(-17)")]
    #[case(KBHS, "ORA-19511", "KBHS-01002: failed to open the file KBHS-00719")]
    #[case(MISSING, "ORA-27037", "No such file or directory")]
    #[case(NAMES, "ORA-01157", "data file 4")]
    #[case(SYNTAX, "RMAN-00558", "parsing")]
    #[case(FATAL, "RMAN-10038", "terminated unexpectedly")]
    #[case(AFTER, "ORA-01119", "/u02/x")]
    #[case("RMAN-03002: failure of restore command at 1\nRMAN-06026: some targets not found", "RMAN-06026", "some")]
    fn causes(#[case] text: &str, #[case] code: &str, #[case] words: &str) {
        let stack = stack(text);
        let cause = stack.cause().unwrap();
        assert_eq!(cause.code, code);
        assert!(cause.joined().contains(words), "{}", cause.joined());
    }

    #[test]
    fn a_blank_line_ends_it() {
        let mut stack = Stack::default();
        assert!(stack.push("RMAN-03002: x"));
        assert!(!stack.push(""));
        assert!(!Stack::default().push("some text"));
    }
}
