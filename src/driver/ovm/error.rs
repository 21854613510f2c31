//! What can go wrong at the manager, and what to do about it.

use super::kind::ObjectKind;
use crate::{
    fault::{Hint, Kind, Remedy, Retry, hint, hint_command},
    model::ObjectId,
    port::RemoteError,
};
use std::time::Duration;

/// A failure of the manager driver. `command` is the text that was sent (it holds no secrets).
#[derive(Debug, thiserror::Error)]
pub enum OvmError {
    /// The way to the manager failed; passed through unchanged.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The manager answered `Status: Failure`.
    #[error("the manager refused `{command}`: {text}")]
    Refused {
        /// What was sent.
        command: String,
        /// `Error Msg:` as printed.
        text: String,
        /// Jobs the command had made before it failed.
        jobs: Vec<ObjectId>,
    },
    /// An object stayed locked.
    #[error("the manager still holds a lock after {} s: {text}", waited.as_secs())]
    Locked {
        /// What was sent.
        command: String,
        /// The last thing seen.
        text: String,
        /// How long was waited.
        waited: Duration,
    },
    /// A refused detach: some guests let the disk go later, at the last umount.
    #[error("the manager refused to detach mapping {mapping}: {text}")]
    DetachRefused {
        /// The mapping.
        mapping: ObjectId,
        /// `Error Msg:` as printed.
        text: String,
    },
    /// No object has this name or id.
    #[error("the manager knows no {kind} `{name}`")]
    NotFound {
        /// Its type.
        kind: ObjectKind,
        /// The name or id.
        name: String,
        /// Names that look like it.
        near: Vec<String>,
    },
    /// Several objects fit.
    #[error("{} objects of type {kind} fit `{name}`", ids.len())]
    Ambiguous {
        /// Their type.
        kind: ObjectKind,
        /// The name.
        name: String,
        /// Their ids.
        ids: Vec<ObjectId>,
    },
    /// The answer is not what the manager prints.
    #[error("the manager's answer to `{command}` is not understood: {why}")]
    NotUnderstood {
        /// What was sent.
        command: String,
        /// What is missing or strange.
        why: String,
        /// The answer.
        output: String,
    },
    /// `showversion` names a release that is not supported.
    #[error("`{text}` is no release of the manager that ovmirror knows (3.2, 3.3, 3.4)")]
    UnknownRelease {
        /// What it printed.
        text: String,
    },
    /// The release cannot do this.
    #[error("release {release} of the manager cannot {what}")]
    Unsupported {
        /// The release.
        release: &'static str,
        /// What was wanted.
        what: &'static str,
    },
    /// A value that cannot stand in a command.
    #[error("the {what} `{given}` cannot be sent to the manager: {why}")]
    BadValue {
        /// Name or description.
        what: &'static str,
        /// The value.
        given: String,
        /// The rule it breaks.
        why: &'static str,
    },
    /// The object does not look as the change should have left it.
    #[error("after `{command}` {object} shows {found} where {wanted} was asked for")]
    ReadBack {
        /// What was sent.
        command: String,
        /// The object.
        object: String,
        /// What was asked for.
        wanted: String,
        /// What is there.
        found: String,
    },
    /// A deleted object is still listed.
    #[error("{kind} {id} is still there after it was deleted")]
    StillThere {
        /// Its type.
        kind: ObjectKind,
        /// Its id.
        id: ObjectId,
    },
    /// The answer was lost; a look showed that the command had no effect.
    #[error("the answer to `{command}` was lost, and a look shows that it changed nothing")]
    NoEffect {
        /// What was sent.
        command: String,
        /// What the look saw.
        seen: Option<String>,
        /// Why there was no answer.
        #[source]
        source: Box<OvmError>,
    },
    /// The answer was lost, and looking failed too.
    #[error("it is not known whether `{command}` had its effect: {seen}")]
    InDoubt {
        /// What was sent.
        command: String,
        /// What the last look saw.
        seen: String,
        /// Why the look failed, or why there was no answer.
        #[source]
        source: Box<OvmError>,
    },
    /// A state was not reached in time.
    #[error("{object} is not {wanted} after {} s: {seen}", waited.as_secs())]
    NotReached {
        /// The object.
        object: String,
        /// The state wanted.
        wanted: &'static str,
        /// The last state seen.
        seen: String,
        /// How long was waited.
        waited: Duration,
    },
}

impl OvmError {
    /// Whether the command may have had its effect: no answer, or one that is not understood.
    pub(super) fn is_lost(&self) -> bool {
        matches!(self, Self::Remote(RemoteError::NoAnswer { .. }) | Self::NotUnderstood { .. })
    }

    /// Whether the manager refused because somebody holds a lock. The text is that of bug 18385924 in the release
    /// notes of 3.3.1 ("GEN_000029 … could not be modified as it was locked when it was fetched").
    pub(super) fn is_lock(&self) -> bool {
        let lock =
            |text: &str| text.contains("GEN_000029") || text.contains("was locked") || text.contains("is locked");
        matches!(self, Self::Refused { text, .. } if lock(text))
    }

    /// Whether looking again may work: the connection failed, not the manager.
    pub(super) fn is_way(&self) -> bool {
        matches!(self, Self::Remote(RemoteError::CannotConnect { .. } | RemoteError::NeverSent { .. }))
            || self.is_lost()
    }
}

/// The first vendor code of a text: `OVMRU_005002E`, `OVMAPI_4010E`, `GEN_000029`.
#[must_use]
pub fn vendor_code(text: &str) -> Option<&str> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c| !word(c)).find(|w| is_code(w))
}

fn is_code(word: &str) -> bool {
    let Some((head, tail)) = word.split_once('_') else { return false };
    let digits = tail.trim_end_matches(|c: char| c.is_ascii_uppercase());
    let known = head == "GEN" || head.starts_with("OVM");
    known && digits.len() >= 4 && digits.chars().all(|c| c.is_ascii_digit())
}

impl Remedy for OvmError {
    fn code(&self) -> String {
        let own = match self {
            Self::Remote(error) => return error.code(),
            Self::Refused { text, .. } => vendor_code(text).unwrap_or("OVM-006"),
            Self::NotFound { .. } => "OVM-001",
            Self::Ambiguous { .. } => "OVM-002",
            Self::NotUnderstood { .. } => "OVM-003",
            Self::UnknownRelease { .. } => "OVM-004",
            Self::BadValue { .. } => "OVM-005",
            Self::Locked { .. } => "OVM-007",
            Self::ReadBack { .. } => "OVM-008",
            Self::InDoubt { .. } => "OVM-009",
            Self::NoEffect { .. } => "OVM-010",
            Self::StillThere { .. } => "OVM-011",
            Self::Unsupported { .. } => "OVM-012",
            Self::NotReached { .. } => "OVM-013",
            Self::DetachRefused { .. } => "OVM-014",
        };
        own.to_owned()
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Remote(error) => error.kind(),
            Self::NotFound { .. } | Self::Ambiguous { .. } | Self::Unsupported { .. } | Self::BadValue { .. } => {
                Kind::User
            }
            _ => Kind::External,
        }
    }

    fn hints(&self) -> Vec<Hint> {
        match self {
            Self::Remote(error) => error.hints(),
            Self::Refused { text, .. } => refusal_hints(text),
            Self::Locked { .. } => {
                vec![hint("see which job holds the object in the manager's Jobs tab, then try again")]
            }
            Self::DetachRefused { .. } => vec![
                hint("the guest still uses the disk: unmount it there, deactivate its volume group, then try again"),
                hint("the guest may let the disk go later; until the slot is seen connected the state is in doubt"),
            ],
            Self::NotFound { kind, near, .. } => near_hints(*kind, near),
            Self::Ambiguous { ids, .. } => ambiguous_hints(ids),
            Self::NotUnderstood { output, .. } => vec![hint(format!("it printed: {}", shorten(output)))],
            Self::UnknownRelease { .. } => vec![hint("ovmirror speaks the dialects of 3.2, 3.3 and 3.4 only")],
            Self::Unsupported { .. } => {
                vec![hint("this needs a manager of 3.3 or later; on 3.2 clone the whole VM without a customizer")]
            }
            Self::BadValue { .. } => vec![hint("rename the object at the manager, or choose another name")],
            Self::ReadBack { object, .. } => {
                vec![hint(format!("somebody may have changed {object} at the same time; look at it at the manager"))]
            }
            Self::StillThere { kind, id } => {
                vec![hint_command("look at it in the manager's CLI", format!("show {kind} id={id}"))]
            }
            Self::NoEffect { seen, .. } => {
                let job = seen.iter().map(|seen| hint(format!("the manager says: {seen}")));
                job.chain([hint("nothing was changed; try again")]).collect()
            }
            Self::InDoubt { .. } => {
                vec![hint(
                    "it may have had its effect: whatever goes on from here looks first, when the manager answers",
                )]
            }
            Self::NotReached { .. } => vec![hint("look at the manager's Jobs tab for what it waits for")],
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Remote(error) => error.retry(),
            Self::Locked { .. } | Self::NoEffect { .. } => Retry::Again,
            Self::InDoubt { .. } | Self::DetachRefused { .. } | Self::NotReached { .. } | Self::StillThere { .. } => {
                Retry::InDoubt
            }
            _ => Retry::Never,
        }
    }
}

/// Only codes whose meaning a public text shows; others keep the vendor's words alone.
fn refusal_hints(text: &str) -> Vec<Hint> {
    match vendor_code(text) {
        Some("OVMRU_005002E") => vec![hint("the VM has to be stopped for this")],
        Some("GEN_000029") => vec![hint("wait until the object shows `Locked = false`, then try again")],
        _ => Vec::new(),
    }
}

fn near_hints(kind: ObjectKind, near: &[String]) -> Vec<Hint> {
    if near.is_empty() {
        return vec![hint_command("no name is like it; see them in the manager's CLI", format!("list {kind}"))];
    }
    vec![hint(format!("names like it: {}", near.join(", ")))]
}

fn ambiguous_hints(ids: &[ObjectId]) -> Vec<Hint> {
    let ids: Vec<_> = ids.iter().map(ObjectId::as_str).collect();
    vec![hint(format!("name it by id, one of {}", ids.join(", ")))]
}

fn shorten(text: &str) -> String {
    let lines: Vec<_> = super::block::lines(text).map(str::trim_end).collect();
    lines.join(" | ").chars().take(600).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(
        "OVMRU_005002E Operation not allowed- Virtual Machine: racvirt1, is not STOPPED. It is RUNNING. [Sun Jun 03 15:24:03 GST 2018]",
        Some("OVMRU_005002E")
    )]
    #[case("OVMRU_002015E: Cannot create repository at path :, on file system", Some("OVMRU_002015E"))]
    #[case("OVMAPI_4010E Attempt to send command: create_server_pool failed. OVMAPI_4004E Sync", Some("OVMAPI_4010E"))]
    #[case(
        "GEN_000029:Object s:ff:20 of type Server could not be modified as it was locked when it was fetched.",
        Some("GEN_000029")
    )]
    #[case("something else", None)]
    #[case("OVM_x GEN_12", None)]
    fn vendor_codes(#[case] text: &str, #[case] code: Option<&str>) {
        assert_eq!(vendor_code(text), code);
        let error = OvmError::Refused { command: "x".into(), text: text.into(), jobs: Vec::new() };
        assert_eq!(error.code(), code.unwrap_or("OVM-006"));
        assert_eq!(error.is_lock(), code == Some("GEN_000029"));
        assert!(error.fault().message.contains(text));
    }
}
