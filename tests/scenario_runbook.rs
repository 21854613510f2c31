//! The runbook is only true if its commands run: its blocks are taken out of the page and run by a plain shell, which knows
//! nothing of ovmirror.
#![expect(clippy::disallowed_methods, reason = "the tests start the two programs and ssh")]

#[cfg(test)]
#[path = "scenario/site.rs"]
mod site;

#[cfg(test)]
mod tests {
    use super::site::{Said, Site};
    use std::{
        io::Write,
        path::PathBuf,
        process::{Command, Stdio},
    };
    use tempfile::TempDir;

    /// A page, and the folder in which somebody works with it.
    struct Desk {
        page: String,
        folder: TempDir,
    }

    impl Desk {
        fn new(site: &Site) -> Self {
            let said = site.ovmirror(&["plan", "--runbook", "ORCL"]).expect(0);
            Self { page: said.stdout, folder: TempDir::new().unwrap() }
        }

        /// The blocks below a heading, up to the next one of its kind or a higher one.
        fn blocks(&self, heading: &str) -> String {
            let depth = heading.split(' ').next().unwrap().len();
            let mut lines = self.page.lines().skip_while(|line| *line != heading).skip(1).peekable();
            assert!(lines.peek().is_some(), "the page has no `{heading}`");
            let (mut text, mut inside) = (String::new(), "");
            for line in lines {
                let marks = line.split(' ').next().unwrap_or_default();
                let is_heading = inside.is_empty() && marks.len() <= depth && marks.starts_with("##");
                match line.strip_prefix("```") {
                    _ if is_heading => break,
                    Some("") => inside = "",
                    Some(word) => inside = word,
                    None if inside == "sh" => text.push_str(&format!("{line}\n")),
                    None => {}
                }
            }
            assert!(!text.is_empty(), "no blocks below {heading}");
            text
        }

        /// What a person pastes, in a shell that stops at the first failure.
        fn paste(&self, tag: &str, blocks: &[String]) -> Said {
            let text = self.blocks("## Functions") + &blocks.concat();
            let mut shell = Command::new("sh");
            shell.arg("-e").current_dir(self.folder.path()).env("TAG", tag).env_remove("SSH_AUTH_SOCK");
            let piped = shell.arg("/dev/stdin").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = piped.spawn().unwrap();
            child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
            let said: Said = child.wait_with_output().unwrap().into();
            assert!(said.status == 0 && !said.stderr.contains("STOP"), "{}\n{}\n{text}", said.stdout, said.stderr);
            said
        }

        /// The folder that the backup made; it is the tag.
        fn tag(&self) -> String {
            let mut entries = std::fs::read_dir(self.folder.path()).unwrap();
            entries.next().unwrap().unwrap().file_name().into_string().unwrap()
        }

        fn backup(&self, site: &Site) -> String {
            self.paste("", &[self.blocks("## Backup")]);
            assert_eq!(site.sql("select count(*) from v$backup where status = 'ACTIVE';"), "0");
            let tag = self.tag();
            assert!(site.manager("list Vm").contains(&format!("name:ORCL.{tag}")));
            let kept = self.folder.path().join(&tag);
            assert!(kept.join("control.ctl").metadata().unwrap().len() > 0);
            let logs: Vec<PathBuf> = std::fs::read_dir(kept.join("logs")).unwrap().map(|e| e.unwrap().path()).collect();
            assert!(!logs.is_empty() && logs.iter().all(|log| log.metadata().unwrap().len() > 0), "{logs:?}");
            assert_eq!(site.says("slot021", "ls /u02/oradata/ORCL | grep control || true"), "");
            assert!(!site.manager("list VmCloneCustomizer").contains("name:ORCL."));
            tag
        }

        fn recover(&self, tag: &str, swap: &str, how: &str, until: &str) {
            let open = self.blocks(how).replace("SCN_OF_YOURS", until);
            let ways = ["### To now", "### To a point in time"].map(|way| self.blocks(way));
            let forward = ways.iter().fold(self.blocks("## Recovery: roll forward"), |text, way| text.replace(way, ""));
            self.paste(tag, &[self.blocks("## Recovery: before"), self.blocks(swap), forward, open]);
        }

        fn take_back(&self, tag: &str, disks: &str, up: &str) {
            self.paste(tag, &["### Down and off", disks, "### The file systems", up].map(|part| self.blocks(part)));
        }
    }

    fn work(site: &Site, what: &str) {
        site.lab(&["workload", what]).expect(0);
    }

    /// The workload gets on.
    fn worked(site: &Site) {
        let scn = || site.sql("select current_scn from v$database;").parse::<u64>().unwrap();
        let begun = scn();
        super::site::until("the workload works", || scn() > begun + 200);
    }

    fn is_whole(site: &Site) {
        site.lab(&["verify", "ORCL"]).expect(0);
    }

    fn disk_at_slot_two(site: &Site) -> String {
        let disks = site.json(&["vm", "slot021"])["disks"].as_array().unwrap().clone();
        disks.iter().find(|disk| disk["slot"] == 2).unwrap()["disk"].as_str().unwrap().to_owned()
    }

    /// Backup, recovery to now by the manager alone, and back.
    #[test]
    fn runbook_by_the_manager() {
        let Some(site) = Site::real(&[]) else { return };
        let desk = Desk::new(&site);
        let live = disk_at_slot_two(&site);
        work(&site, "start");
        worked(&site);
        let tag = desk.backup(&site);
        worked(&site);
        work(&site, "stop");
        desk.recover(&tag, "## Recovery: swap by the manager", "### To now", "");
        assert_ne!(disk_at_slot_two(&site), live);
        is_whole(&site);
        let up = "### Up, after a recovery that was opened without RESETLOGS";
        desk.take_back(&tag, "### The old disks, after a swap by the manager", up);
        assert_eq!(disk_at_slot_two(&site), live);
        is_whole(&site);
    }

    /// Backup and recovery to a moment, on the server; then back to before it.
    #[test]
    fn runbook_by_the_server() {
        let Some(site) = Site::real(&[]) else { return };
        let desk = Desk::new(&site);
        let live = disk_at_slot_two(&site);
        work(&site, "start");
        worked(&site);
        let tag = desk.backup(&site);
        worked(&site);
        let until = site.sql("select current_scn from v$database;");
        worked(&site);
        work(&site, "stop");
        desk.recover(&tag, "## Recovery: swap on the server", "### To a point in time", &until);
        assert_eq!(disk_at_slot_two(&site), live, "the reflink took the name of the live file");
        site.lab(&["verify", "ORCL", "--at", &until]).expect(0);
        let up = "### Up, after one that was not opened, or opened with RESETLOGS";
        desk.take_back(&tag, "### The old disks, after a swap on the server", up);
        is_whole(&site);
    }

    /// A page for programs is the same page.
    #[test]
    fn runbook_in_an_object() {
        let site = Site::up(&["--mode", "portable", "--release", "3.2"]);
        let page = site.json(&["plan", "--runbook", "ORCL"])["runbook"].as_str().unwrap().to_owned();
        assert!(page.starts_with("# Runbook of ORCL") && page.contains("destType=VmTemplate"), "{page}");
        assert!(!page.contains("VmCloneCustomizer name="), "3.2 has none that can be deleted");
        assert!(page.contains("storageDevice="), "3.2 says it so");
        site.ovmirror(&["plan"]).expect(2);
        site.ovmirror(&["plan", "--runbook", "NONE"]).expect(1);
    }
}
