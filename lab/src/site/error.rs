//! What goes wrong with a site, and what helps.

use std::{io, path::Path};

/// An error of the command line.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// A file or a call of the system.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program of the machine ended badly.
    #[error("`{line}` failed: {text}")]
    Program {
        /// The command.
        line: String,
        /// What it wrote.
        text: String,
    },
    /// A program is not on this machine.
    #[error("`{program}` is not installed")]
    Absent {
        /// Its name.
        program: String,
        /// The package that has it on Debian and on Oracle Linux.
        package: &'static str,
    },
    /// The site cannot be made this way.
    #[error("{text}")]
    Refused {
        /// Why.
        text: String,
        /// What helps.
        remedy: String,
    },
    /// Something inside a host or in the supervisor.
    #[error("{place}: {text}")]
    Inside {
        /// Where.
        place: String,
        /// What it said.
        text: String,
    },
}

impl SiteError {
    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Absent { package, .. } => Some(format!("install the package {package}")),
            Self::Refused { remedy, .. } if !remedy.is_empty() => Some(remedy.clone()),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Some("choose a --dir that belongs to you".into())
            }
            Self::Inside { .. } => Some("the supervisor's log is in log/supervisor.log of the site's folder".into()),
            _ => None,
        }
    }

    /// Refusal with a remedy.
    pub fn refused(text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Refused { text: text.into(), remedy: remedy.into() }
    }

    /// There is nothing in this folder.
    #[must_use]
    pub fn no_site() -> Self {
        Self::refused("there is no site in this folder", "`ovmirror-lab up --dir …` makes one")
    }

    /// Something that a part of the site said.
    pub fn inside(place: impl Into<String>, text: impl ToString) -> Self {
        Self::Inside { place: place.into(), text: text.to_string() }
    }
}

/// Says what was being done.
pub trait During<T> {
    /// … in words.
    fn during(self, doing: &str) -> Result<T, SiteError>;
    /// … with a path.
    fn at(self, path: &Path) -> Result<T, SiteError>;
}

impl<T, E: Into<io::Error>> During<T> for Result<T, E> {
    fn during(self, doing: &str) -> Result<T, SiteError> {
        self.map_err(|e| SiteError::Io { doing: doing.to_owned(), source: e.into() })
    }

    fn at(self, path: &Path) -> Result<T, SiteError> {
        self.during(&path.display().to_string())
    }
}
