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
        xen::{crash, end, lost, reflink, swap},
    };
    use std::time::Instant;

    /// `OVMIRROR_TEST_XEN=1` tries all of them, another text those that contain it.
    fn part(what: &str, act: impl FnOnce()) {
        let wanted = std::env::var("OVMIRROR_TEST_XEN").unwrap_or_default();
        if wanted != "1" && !what.contains(&wanted) {
            return;
        }
        let begun = Instant::now();
        eprintln!("-- {what} …");
        act();
        eprintln!("   {:.1?}", begun.elapsed());
    }

    /// One boot for all: each part leaves the site as it found it.
    #[test]
    fn xen_shows_what_only_a_hypervisor_can() {
        let begun = Instant::now();
        let Some(mut site) = Site::xen(&[]) else { return };
        eprintln!("-- up: {:.1?}", begun.elapsed());
        part("one disk goes and comes, the others never left", || swap::one_disk_goes_and_comes(&site));
        part("a disk that is still mounted stays", || swap::a_mounted_disk_stays(&site));
        part("what would have been lost", || lost::what_a_mounted_disk_loses(&site));
        part("a reflink of 4 GiB shares its blocks", || reflink::shares_its_blocks(&site));
        part("the guest is destroyed inside the window", || crash::guest_destroyed_in_the_window(&site));
        part("the host is reset inside a recovery", || crash::host_reset_in_a_recovery(&mut site));
        part("the power goes inside the window", || crash::power_cut_in_the_window(&mut site));
        part("nothing is left", || end::nothing_is_left(&site));
    }
}
