//! The answer of one exec of the OVM CLI: prompt and echo, then `Command:`, `Status:`, `Time:`, `JobId:` and
//! `Data:` or `Error Msg:`. Lines end with LF CR on real managers; any mix of CR and LF is taken.

use crate::model::ObjectId;

/// How the command ended, as the manager says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// `Status: Success`
    Success,
    /// `Status: Failure`
    Failure,
}

/// The block of one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// How it ended.
    pub status: Status,
    /// `Time:` as printed (`2020-02-26 08:58:47,940 EST`).
    pub time: Option<String>,
    /// The ids on the `JobId:` line.
    pub jobs: Vec<ObjectId>,
    /// Lines under `Data:`, without line ends; leading blanks are kept.
    pub data: Vec<String>,
    /// The text of `Error Msg:`, lines joined by LF.
    pub error: Option<String>,
    /// Whether a prompt line came after it, so that nothing was cut off its end.
    pub closed: bool,
}

/// A text that is not what the manager prints; the caller adds the command and shows the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Unclear {
    /// What was missing or strange.
    pub why: String,
}

impl Unclear {
    /// Says why.
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into() }
    }
}

/// The lines of an answer, whatever ends them; empty ones are left out.
pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\r']).filter(|line| !line.is_empty())
}

/// Whether this is a prompt line, with or without an echo behind it.
#[must_use]
pub fn is_prompt(line: &str) -> bool {
    line.starts_with("OVM>")
}

/// Reads the last block of an answer. The echo is never looked at: managers break it at about 189 characters.
pub fn parse(text: &str) -> Result<Block, Unclear> {
    let all: Vec<&str> = lines(text).collect();
    let (rest, closed) = last_block(&all).ok_or_else(|| Unclear::new("there is no `Command:` line"))?;
    let Some(at) = rest.iter().position(|line| line.starts_with("Status:")) else {
        return Err(Unclear::new("there is no `Status:` line"));
    };
    let mut block = empty(status(rest[at])?, closed);
    fill(&mut block, &rest[at + 1..])?;
    match (block.status, &block.error) {
        (Status::Failure, None) => Err(Unclear::new("it failed without an `Error Msg:` line")),
        (Status::Success, Some(_)) => Err(Unclear::new("it says both success and an error")),
        _ => Ok(block),
    }
}

/// What stands between the last `Command:` and the next prompt, and whether a prompt is there. Of several `Command:`
/// lines after one prompt the first is the block's own: errors quote the commands of the server's agent.
fn last_block<'a>(all: &'a [&'a str]) -> Option<(&'a [&'a str], bool)> {
    let mut closed = false;
    for part in all.rsplit(|line| is_prompt(line)) {
        if let Some(at) = part.iter().position(|line| line.starts_with("Command:")) {
            return Some((&part[at + 1..], closed));
        }
        closed = true;
    }
    None
}

fn empty(status: Status, closed: bool) -> Block {
    Block { status, time: None, jobs: Vec::new(), data: Vec::new(), error: None, closed }
}

fn status(line: &str) -> Result<Status, Unclear> {
    match line.trim_start_matches("Status:").trim() {
        "Success" => Ok(Status::Success),
        "Failure" => Ok(Status::Failure),
        other => Err(Unclear::new(format!("the status `{other}` is unknown"))),
    }
}

enum Part {
    Head,
    Data,
    Error,
}

fn fill(block: &mut Block, lines: &[&str]) -> Result<(), Unclear> {
    let mut part = Part::Head;
    for line in lines {
        match part {
            Part::Head => part = head(block, line)?,
            Part::Data => block.data.push((*line).to_owned()),
            Part::Error => extend(&mut block.error, line),
        }
    }
    Ok(())
}

fn head(block: &mut Block, line: &str) -> Result<Part, Unclear> {
    if let Some(time) = line.strip_prefix("Time:") {
        block.time = Some(time.trim().to_owned());
    } else if let Some(ids) = line.strip_prefix("JobIds:").or_else(|| line.strip_prefix("JobId:")) {
        block.jobs = jobs(ids)?;
    } else if let Some(inline) = line.strip_prefix("Data:") {
        if !inline.trim().is_empty() {
            block.data.push(inline.to_owned());
        }
        return Ok(Part::Data);
    } else if let Some(error) = line.strip_prefix("Error Msg:") {
        block.error = Some(error.trim().to_owned());
        return Ok(Part::Error);
    } else if !is_header(line) {
        return Err(Unclear::new(format!("the line `{line}` is unknown")));
    }
    Ok(Part::Head)
}

/// A header that a release may add (`Word: …`) tells nothing we rely on; anything else is not the manager's text.
fn is_header(line: &str) -> bool {
    let word = |c: char| c.is_ascii_alphabetic() || c == ' ';
    line.split_once(':').is_some_and(|(head, _)| !head.is_empty() && head.len() <= 30 && head.chars().all(word))
}

fn jobs(text: &str) -> Result<Vec<ObjectId>, Unclear> {
    let words = text.split([' ', ',', '\t']).filter(|word| !word.is_empty());
    words.map(|word| ObjectId::new(word).map_err(|error| Unclear::new(error.to_string()))).collect()
}

fn extend(error: &mut Option<String>, line: &str) {
    let text = error.get_or_insert_default();
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    const CREATE: &str = "OVM> create VmCloneCustomizer name=vDisks-vm1-20200226-0858 description=vDisks-vm1-20200226-0858 on Vm name=vm1
Command: create VmCloneCustomizer name=vDisks-vm1-20200226-0858 description=vDisks-vm1-20200226-0858 on Vm name=vm1
Status: Success
Time: 2020-02-26 08:58:47,940 EST
JobId: 1582725527174
Data:
  id:0004fb0000130000e0bb903e83c3fb23  name:vDisks-vm1-20200226-0858
OVM> Connection closed.
";

    #[rstest]
    #[case("\n")]
    #[case("\n\r")]
    #[case("\r\n")]
    #[case("\r")]
    #[case("\r\n\n\r")]
    fn every_line_end_gives_the_same_block(#[case] end: &str) {
        let block = parse(&CREATE.replace('\n', end)).unwrap();
        assert_eq!(block.status, Status::Success);
        assert_eq!(block.time.as_deref(), Some("2020-02-26 08:58:47,940 EST"));
        assert_eq!(block.jobs, [ObjectId::new("1582725527174").unwrap()]);
        assert_eq!(block.data, ["  id:0004fb0000130000e0bb903e83c3fb23  name:vDisks-vm1-20200226-0858"]);
        assert!(block.closed);
    }

    #[test]
    fn a_broken_echo_and_a_broken_command_line_are_skipped() {
        let text = "OVM> create VmCloneStorageMapping on VmCloneCustom\n\rizer name=x\n\rCommand: create on VmCloneCustom\n\rizer name=x\n\rStatus: Success\n\r";
        let block = parse(text).unwrap();
        assert_eq!((block.status, block.closed), (Status::Success, false));
        assert!(block.data.is_empty());
    }

    #[test]
    fn of_two_blocks_the_last_one_counts() {
        let two = format!(
            "{CREATE}OVM> show vm id=1\nCommand: show vm id=1\nStatus: Failure\nTime: x\nError Msg: a\n  b\nOVM> "
        );
        let block = parse(&two).unwrap();
        assert_eq!((block.status, block.error.as_deref()), (Status::Failure, Some("a\n  b")));
    }

    #[test]
    fn an_error_may_quote_a_command() {
        let text = "OVM> x\n\rCommand: x\n\rStatus: Failure\n\rTime: t\n\rError Msg: OVMAPI_4004E Sync command failed.\n\rCommand: create_server_pool, Server error: y\n\rOVM> ";
        let error = parse(text).unwrap().error.unwrap();
        assert_eq!(error, "OVMAPI_4004E Sync command failed.\nCommand: create_server_pool, Server error: y");
    }

    #[test]
    fn several_job_ids_are_taken() {
        let block = parse("Command: x\nStatus: Success\nTime: t\nJobId: 15 16,17\n").unwrap();
        assert_eq!(block.jobs.len(), 3);
    }

    #[rstest]
    #[case("", "no `Command:`")]
    #[case("OVM> list Vm\nCommand: list Vm\n", "no `Status:`")]
    #[case("Command: list Vm\nStatus: Suc", "`Suc` is unknown")]
    #[case("Command: list Vm\nStatus: Failure\nTime: x", "without an `Error Msg:`")]
    #[case("Command: list Vm\nStatus: Success\n<?xml version=1>", "<?xml")]
    #[case("Command: list Vm\nStatus: Success\nJobId: $(id)", "$(id)")]
    fn what_is_not_understood_is_an_error(#[case] text: &str, #[case] part: &str) {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }

    proptest! {
        #[test]
        fn never_panics(text in "(?s).{0,400}") {
            let _ = parse(&text);
        }

        #[test]
        fn never_panics_on_blocks(body in proptest::collection::vec("(Status:|Data:|Error Msg:|Time:|JobId:|OVM>|  id:| = )?.{0,20}", 0..12)) {
            let _ = parse(&format!("Command: x\n\r{}", body.join("\n\r")));
        }
    }
}
