//! A file system on the fresh disk, by the database's own machine: what its kernel mounts is what its mkfs makes. It is
//! mounted for a moment at a place of its own, given its owner and the folders of the datafiles, and unmounted.

use super::params::{FromTapeParams, NewFileSystem};
use crate::{
    engine::{Cx, Probe, Ran, Step, UndoPolicy},
    fault::{Fault, Kind},
    model::HostName,
    step::{World, device, shell},
};
use std::sync::Arc;

pub struct MakeFileSystem {
    pub p: Arc<FromTapeParams>,
    pub fs: NewFileSystem,
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

impl NewFileSystem {
    fn mount_point(&self) -> Vec<String> {
        words(&["mkdir", "-p", &self.point])
    }

    fn mount_words(&self) -> Vec<String> {
        device::mount_words(&self.options, &self.unit.fstype, &self.device, &self.point)
    }

    /// Owner and folders; `user` is `uid:gid` of the Oracle user.
    fn furnish(&self, user: &str) -> Vec<Vec<String>> {
        let point = self.point.as_str();
        let mut all = Vec::new();
        let (owner, mode) = self.owner.clone().unwrap_or_else(|| (user.to_owned(), "755".to_owned()));
        all.push(words(&["chown", &owner, point]));
        all.push(words(&["chmod", &mode, point]));
        for folder in &self.folders {
            let path = format!("{point}/{folder}");
            all.push(words(&["mkdir", &path]));
            all.push(words(&["chown", user, &path]));
        }
        all
    }

    /// What root does for it, in order.
    #[must_use]
    pub fn commands(&self, user: &str) -> Vec<Vec<String>> {
        let mut all = self.mkfs.clone();
        all.extend([self.mount_point(), self.mount_words()]);
        all.extend(self.furnish(user));
        all.push(words(&["umount", &self.point]));
        all
    }
}

impl MakeFileSystem {
    fn host(&self) -> &HostName {
        &self.p.tape.clone.site.host
    }

    fn privileged(&self, cx: &Cx<'_, World>, words: &[String]) -> Result<(), Fault> {
        let answer = shell::privileged(cx.world, self.host(), &words.iter().map(String::as_str).collect::<Vec<_>>())?;
        if answer.ok() {
            return Ok(());
        }
        let program = words.first().map_or("", String::as_str);
        Err(shell::failed(&answer, self.host(), &words.join(" ")).hint(format!(
            "the user of the database's host needs sudo for {program} while disks are made anew: `ovmirror setup sudoers \
             --from-tape SNAPSHOT` prints the lines"
        )))
    }

    /// The device is this run's own fresh disk, and nothing holds it: only then mkfs.
    fn is_ours(&self, cx: &Cx<'_, World>) -> Result<(), Fault> {
        for disk in self.p.disks.iter().filter(|disk| self.fs.unit.slots.contains(&disk.slot)) {
            let seat = super::plug::Place::Database.seat(&self.p, disk);
            let id = disk.made(cx)?;
            let shown = cx.world.manager.connected(seat.vm, seat.slot).map_err(|e| crate::fault::Remedy::fault(&e))?;
            if id.is_none() || shown.and_then(|shown| shown.disk).map(|disk| disk.id) != id {
                return Err(Fault::new(
                    Kind::External,
                    "TAP-007",
                    format!("slot {} does not hold the fresh disk", seat.slot),
                )
                .hint_command("look at its disks", format!("ovmirror vm {}", self.p.tape.clone.site.vm_name)));
            }
            device::must_be_free(cx.world, seat.host, seat.slot)?;
        }
        Ok(())
    }

    fn make(&self, cx: &Cx<'_, World>) -> Result<(), Fault> {
        self.is_ours(cx)?;
        for command in &self.fs.mkfs {
            self.privileged(cx, command)?;
        }
        let id = |flag: &str| shell::words(cx.world, self.host(), &["id", flag]).map(|text| text.trim().to_owned());
        let user = format!("{}:{}", id("-u")?, id("-g")?);
        self.privileged(cx, &self.fs.mount_point())?;
        self.privileged(cx, &self.fs.mount_words())?;
        self.fs.furnish(&user).iter().try_for_each(|words| self.privileged(cx, words))?;
        self.unmount(cx)
    }

    fn unmount(&self, cx: &Cx<'_, World>) -> Result<(), Fault> {
        device::unmount(cx.world, self.host(), &self.fs.device, &self.fs.point)
    }
}

impl Step<World> for MakeFileSystem {
    const KIND: &'static str = "make_fs";
    const UNDO: UndoPolicy = UndoPolicy::Compensate;
    type Out = ();

    fn key(&self) -> Option<String> {
        Some(self.fs.unit.target.clone())
    }

    fn describe(&self) -> String {
        format!("make the file system of {} anew on {}", self.fs.unit.target, self.fs.device)
    }

    fn preview(&self, _world: &World) -> Vec<String> {
        self.fs.commands("UID:GID").iter().map(|words| words.join(" ")).collect()
    }

    fn run(&self, cx: &Cx<'_, World>) -> Result<Ran<()>, Fault> {
        self.make(cx)?;
        Ok(match &self.fs.warning {
            None => Ran::Done(()),
            Some(why) => Ran::Warned((), format!("{}: {why}", self.fs.unit.target)),
        })
    }

    fn probe(&self, _cx: &Cx<'_, World>) -> Result<Probe<()>, Fault> {
        Ok(Probe::Partial("the file system may be there in part, and mounted".to_owned()))
    }

    fn undo(&self, cx: &Cx<'_, World>, _out: Option<&()>) -> Result<(), Fault> {
        self.unmount(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::super::params::tests_support::made;

    #[test]
    fn folders_get_the_oracle_user_and_the_root_its_old_owner() {
        let fs = made();
        let all: Vec<String> = fs.furnish("54321:54321").iter().map(|words| words.join(" ")).collect();
        assert_eq!(
            all,
            [
                "chown 0:0 /ovmirror/new50",
                "chmod 755 /ovmirror/new50",
                "mkdir /ovmirror/new50/oradata",
                "chown 54321:54321 /ovmirror/new50/oradata",
            ]
        );
        assert_eq!(fs.mount_words().join(" "), "mount -o rw,nouuid -t xfs /dev/xvday /ovmirror/new50");
        let whole = fs.commands("54321:54321");
        assert_eq!((whole[0].join(" "), whole.len()), ("mkdir -p /ovmirror/new50".to_owned(), 7));
        assert_eq!(whole[6].join(" "), "umount /ovmirror/new50");
    }
}
