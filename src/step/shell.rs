//! Running scripts and commands on a host.

use super::World;
use crate::{
    fault::{Fault, Kind, Remedy},
    model::HostName,
    port::{Answer, RemoteCommand},
    text::{Template, render},
};
use std::time::Duration;

/// What to type where sudo refuses.
pub const SUDOERS: &str = "ovmirror setup sudoers";

/// Renders a script of `templates/sh` and runs it; returns what it printed. A status other than 0 is a fault that
/// shows the output.
pub fn script<T: Template>(world: &World, host: &HostName, context: &T) -> Result<String, Fault> {
    script_within(world, host, context, world.limits.command)
}

/// Like `script`, with a deadline of its own.
pub fn script_within<T: Template>(
    world: &World,
    host: &HostName,
    context: &T,
    deadline: Duration,
) -> Result<String, Fault> {
    let answer = run(world, host, &RemoteCommand::script(render(context)?, deadline))?;
    succeeded(answer, host, T::NAME)
}

/// Like `script`, but leaves the judgement of the status to the caller.
pub fn look<T: Template>(world: &World, host: &HostName, context: &T) -> Result<Answer, Fault> {
    run(world, host, &RemoteCommand::script(render(context)?, world.limits.command))
}

/// Runs a program with words; a status other than 0 is a fault.
pub fn words(world: &World, host: &HostName, words: &[&str]) -> Result<String, Fault> {
    let command = RemoteCommand::words(words.iter().copied(), world.limits.command);
    let shown = command.to_string();
    succeeded(run(world, host, &command)?, host, &shown)
}

/// Runs a privileged program with words through the host's `become` prefix.
pub fn privileged(world: &World, host: &HostName, words: &[&str]) -> Result<Answer, Fault> {
    run(world, host, &RemoteCommand::words(words.iter().copied(), world.limits.command).privileged())
}

fn run(world: &World, host: &HostName, command: &RemoteCommand) -> Result<Answer, Fault> {
    world.remote.run(host, command).map_err(|error| error.fault().on(host).during(command))
}

fn succeeded(answer: Answer, host: &HostName, what: &str) -> Result<String, Fault> {
    if answer.ok() {
        return Ok(answer.text());
    }
    Err(failed(&answer, host, what))
}

/// The fault of a command that ended with another status than 0.
#[must_use]
pub fn failed(answer: &Answer, host: &HostName, what: &str) -> Fault {
    let printed = format!("{}{}", answer.text(), answer.error_text());
    let last = printed.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it printed nothing");
    let status = answer.status.map_or_else(|| "a signal".to_owned(), |status| format!("status {status}"));
    Fault::new(Kind::External, "CMD-001", format!("{what} failed on {host} with {status}: {}", last.trim()))
        .on(host)
        .during(what)
        .printed(&printed)
}
