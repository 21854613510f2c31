//! A clone of a disk costs nothing, however large the disk is.

use crate::site::Site;

/// Milliseconds of the reflink and of a copy, and the extents of the clone: all, and those that it shares.
const MEASURE: &str = "cd /OVS/Repositories/*/snapshots
now() { date +%s%3N; }
dd if=/dev/zero of=whole bs=4M count=1024 status=none
sync -f .
begun=$(now); reflink whole clone; echo $(($(now) - begun))
begun=$(now); cp --reflink=never --sparse=never whole copy; sync -f .; echo $(($(now) - begun))
stat -c %s clone
filefrag -v clone | grep -c '^ *[0-9]*: '
filefrag -v clone | grep '^ *[0-9]*: ' | grep -c shared
rm whole clone copy";

/// As a ratio, because the machine below may be slow.
pub fn shares_its_blocks(site: &Site) {
    let said = site.says("ovs1", MEASURE);
    let numbers: Vec<u64> = said.lines().map(|line| line.trim().parse().unwrap()).collect();
    let [reflink, copy, bytes, extents, shared] = numbers[..] else { panic!("{said}") };
    eprintln!("   reflink {reflink} ms, copy {copy} ms, {shared} of {extents} extents shared");
    assert_eq!(bytes, 4 << 30);
    assert!(reflink * 20 <= copy, "the reflink took {reflink} ms, a copy {copy} ms");
    assert!(extents > 0 && shared == extents, "{shared} of {extents} extents are shared");
}
