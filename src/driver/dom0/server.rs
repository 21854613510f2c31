//! Files of a repository on a server: list, size, reflink, move, remove what is ours.

use super::{
    error::Dom0Error,
    path::{Folder, RepoPath, folder_path},
};
use crate::{
    model::{HostName, ObjectId},
    port::{Answer, Clock, Polled, Remote, RemoteCommand, RemoteError, poll},
};
use std::{sync::Arc, time::Duration};

/// How long things may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerDeadlines {
    /// One command.
    pub command: Duration,
    /// After a lost answer: how long the effect is waited for.
    pub settle: Duration,
    /// Between two looks.
    pub every: Duration,
}

impl Default for ServerDeadlines {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { command: seconds(60), settle: seconds(300), every: seconds(2) }
    }
}

/// An Oracle VM Server (dom0) that sees the repository. All commands go through the host's `become` prefix.
pub struct Server {
    pub(super) remote: Arc<dyn Remote>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) host: HostName,
    pub(super) deadlines: ServerDeadlines,
}

impl Server {
    /// The server that the configuration calls `host`.
    pub fn new(remote: Arc<dyn Remote>, clock: Arc<dyn Clock>, host: HostName, deadlines: ServerDeadlines) -> Self {
        Self { remote, clock, host, deadlines }
    }

    /// The names in a folder of a repository.
    pub fn list(&self, repository: &ObjectId, folder: Folder) -> Result<Vec<String>, Dom0Error> {
        let answer = self.must(&["ls", "-1A", &folder_path(repository, folder)])?;
        Ok(answer.text().lines().map(str::to_owned).collect())
    }

    /// Whether a file is there. Its folder is listed, because `test -e` says "no" also where it may not look.
    pub fn exists(&self, path: &RepoPath) -> Result<bool, Dom0Error> {
        Ok(self.list(&path.repository, path.folder)?.iter().any(|name| name == path.file.as_str()))
    }

    /// The size of a file in bytes; `None` when it is not there.
    pub fn size(&self, path: &RepoPath) -> Result<Option<u64>, Dom0Error> {
        if !self.exists(path)? {
            return Ok(None);
        }
        let path = path.to_string();
        let answer = self.must(&["stat", "-c", "%s", &path])?;
        let text = answer.text();
        let not_understood =
            |_| Dom0Error::NotUnderstood { command: format!("stat -c %s {path}"), output: text.clone() };
        text.trim().parse().map(Some).map_err(not_understood)
    }

    /// Makes `target` a reflink of `source` and returns its size. An existing target is refused.
    pub fn reflink(&self, source: &RepoPath, target: &RepoPath) -> Result<u64, Dom0Error> {
        let bytes = self.fresh(source, target)?;
        let words = ["reflink".to_owned(), source.to_string(), target.to_string()];
        let there = || Ok(self.size(target)?.map(|size| (size == bytes, format!("has {size} of {bytes} bytes"))));
        self.change(&words, target, there)?;
        Ok(bytes)
    }

    /// Moves a file within the server's repositories. An existing target is refused.
    ///
    /// `mv -n` came with coreutils 7.1 and is absent from an OL5 dom0; `-i` with closed input declines as well.
    pub fn rename(&self, source: &RepoPath, target: &RepoPath) -> Result<(), Dom0Error> {
        let bytes = self.fresh(source, target)?;
        let words = ["mv".to_owned(), "-i".to_owned(), source.to_string(), target.to_string()];
        let there = || {
            let Some(size) = self.size(target)? else { return Ok(None) };
            let gone = !self.exists(source)?;
            Ok(Some((size == bytes && gone, format!("has {size} of {bytes} bytes, source gone: {gone}"))))
        };
        self.change(&words, target, there)
    }

    /// Makes the folder that keeps old disks.
    pub fn make_snapshots_folder(&self, repository: &ObjectId) -> Result<(), Dom0Error> {
        self.must(&["mkdir", "-p", &folder_path(repository, Folder::Snapshots)])?;
        self.list(repository, Folder::Snapshots).map(|_| ())
    }

    /// Removes a file that carries our mark; one that is gone already is no error. Others are refused (law 8).
    pub fn remove_ours(&self, path: &RepoPath) -> Result<(), Dom0Error> {
        if path.file.tag().is_none() {
            return Err(Dom0Error::NotOurs { path: path.to_string() });
        }
        if !self.exists(path)? {
            return Ok(());
        }
        let words = ["rm".to_owned(), "-f".to_owned(), path.to_string()];
        match self.run(&words) {
            Ok(_) | Err(Dom0Error::Remote(RemoteError::NoAnswer { .. })) => {}
            Err(error) => return Err(error),
        }
        if !self.exists(path)? {
            return Ok(());
        }
        Err(Dom0Error::ReadBack { command: words.join(" "), path: path.to_string(), found: "is still there".into() })
    }

    /// The configuration of a VM or template. The repository may differ from its disks'.
    pub fn vm_cfg(&self, repository: &ObjectId, folder: Folder, vm: &ObjectId) -> Result<String, Dom0Error> {
        let path = format!("{}/{vm}/vm.cfg", folder_path(repository, folder));
        Ok(self.must(&["cat", &path])?.text())
    }

    /// The source's size, once it is sure that there is a source and no target.
    fn fresh(&self, source: &RepoPath, target: &RepoPath) -> Result<u64, Dom0Error> {
        let bytes = self.size(source)?.ok_or_else(|| Dom0Error::Missing { path: source.to_string() })?;
        if self.exists(target)? {
            return Err(Dom0Error::Exists { path: target.to_string() });
        }
        Ok(bytes)
    }

    /// Runs a change and reads it back; `there` says what of the target is there and whether it is all.
    fn change(
        &self,
        words: &[String],
        target: &RepoPath,
        there: impl Fn() -> Result<Option<(bool, String)>, Dom0Error>,
    ) -> Result<(), Dom0Error> {
        let command = words.join(" ");
        match self.run(words) {
            Err(Dom0Error::Remote(source @ RemoteError::NoAnswer { .. })) => {
                self.settle(command, Box::new(source), there)
            }
            Err(error) => Err(error),
            Ok(_) => match there()? {
                Some((true, _)) => Ok(()),
                other => {
                    let found = other.map_or_else(|| "is not there".to_owned(), |(_, seen)| seen);
                    Err(Dom0Error::ReadBack { command, path: target.to_string(), found })
                }
            },
        }
    }

    /// The far program outlives a lost session: its effect is waited for, and absence counts when seen twice.
    fn settle(
        &self,
        command: String,
        source: Box<RemoteError>,
        there: impl Fn() -> Result<Option<(bool, String)>, Dom0Error>,
    ) -> Result<(), Dom0Error> {
        let mut absent = false;
        let look = || match there() {
            Ok(Some((true, _))) => Ok(Polled::Done(true)),
            Ok(Some((false, seen))) => Ok(Polled::NotYet(seen)),
            Ok(None) if std::mem::replace(&mut absent, true) => Ok(Polled::Done(false)),
            Ok(None) => Ok(Polled::NotYet("nothing is there yet".to_owned())),
            Err(Dom0Error::Remote(error)) => Ok(Polled::NotYet(error.to_string())),
            Err(error) => Err(error),
        };
        match poll(self.clock.as_ref(), self.deadlines.every, self.deadlines.settle, look) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Dom0Error::NoEffect { command, source }),
            Err(Ok(seen)) => Err(Dom0Error::InDoubt { command, seen, source }),
            Err(Err(error)) => Err(Dom0Error::InDoubt { command, seen: error.to_string(), source }),
        }
    }

    fn must(&self, words: &[&str]) -> Result<Answer, Dom0Error> {
        let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        self.run(&words)
    }

    fn run(&self, words: &[String]) -> Result<Answer, Dom0Error> {
        let answer = self.any(words)?;
        if answer.ok() {
            return Ok(answer);
        }
        Err(failed(&words.join(" "), &answer))
    }

    /// Whatever its status.
    pub(super) fn any(&self, words: &[String]) -> Result<Answer, Dom0Error> {
        let command = RemoteCommand::words(words, self.deadlines.command).privileged();
        Ok(self.remote.run(&self.host, &command)?)
    }
}

pub(super) fn failed(command: &str, answer: &Answer) -> Dom0Error {
    let text = format!("{}{}", answer.text(), answer.error_text()).trim().chars().take(600).collect();
    Dom0Error::Failed { command: command.to_owned(), status: answer.status.unwrap_or(-1), text }
}
