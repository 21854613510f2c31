//! RESTORE CONTROLFILE FROM 'handle'.

use super::pieces::{Wanted, restore_piece};
use crate::{
    db::{
        api::ControlType,
        control::{self, ControlError},
    },
    rman::{dates, session::Session, stack::Failure},
};
use std::path::{Path, PathBuf};

/// A control file out of a backup is of type BACKUP, also where it was the current one when it was backed up.
fn of_a_backup(name: &Path) -> Result<(), Failure> {
    let unreadable = |error: ControlError| {
        Failure::ora(227, "corrupt block detected in control file: (block 1, # blocks 1)")
            .and(202, format!("control file: '{}'", name.display()))
            .text(error.to_string())
    };
    let mut content = control::read(name).map_err(unreadable)?;
    if content.kind == ControlType::Current {
        content.kind = ControlType::Backup;
        control::write_new(name, &content, true).map_err(unreadable)?;
    }
    Ok(())
}

impl Session {
    /// RESTORE CONTROLFILE [TO 'x'] FROM 'handle': in NOMOUNT to the names of CONTROL_FILES.
    pub(super) fn restore_controlfile(
        &mut self,
        to: Option<&str>,
        from: Option<&str>,
        validate: bool,
    ) -> Result<(), Failure> {
        let facts = self.facts()?;
        if facts.database.is_some() && to.is_none() && !validate {
            return Err(Failure::rman(6496, "must use the TO clause when the database is mounted or open"));
        }
        let Some(handle) = from else {
            return Err(Failure::rman(6563, "control file or SPFILE must be restored using FROM AUTOBACKUP"));
        };
        let (channels, _) = self.use_channels(None)?;
        let Some(channel) = channels.first() else { return Ok(()) };
        self.out.line("");
        self.out.line(format!("Starting restore at {}", self.at()));
        let value = facts.parameters.iter().find(|(name, _)| name == "control_files").map(|(_, value)| value.clone());
        let listed = value.unwrap_or_default();
        let names = to
            .map_or_else(|| listed.split(',').map(|n| PathBuf::from(n.trim())).collect(), |to| vec![PathBuf::from(to)]);
        let started = dates::now();
        self.out.line(format!("channel {}: restoring control file", channel.name));
        let wanted = if validate { Wanted::Nothing } else { Wanted::Controlfile(&names) };
        let found = restore_piece(&*channel.media, handle, &wanted)
            .map_err(|failure| failure.on_channel("restore", &channel.name, &dates::stack_time(dates::now())))?;
        if found.1.is_empty() && !validate {
            return Err(Failure::rman(6172, "no AUTOBACKUP found or specified handle is not a valid copy or piece"));
        }
        names.iter().filter(|_| !validate).try_for_each(|name| of_a_backup(name))?;
        let elapsed = dates::elapsed(dates::now() - started);
        let mut lines = vec![format!("channel {}: restore complete, elapsed time: {elapsed}", channel.name)];
        lines.extend(names.iter().map(|name| format!("output file name={}", name.display())));
        self.out.lines(&lines);
        self.out.line(format!("Finished restore at {}", self.at()));
        Ok(())
    }
}
