//! ALLOCATE CHANNEL, and the channels that RMAN allocates by itself.

use super::{Channel, Session};
use crate::rman::{
    dates,
    sbt::{self, Media, Parms, PlainFiles},
    stack::Failure,
    syntax::command::Device,
};
use std::sync::Arc;

impl Session {
    /// ALLOCATE CHANNEL. RMAN-06010 for a name in use; the library's refusals as RMAN-03009 of the allocate command.
    pub fn allocate(
        &mut self,
        name: &str,
        device: Device,
        parms: Option<&str>,
        format: Option<String>,
    ) -> Result<Channel, Failure> {
        if self.channels.iter().any(|channel| channel.name.eq_ignore_ascii_case(name)) {
            return Err(Failure::rman(6010, format!("error while looking up channel: {name} is already allocated")));
        }
        self.target()?;
        let failed = |failure: Failure| failure.on_channel("allocate", name, &dates::stack_time(dates::now()));
        let info = self.client_info(name);
        let target = self.door.connect(&info).map_err(|error| failed(error.into()))?;
        let target = target.ok_or_else(|| failed(Failure::ora(1034, "ORACLE not available")))?;
        let media = self.media(device, parms).map_err(failed)?;
        self.database_said();
        let sid = target.sid();
        let mut lines = vec![
            format!("allocated channel: {name}"),
            format!("channel {name}: SID={sid} device type={}", device.name()),
        ];
        lines.extend(media.greeting().map(|words| format!("channel {name}: {words}")));
        self.out.lines(&lines);
        Ok(Channel { name: name.to_owned(), target, media, format })
    }

    /// V$SESSION.CLIENT_INFO of a channel: `id=x,rman channel=t1` (Backup and Recovery User's Guide, "Correlating Server
    /// Sessions with RMAN Channels").
    fn client_info(&self, channel: &str) -> String {
        if self.command_id.is_empty() {
            return format!("rman channel={channel}");
        }
        format!("id={},rman channel={channel}", self.command_id)
    }

    fn database_said(&mut self) {
        if !self.repository_said {
            self.repository_said = true;
            self.out.line("using target database control file instead of recovery catalog");
        }
    }

    fn media(&self, device: Device, parms: Option<&str>) -> Result<Arc<dyn Media>, Failure> {
        match device {
            Device::Disk => Ok(Arc::new(PlainFiles)),
            Device::Sbt => {
                let parms = Parms::parse(parms.unwrap_or_default());
                let library = sbt::load(&parms, self.site.oracle, &self.site.quirks, &self.site.faults)?;
                Ok(Arc::new(library))
            }
        }
    }

    /// One automatic channel, by the stored configuration.
    pub fn automatic(&mut self, device: Option<Device>) -> Result<Vec<Channel>, Failure> {
        let configuration = self.facts()?.database.map(|d| d.rman_configuration).unwrap_or_default();
        let value = |name: &str| configuration.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let sbt = |text: &str| text.to_uppercase().contains("SBT");
        let default = value("DEFAULT DEVICE TYPE").is_some_and(sbt);
        let device = device.unwrap_or(if default { Device::Sbt } else { Device::Disk });
        let channel = value("CHANNEL").filter(|text| sbt(text) == (device == Device::Sbt));
        let parms = channel.and_then(|text| quoted_after(text, "PARMS"));
        let format = channel.and_then(|text| quoted_after(text, "FORMAT"));
        let name = format!("ORA_{}_1", device.name());
        self.allocate(&name, device, parms.as_deref(), format).map(|channel| vec![channel])
    }

    /// Releases channels, with their lines.
    pub fn release(&mut self, name: Option<&str>) -> Result<(), Failure> {
        let gone = |channel: &Channel| name.is_none_or(|name| channel.name.eq_ignore_ascii_case(name));
        if let Some(name) = name.filter(|_| !self.channels.iter().any(gone)) {
            return Err(Failure::rman(6012, format!("channel: {name} not allocated")));
        }
        let lines: Vec<_> =
            self.channels.iter().filter(|c| gone(c)).map(|c| format!("released channel: {}", c.name)).collect();
        self.out.lines(&lines);
        self.channels.retain(|channel| !gone(channel));
        Ok(())
    }
}

/// `… PARMS 'text' …`
fn quoted_after(text: &str, word: &str) -> Option<String> {
    let at = text.to_uppercase().find(word)?;
    let rest = text[at + word.len()..].trim_start_matches([' ', '=']);
    let mark = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    rest[1..].split(mark).next().map(str::to_owned)
}
