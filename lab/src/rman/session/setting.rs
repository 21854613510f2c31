//! SET.

use super::Session;
use crate::rman::{stack::Failure, syntax::command::Setting};
use std::path::PathBuf;

impl Session {
    /// SET …
    pub fn set(&mut self, setting: &Setting, in_run: bool) -> Result<(), Failure> {
        match setting {
            Setting::Echo(on) => {
                self.echo = *on;
                self.out.line(if *on { "echo set on" } else { "echo set off" });
                return Ok(());
            }
            Setting::Encryption(on) => self.settings.encryption = Some(*on),
            Setting::CommandId(id) => {
                self.command_id.clone_from(id);
                for channel in &self.channels {
                    channel.target.client_info(&format!("id={id},rman channel={}", channel.name));
                }
            }
            Setting::Dbid(dbid) => {
                self.dbid = Some(*dbid);
                self.out.line("executing command: SET DBID");
                return Ok(());
            }
            _ if !in_run => {
                return Err(Failure::rman(558, "error encountered while parsing input commands")
                    .and_rman(1009, "syntax error: found \"set\": expecting one of: \"run\""));
            }
            other => self.set_in_run(other),
        }
        self.out.line(format!("executing command: {}", name(setting)));
        Ok(())
    }

    fn set_in_run(&mut self, setting: &Setting) {
        let settings = &mut self.settings;
        match setting {
            Setting::Until(until) => settings.until = Some(until.clone()),
            Setting::Newname(file, path) => drop(settings.newnames.insert(*file, PathBuf::from(path))),
            Setting::MaxCorrupt(files, limit) => settings.max_corrupt.extend(files.iter().map(|file| (*file, *limit))),
            Setting::ArchiveDestination(path) => settings.archive_destination = Some(PathBuf::from(path)),
            Setting::Echo(_) | Setting::Encryption(_) | Setting::CommandId(_) | Setting::Dbid(_) => {}
        }
    }
}

fn name(setting: &Setting) -> &'static str {
    match setting {
        Setting::Echo(_) => "SET ECHO",
        Setting::Encryption(_) => "SET encryption",
        Setting::CommandId(_) => "SET COMMAND ID",
        Setting::Dbid(_) => "SET DBID",
        Setting::Until(_) => "SET until clause",
        Setting::Newname(..) => "SET NEWNAME",
        Setting::MaxCorrupt(..) => "SET MAX CORRUPT",
        Setting::ArchiveDestination(_) => "SET ARCHIVELOG DESTINATION",
    }
}
