//! The comment at the head of each file of `sql/`.

use super::Release;

/// What kind of value a bind or literal takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// A number.
    Number,
    /// A text.
    Text,
}

/// In which state of the instance a statement answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// From NOMOUNT on.
    Started,
    /// From MOUNT on.
    Mounted,
    /// OPEN only.
    Open,
}

/// A file of `sql/`, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `area/name`
    pub id: String,
    /// What it is for, in one line.
    pub purpose: String,
    /// Where it answers.
    pub state: State,
    /// First release it is for.
    pub from: Release,
    /// Last release it is for; none means every later one.
    pub to: Option<Release>,
    /// Binds, in header order.
    pub binds: Vec<(String, ValueKind)>,
    /// Values that cannot be bound and go through a filter.
    pub literals: Vec<(String, ValueKind)>,
    /// Columns of the answer.
    pub columns: Vec<String>,
    /// What the session must be allowed to do.
    pub privileges: String,
    /// The statement.
    pub body: String,
}

impl Entry {
    /// Whether the file is for this release.
    pub fn is_for(&self, release: Release) -> bool {
        release >= self.from && self.to.is_none_or(|to| release <= to)
    }
}

/// Takes a file apart; the error says which line is wrong.
pub fn parse(text: &str) -> Result<Entry, String> {
    let head = head_lines(text);
    let find = |key: &str| head.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone());
    let need = |key: &str| find(key).ok_or_else(|| format!("the header has no `{key}`"));
    let (from, to) = range(&need("versions")?)?;
    Ok(Entry {
        id: need("id")?,
        purpose: need("purpose")?,
        state: state(&need("state")?)?,
        from,
        to,
        binds: values(&find("binds").unwrap_or_default())?,
        literals: values(&find("literals").unwrap_or_default())?,
        columns: list(&find("columns").unwrap_or_default()),
        privileges: need("privileges")?,
        body: body(text),
    })
}

fn body(text: &str) -> String {
    let lines: Vec<&str> = text.lines().skip_while(|line| line.starts_with("--")).collect();
    lines.join("\n").trim().to_owned()
}

fn head_lines(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in text.lines().map_while(|line| line.strip_prefix("--")) {
        // A line indented by more than one blank goes on with the one before.
        if let (Some(more), Some(last)) = (line.strip_prefix("  "), found.last_mut()) {
            last.1 = format!("{} {}", last.1, more.trim());
        } else if let Some((key, value)) = line.split_once(':') {
            found.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    found
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

fn values(text: &str) -> Result<Vec<(String, ValueKind)>, String> {
    list(text).into_iter().map(|item| value(&item)).collect()
}

fn value(item: &str) -> Result<(String, ValueKind), String> {
    match item.split_once(' ') {
        Some((name, "number")) => Ok((name.to_owned(), ValueKind::Number)),
        Some((name, "text")) => Ok((name.to_owned(), ValueKind::Text)),
        _ => Err(format!("`{item}` is not `name number` or `name text`")),
    }
}

fn state(text: &str) -> Result<State, String> {
    match text {
        "started" => Ok(State::Started),
        "mounted" => Ok(State::Mounted),
        "open" => Ok(State::Open),
        other => Err(format!("state `{other}` is not started, mounted or open")),
    }
}

fn range(text: &str) -> Result<(Release, Option<Release>), String> {
    let (from, to) = text.split_once("..").ok_or_else(|| format!("versions `{text}` is not from..to"))?;
    let release = |text: &str| text.parse::<Release>().map_err(|fault| fault.message);
    let to = if to.is_empty() { None } else { Some(release(to)?) };
    Ok((release(from)?, to))
}
