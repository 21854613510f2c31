//! The texts of failures.
//!
//! Real ones are known only for a handful of cases (reference 2.2 i): `GEN_000029`, `OVMRU_005002E`, `OVMAPI_4010E`.
//! All others (object not found, ambiguous name, disk in use, syntax) are unknown (reference 9.1). They are chosen here
//! in the shape of the known ones; an `OVMRU_000000E` stands for a rule whose number is not known.

use super::object::{Kind, Object};
use chrono::Utc;

/// Java's `Date.toString()`, which ends the real texts.
fn date() -> String {
    Utc::now().format("[%a %b %d %H:%M:%S %Z %Y]").to_string()
}

/// A rule of the manager forbids it.
#[must_use]
pub fn rule(text: &str) -> String {
    format!("OVMRU_000000E {text} {}", date())
}

/// A machine below did not do it.
#[must_use]
pub fn machine(command: &str, server: &str, error: &str) -> String {
    format!(
        "OVMAPI_4010E Attempt to send command: {command} to server: {server} failed. OVMAPI_4004E Sync command failed \
         on server: {server}. Command: {command}, Server error: {error} {}",
        date()
    )
}

/// The real text for an object that a job holds (release notes of 3.4, bug 18385924).
#[must_use]
pub fn locked(object: &Object) -> String {
    format!(
        "GEN_000029:Object {}:{} of type {} could not be modified as it was locked when it was fetched.",
        object.name,
        object.id,
        object.body.kind()
    )
}

/// The real text for a Vm that must be off.
#[must_use]
pub fn not_stopped(vm: &str, state: &str) -> String {
    format!("OVMRU_005002E Operation not allowed- Virtual Machine: {vm}, is not STOPPED. It is {state}. {}", date())
}

/// No such object.
#[must_use]
pub fn not_found(kind: Kind, by: &str, value: &str) -> String {
    format!("Cannot find {kind} with {by}: {value}")
}

/// Several objects have the name.
#[must_use]
pub fn ambiguous(kind: Kind, name: &str) -> String {
    format!("More than one {kind} has the name: {name}. Use its id")
}

/// No such verb.
#[must_use]
pub fn unknown_command(verb: &str) -> String {
    format!("Unknown command: {verb}")
}

/// No such type, or not for this verb.
#[must_use]
pub fn unknown_type(verb: &str, kind: &str) -> String {
    format!("Invalid object type: {kind} for command: {verb}")
}

/// No such key.
#[must_use]
pub fn unknown_key(verb: &str, kind: &str, key: &str) -> String {
    format!("Invalid attribute: {key} for command: {verb} {kind}")
}

/// A key that must be given.
#[must_use]
pub fn missing_key(verb: &str, kind: &str, key: &str) -> String {
    format!("Missing mandatory attribute: {key} for command: {verb} {kind}")
}

/// A value that the key does not take.
#[must_use]
pub fn bad_value(key: &str, value: &str, takes: &str) -> String {
    format!("Invalid value: {value} for attribute: {key}. Valid values: {takes}")
}

/// The manager went down under a job.
#[must_use]
pub fn restarted() -> String {
    format!("OVMAPI_0000E The manager was restarted while the job was running {}", date())
}
