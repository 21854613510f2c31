//! Oracle's words for what goes wrong, where more than one part says them (Oracle Database Error Messages).

use super::api::OraError;
use std::path::Path;

/// Shorthand of every part of the engine.
pub type Ora<T> = Result<T, OraError>;

/// `ORA-01110: data file N: '…'`, the line that follows most errors about a data file.
#[must_use]
pub fn data_file(number: u32, name: &Path) -> (u32, String) {
    (1110, format!("data file {number}: '{}'", name.display()))
}

/// An error about a data file with its ORA-01110 line.
#[must_use]
pub fn about_file(code: u32, text: impl Into<String>, number: u32, name: &Path) -> OraError {
    let (line, name) = data_file(number, name);
    OraError::new(code, text).and(line, name)
}

/// The operating system's part of a stack for a file that is not there: ORA-27037.
#[must_use]
pub fn no_such_file() -> (u32, String) {
    let text =
        "unable to obtain file status\nLinux-x86_64 Error: 2: No such file or directory\nAdditional information: 7";
    (27037, text.into())
}

/// What the operating system said, as ORA-27072 (file I/O error) or ORA-27037 (not there).
#[must_use]
pub fn system(error: &std::io::Error) -> (u32, String) {
    if error.kind() == std::io::ErrorKind::NotFound {
        return no_such_file();
    }
    let number = error.raw_os_error().unwrap_or(0);
    let words = error.to_string();
    let words = words.split(" (os error").next().unwrap_or_default();
    (27072, format!("File I/O error\nLinux-x86_64 Error: {number}: {words}"))
}

/// ORA-27038: a file that must be new is there.
#[must_use]
pub fn exists() -> (u32, String) {
    (27038, "created file already exists\nAdditional information: 1".into())
}

/// Puts a line on top of a stack.
#[must_use]
pub fn over(code: u32, text: impl Into<String>, mut below: OraError) -> OraError {
    below.lines.insert(0, (code, text.into()));
    below
}

/// ORA-00283 on top of what ended a recovery.
#[must_use]
pub fn recovery_ended(cause: OraError) -> OraError {
    over(283, "recovery session canceled due to errors", cause)
}

/// One line with the operating system's words below it.
#[must_use]
pub fn with_system(code: u32, text: impl Into<String>, error: &std::io::Error) -> OraError {
    let (below, words) = system(error);
    OraError::new(code, text).and(below, words)
}

/// ORA-00600: what cannot be, with its reason.
#[must_use]
pub fn internal(why: &str) -> OraError {
    OraError::new(600, format!("internal error code, arguments: [{why}], [], [], [], [], [], [], []"))
}

/// ORA-01109.
#[must_use]
pub fn not_open() -> OraError {
    OraError::new(1109, "database not open")
}

/// ORA-01507.
#[must_use]
pub fn not_mounted() -> OraError {
    OraError::new(1507, "database not mounted")
}

/// ORA-00959.
#[must_use]
pub fn no_tablespace(name: &str) -> OraError {
    OraError::new(959, format!("tablespace '{name}' does not exist"))
}

/// A file that could not be made: ORA-27038 if it is there, ORA-27040 for anything else.
#[must_use]
pub fn create_failed(code: u32, text: impl Into<String>, error: &std::io::Error) -> OraError {
    if error.kind() == std::io::ErrorKind::AlreadyExists {
        let (below, words) = exists();
        return OraError::new(code, text).and(below, words);
    }
    let number = error.raw_os_error().unwrap_or(0);
    let words = error.to_string();
    let words = words.split(" (os error").next().unwrap_or_default().to_owned();
    let below = format!("file create error, unable to create file\nLinux-x86_64 Error: {number}: {words}");
    OraError::new(code, text).and(27040, below)
}
