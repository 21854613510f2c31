//! An instance that was started in a time zone of its own, which no session of ours has.

use super::state::{must_be_open, recover};
use crate::{site::Site, witness::work};

const ZONE: &str = "Asia/Tokyo";

/// The TZ of the running instance.
fn zone(site: &Site) -> String {
    let look = "for p in /proc/[0-9]*; do \
                [ \"$(tr -d '\\000' < $p/cmdline 2>/dev/null)\" = ora_pmon_ORCL ] && tr '\\000' '\\n' < $p/environ; \
                done | sed -n 's/^TZ=//p'";
    site.says("slot021", look)
}

/// UNTIL TIME means the instance's clock, so the instance that recovers must have its zone, and SYSDATE is as before.
#[test]
fn recover_to_a_time_in_the_zone_of_the_instance() {
    let site = Site::up(&["--mode", "portable"]);
    site.sql("shutdown immediate");
    let home = site.oracle_home();
    let start = format!("TZ={ZONE} ORACLE_SID=ORCL ORACLE_HOME={home} {home}/bin/sqlplus -S / as sysdba");
    let said = site.feed("slot021", &start, "startup\nexit\n");
    assert!(said.stdout.contains("opened"), "{}", said.stdout);
    assert_eq!(zone(&site), ZONE);
    work(&site, 10, 1);
    site.ovmirror(&["backup", "ORCL", "--snapshot-only"]).expect(0);
    work(&site, 10, 2);
    let destroyed = site.lab(&["disaster", "--json"]).expect(0).object();
    let first = destroyed["first_time"].as_str().unwrap();
    let run = recover(&site, &format!("time={}Z", &first[..19]));
    let verdict = site.lab(&["verify", "--json"]).expect(0).object();
    assert!(verdict["left_behind"]["transactions"].as_u64() >= destroyed["transactions"].as_u64(), "{verdict}");
    assert_eq!(zone(&site), ZONE, "the database's clock is as it was");
    site.ovmirror(&["undo", &run, "--yes"]).expect(0);
    assert_eq!(zone(&site), ZONE);
    must_be_open(&site);
}
