//! What only a real hypervisor shows: Xen, OCFS2 and the guests' own kernels, under emulation. It takes a quarter of an
//! hour, and so it is tried where `OVMIRROR_TEST_XEN` is set.
#![expect(clippy::disallowed_methods, reason = "the tests start the two programs and ssh")]

#[cfg(test)]
#[path = "scenario/clean.rs"]
mod clean;
#[cfg(test)]
#[path = "scenario/site.rs"]
mod site;
#[cfg(test)]
#[path = "scenario/watch.rs"]
mod watch;
#[cfg(test)]
#[path = "scenario/witness.rs"]
mod witness;
#[cfg(test)]
#[path = "scenario/xen/mod.rs"]
mod xen;

#[cfg(test)]
mod tests {
    use super::{
        site::Site,
        xen::{crash, end, lost, lvm, reflink, swap, ways},
    };
    use std::{
        sync::{Mutex, PoisonError},
        time::Instant,
    };

    /// One emulated machine at a time.
    static MACHINE: Mutex<()> = Mutex::new(());

    fn is_wanted(what: &str) -> bool {
        let wanted = std::env::var("OVMIRROR_TEST_XEN").unwrap_or_default();
        wanted.split('|').any(|text| text == "1" || what.contains(text))
    }

    /// `OVMIRROR_TEST_XEN=1` tries all of them, another text those that contain it; `one|other` both.
    fn part(what: &str, act: impl FnOnce()) {
        if !is_wanted(what) {
            return;
        }
        let begun = Instant::now();
        eprintln!("-- {what} …");
        act();
        eprintln!("   {:.1?}", begun.elapsed());
    }

    fn up(more: &[&str]) -> Option<Site> {
        let begun = Instant::now();
        let site = Site::xen(more)?;
        eprintln!("-- up {}: {:.1?}", more.join(" "), begun.elapsed());
        Some(site)
    }

    /// One boot for all: each part leaves the site as it found it.
    #[test]
    fn xen_shows_what_only_a_hypervisor_can() {
        let _one = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut site) = up(&[]) else { return };
        part("one disk goes and comes, the others never left", || swap::one_disk_goes_and_comes(&site));
        part("a disk that is still mounted stays", || swap::a_mounted_disk_stays(&site));
        part("what would have been lost", || lost::what_a_mounted_disk_loses(&site));
        part("a reflink of 4 GiB shares its blocks", || reflink::shares_its_blocks(&site));
        part("each way and kind of clone does all", || ways::each_does_all(&site));
        part("the guest is destroyed inside the window", || crash::guest_destroyed_in_the_window(&site));
        part("the host is reset inside a recovery", || crash::host_reset_in_a_recovery(&mut site));
        part("the power goes inside the window", || crash::power_cut_in_the_window(&mut site));
        part("nothing is left", || end::nothing_is_left(&site));
    }

    /// The volume group of a second site.
    #[test]
    fn xen_volume_group() {
        if !is_wanted("a volume group") {
            return;
        }
        let _one = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(site) = up(&["--layout", "lvm"]) else { return };
        part("a volume group must be seen", || lvm::it_must_be_seen(&site));
        part("a volume group is frozen or refused", || lvm::it_is_frozen_or_refused(&site));
        part("a volume group goes to tape", || lvm::it_goes_to_tape(&site));
        part("a volume group is swapped whole", || lvm::it_is_swapped_whole(&site));
        part("a volume group is drilled", || lvm::it_is_drilled(&site));
        part("a volume group is let go", || lvm::it_is_let_go(&site));
        part("a volume group is healed", || lvm::it_is_healed(&site));
        part("a volume group that is still active stays", || lvm::an_active_group_stays(&site));
        part("a volume group is extracted", || lvm::it_is_extracted(&site));
    }
}
