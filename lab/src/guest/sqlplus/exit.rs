//! How SQL*Plus ends, and what WHENEVER says about it.

use std::process::ExitCode;

/// The end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// With a code, of which the system keeps 8 bits.
    Code(u8),
    /// Killed (a fault of the site): no output, no code.
    Killed,
}

impl Exit {
    /// For `main`.
    #[must_use]
    pub fn finish(self) -> ExitCode {
        match self {
            Self::Code(code) => ExitCode::from(code),
            Self::Killed => {
                let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
                ExitCode::from(137)
            }
        }
    }
}

/// The word after EXIT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// SUCCESS, FAILURE, WARNING or a number.
    Number(i64),
    /// SQL.SQLCODE
    LastError,
    /// `:name`
    Bind(String),
    /// A DEFINE variable.
    Variable(String),
}

/// What happens at an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Reaction {
    /// Go on.
    #[default]
    Continue,
    /// Leave.
    Exit(Code),
}

/// Reads `[SUCCESS | FAILURE | WARNING | n | variable | :bind | SQL.SQLCODE] [COMMIT | ROLLBACK]`.
pub fn code(words: &[&str]) -> Option<Code> {
    let ending = |w: &str| matches!(w, "COMMIT" | "ROLLBACK");
    let upper: Vec<_> = words.iter().map(|w| w.to_uppercase()).collect();
    let word = match upper.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => return Some(Code::Number(0)),
        [last] if ending(last) => return Some(Code::Number(0)),
        [word] => (*word).to_owned(),
        [word, last] if ending(last) => (*word).to_owned(),
        _ => return None,
    };
    Some(match word.as_str() {
        "SUCCESS" => Code::Number(0),
        "FAILURE" => Code::Number(1),
        "WARNING" => Code::Number(2),
        "SQL.SQLCODE" => Code::LastError,
        _ => match (word.strip_prefix(':'), word.parse()) {
            (Some(bind), _) => Code::Bind(bind.to_owned()),
            (None, Ok(number)) => Code::Number(number),
            (None, Err(_)) => Code::Variable(word),
        },
    })
}

/// Reads what follows WHENEVER SQLERROR or OSERROR.
pub fn reaction(words: &[&str]) -> Option<Reaction> {
    match words.split_first() {
        Some((first, rest)) if first.eq_ignore_ascii_case("exit") => code(rest).map(Reaction::Exit),
        Some((first, rest)) if first.eq_ignore_ascii_case("continue") => match rest {
            [] => Some(Reaction::Continue),
            [w] if ["none", "commit", "rollback"].iter().any(|x| w.eq_ignore_ascii_case(x)) => Some(Reaction::Continue),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("exit failure rollback", Some(Reaction::Exit(Code::Number(1))))]
    #[case("exit sql.sqlcode", Some(Reaction::Exit(Code::LastError)))]
    #[case("exit 3", Some(Reaction::Exit(Code::Number(3))))]
    #[case("exit :rc", Some(Reaction::Exit(Code::Bind("RC".into()))))]
    #[case("continue none", Some(Reaction::Continue))]
    #[case("stop", None)]
    fn reactions(#[case] text: &str, #[case] want: Option<Reaction>) {
        assert_eq!(reaction(&text.split(' ').collect::<Vec<_>>()), want);
    }
}
