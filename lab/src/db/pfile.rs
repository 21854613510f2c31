//! Parameter files: init.ora text and the server parameter file around the same text.
//!
//! Rules as in the Database Reference, "Initialization Parameter Files": one `name=value` per line, `#` begins a comment,
//! quotes keep blanks and `#`, lists in parentheses or with commas, a prefix (`*.` or `sid.`) before the name, a line that
//! ends in a comma or lies within parentheses goes on.

use super::api::OraError;
use super::errors::Ora;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

const MAGIC: &[u8; 16] = b"C\"\0\0\x02\0\0\0SPFILE\0\0";
const PAGE: usize = 512;

/// ORA-01078 with the LRM line that says why.
fn refused(lrm: u32, why: &str) -> OraError {
    OraError::new(1078, format!("failure in processing system parameters\nLRM-{lrm:05}: {why}"))
}

/// Parses init.ora text. Names come out in lower case, without prefix; a list as `a, b` like V$PARAMETER shows it. A
/// later line replaces an earlier one. LRM-00110 for a line that is no assignment, LRM-00116 for an open quote.
pub fn parse(text: &str) -> Result<Vec<(String, String)>, OraError> {
    let mut parameters: Vec<(String, String)> = Vec::new();
    for line in logical_lines(text) {
        let (name, value) = assignment(&line)?;
        parameters.retain(|(known, _)| *known != name);
        parameters.push((name, value));
    }
    Ok(parameters)
}

fn logical_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines().map(|line| uncommented(line).trim()).filter(|line| !line.is_empty()) {
        match lines.last_mut() {
            Some(last) if open => {
                last.push(' ');
                last.push_str(line);
            }
            _ => lines.push(line.to_owned()),
        }
        open = lines.last().is_some_and(|line| goes_on(line));
    }
    lines
}

fn goes_on(line: &str) -> bool {
    let plain = without_quoted(line);
    line.ends_with(',') || plain.matches('(').count() > plain.matches(')').count()
}

fn without_quoted(line: &str) -> String {
    line.split(['\'', '"']).step_by(2).collect()
}

fn uncommented(line: &str) -> &str {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (None, '#') => return &line[..at],
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    line
}

fn assignment(line: &str) -> Ora<(String, String)> {
    let bad = || refused(110, &format!("syntax error at '{line}'"));
    let (name, value) = line.split_once('=').ok_or_else(bad)?;
    let name = name.trim().rsplit('.').next().unwrap_or_default().to_lowercase();
    let known = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$' || c == '#';
    if name.is_empty() || !name.chars().all(known) {
        return Err(bad());
    }
    Ok((name, list(value.trim(), line)?))
}

fn list(value: &str, line: &str) -> Ora<String> {
    let value = match value.strip_prefix('(') {
        // LOCATION=… and the like are written in quotes, so that a parenthesis in front is always a list.
        Some(inside) => inside.strip_suffix(')').ok_or_else(|| refused(110, &format!("syntax error at '{line}'")))?,
        None => value,
    };
    let items = items(value).ok_or_else(|| refused(116, &format!("syntax error at '{line}' following '='")))?;
    Ok(items.join(", "))
}

fn items(value: &str) -> Option<Vec<String>> {
    let mut items = vec![String::new()];
    let mut quote = None;
    for c in value.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, ',') => items.push(String::new()),
            (None, c) if c.is_whitespace() && items.last().is_none_or(String::is_empty) => {}
            _ => items.last_mut()?.push(c),
        }
    }
    let kept = items.into_iter().map(|item| item.trim().to_owned()).collect();
    quote.is_none().then_some(kept)
}

/// The file STARTUP takes without PFILE: `spfile<SID>.ora`, `spfile.ora`, `init<SID>.ora` under `$ORACLE_HOME/dbs`, the
/// first that is there (Administrator's Guide). ORA-01078 with LRM-00109 if none is.
pub fn default_path(home: &Path, sid: &str) -> Result<PathBuf, OraError> {
    let dbs = home.join("dbs");
    let init = dbs.join(format!("init{sid}.ora"));
    [dbs.join(format!("spfile{sid}.ora")), dbs.join("spfile.ora"), init.clone()]
        .into_iter()
        .find(|path| path.is_file())
        .ok_or_else(|| cannot_open(&init))
}

fn cannot_open(path: &Path) -> OraError {
    refused(109, &format!("could not open parameter file '{}'", path.display()))
}

/// Reads a parameter file of either kind. A text file may name a server parameter file (`spfile=…`).
pub fn read(path: &Path) -> Result<Vec<(String, String)>, OraError> {
    let bytes = fs::read(path).map_err(|_| cannot_open(path))?;
    if bytes.starts_with(MAGIC) {
        return spfile(&bytes).ok_or_else(|| refused(111, &format!("no closing quote for value '{}'", path.display())));
    }
    let parameters = parse(&String::from_utf8_lossy(&bytes))?;
    match parameters.iter().find(|(name, _)| name == "spfile") {
        Some((_, spfile)) => read_spfile(Path::new(spfile)),
        None => Ok(parameters),
    }
}

/// Reads a server parameter file; a text file is refused (ORA-01565 with ORA-27046).
pub fn read_spfile(path: &Path) -> Result<Vec<(String, String)>, OraError> {
    let what = format!("error in identifying file '{}'", path.display());
    let bytes = fs::read(path).map_err(|error| super::errors::with_system(1565, what.clone(), &error))?;
    spfile(&bytes).ok_or_else(|| {
        OraError::new(1565, what)
            .and(27046, "file size is not a multiple of logical block size\nAdditional information: 1")
    })
}

fn spfile(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    if !bytes.starts_with(MAGIC) {
        return None;
    }
    let word = |at: usize| bytes.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let text = bytes.get(PAGE..PAGE + word(16)? as usize)?;
    if crc32fast::hash(text) != word(20)? {
        return None;
    }
    parse(std::str::from_utf8(text).ok()?).ok()
}

/// The init.ora text of parameters. A list of files is written as a list.
#[must_use]
pub fn render(parameters: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in parameters {
        let value = if name == "control_files" {
            value.split(',').map(|item| format!("'{}'", item.trim())).collect::<Vec<_>>().join(",")
        } else {
            format!("'{value}'")
        };
        text.push_str(&format!("*.{name}={value}\n"));
    }
    text
}

/// Writes a server parameter file.
pub fn write_spfile(path: &Path, parameters: &[(String, String)]) -> io::Result<()> {
    let text = render(parameters);
    let mut bytes = MAGIC.to_vec();
    bytes.extend(u32::try_from(text.len()).map_err(io::Error::other)?.to_le_bytes());
    bytes.extend(crc32fast::hash(text.as_bytes()).to_le_bytes());
    bytes.resize(PAGE, 0);
    bytes.extend(text.as_bytes());
    bytes.resize(bytes.len().next_multiple_of(PAGE), 0);
    fs::write(path, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::plain("db_name=ORCL", "db_name", "ORCL")]
    #[case::prefix_and_quotes("*.DB_NAME = 'ORCL' # the name", "db_name", "ORCL")]
    #[case::sid_prefix("orcl.processes=150", "processes", "150")]
    #[case::list("control_files=('/a/c1.ctl','/b/c2.ctl')", "control_files", "/a/c1.ctl, /b/c2.ctl")]
    #[case::list_without_parentheses("control_files='/a','/b'", "control_files", "/a, /b")]
    #[case::over_lines("control_files=('/a',\n   '/b')", "control_files", "/a, /b")]
    #[case::comma_at_the_end("control_files='/a',\n'/b'", "control_files", "/a, /b")]
    #[case::equals_and_hash_in_quotes(
        "log_archive_dest_1='LOCATION=/arch#1'",
        "log_archive_dest_1",
        "LOCATION=/arch#1"
    )]
    #[case::empty("db_recovery_file_dest=''", "db_recovery_file_dest", "")]
    #[case::double_quotes("audit_trail=\"NONE\"", "audit_trail", "NONE")]
    fn one_parameter(#[case] text: &str, #[case] name: &str, #[case] value: &str) {
        assert_eq!(parse(text).unwrap(), [(name.to_owned(), value.to_owned())]);
    }

    #[test]
    fn the_last_line_of_a_name_counts() {
        let text = "# head\n\n*.a=1\nb=2\nA=3\n";
        assert_eq!(parse(text).unwrap(), [("b".into(), "2".into()), ("a".into(), "3".into())]);
    }

    #[rstest]
    #[case::no_assignment("hello", "LRM-00110")]
    #[case::open_quote("db_name='ORCL", "LRM-00116")]
    #[case::open_list("control_files=('/a'", "LRM-00110")]
    #[case::bad_name("db name=1", "LRM-00110")]
    fn refusals(#[case] text: &str, #[case] lrm: &str) {
        let error = parse(text).unwrap_err();
        assert_eq!(error.lines[0].0, 1078);
        assert!(error.to_string().contains(lrm), "{error}");
    }

    #[test]
    fn a_server_parameter_file_reads_back_and_comes_first() {
        let home = tempfile::tempdir().unwrap();
        let dbs = home.path().join("dbs");
        fs::create_dir(&dbs).unwrap();
        let missing = default_path(home.path(), "orcl").unwrap_err().to_string();
        let text = format!(
            "ORA-01078: failure in processing system parameters\nLRM-00109: could not open parameter file '{}'",
            dbs.join("initorcl.ora").display()
        );
        assert_eq!(missing, text);
        let parameters =
            vec![("db_name".to_owned(), "ORCL".to_owned()), ("control_files".to_owned(), "/a, /b".to_owned())];
        fs::write(dbs.join("initorcl.ora"), render(&parameters)).unwrap();
        assert_eq!(read(&default_path(home.path(), "orcl").unwrap()).unwrap(), parameters);
        let spfile = dbs.join("spfileorcl.ora");
        write_spfile(&spfile, &parameters).unwrap();
        assert_eq!(default_path(home.path(), "orcl").unwrap(), spfile);
        assert_eq!(read(&spfile).unwrap(), parameters);
        assert_eq!(read_spfile(&spfile).unwrap(), parameters);
        let init = dbs.join("initorcl.ora");
        fs::write(&init, format!("spfile='{}'\n", spfile.display())).unwrap();
        assert_eq!(read(&init).unwrap(), parameters);
        assert_eq!(read_spfile(&dbs.join("initorcl.ora")).unwrap_err().lines[0].0, 1565);
    }
}
