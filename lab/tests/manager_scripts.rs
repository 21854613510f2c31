//! The manager under shell scripts in the manner of the public ones: exec by key, `;`, grep, awk, cut.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

mod manager_support;

use manager_support::{Site, site};
use ovmirror_lab::manager::Release::{self, V3_2, V3_3, V3_4};
use rstest::rstest;
use std::fs;

/// Runs a script whose function `ovm` is the OpenSSH client.
fn script(site: &Site, text: &str) -> String {
    let ssh = site.ssh();
    let words: Vec<_> = ssh.get_args().map(|a| format!("'{}'", a.to_str().unwrap())).collect();
    let key = site.folder.join("id");
    let head = format!("set -eu\novm() {{ ssh {} -i '{}' -n 127.0.0.1 \"$@\"; }}\n", words.join(" "), key.display());
    let file = site.folder.join("script.sh");
    fs::write(&file, format!("{head}{text}")).unwrap();
    let output = manager_support::sh(&file);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{out}\n{err}");
    out
}

/// Field 5 of a reference line is what looks like the 4th word: the lone CR is the first (reference 1, proof c).
/// `cut -d: -f3` on a list gives a clean name: no CR stands before the LF (proof d).
const HOT_CLONE: &str = r#"
vm=slot021
stamp=20200226-0858
ovm "list vm" | grep "name:$vm" | cut -d: -f3
status=$(ovm "show vm name=$vm" | awk '$2 == "Status" && $3 == "=" { print $4 }')
echo "status=$status"
repository=$(ovm "show vm name=$vm" | grep ' Repository = ' | awk '{ print $4 }')
pool=$(ovm "show vm name=$vm" | grep 'Server Pool = ' | cut -d[ -f2 | cut -d] -f1)
ovm "create VmCloneCustomizer name=disks-$vm-$stamp description=disks-$vm-$stamp on Vm name=$vm" | grep -q 'Status: Success'
for mapping in $(ovm "show vm name=$vm" | grep 'VmDiskMapping [0-9]* = ' | awk '{ print $5 }'); do
    disk=$(ovm "show vmdiskmapping id=$mapping" | grep 'Virtual Disk = ' | awk '{ print $5 }')
    home=$(ovm "show virtualdisk id=$disk" | grep 'Repository Id = ' | awk '{ print $5 }')
    [ "$home" = "$repository" ]
    ovm "create VmCloneStorageMapping cloneType=THIN_CLONE name=disks-Mapping-$mapping vmDiskMapping=$mapping repository=$home on VmCloneCustomizer name=disks-$vm-$stamp" | grep -q 'Status: Success'
done
ovm "clone Vm name=$vm destType=Vm destName=$vm-CLONE-$stamp ServerPool=$pool cloneCustomizer=disks-$vm-$stamp" | grep -q 'Status: Success'
ovm "delete VmCloneCustomizer name=disks-$vm-$stamp" | grep -q 'Status: Success'
ovm "create Tag name=$stamp;add Tag name=$stamp to Vm name=$vm-CLONE-$stamp;" > /dev/null
clone=$(ovm "list vm" | grep "name:$vm-CLONE-$stamp" | cut -d: -f2 | awk '{ print $1 }')
ovm "show vm id=$clone" | grep -c 'VmDiskMapping'
ovm "show vm id=$clone" | grep 'Tag 1 = ' | cut -d[ -f2 | cut -d] -f1
ovm "show job id=$(ovm 'list job' | grep Clone | head -1 | cut -d: -f2 | awk '{ print $1 }')" | grep 'Summary' | awk '{ print $3 $4 $5 }'
for mapping in $(ovm "show vm id=$clone" | grep 'VmDiskMapping' | awk '{ print $5 }'); do
    disk=$(ovm "show vmdiskmapping id=$mapping" | grep 'Virtual Disk = ' | awk '{ print $5 }')
    ovm "delete VmDiskMapping id=$mapping" | grep -q 'Status: Success'
    ovm "delete VirtualDisk id=$disk" | grep -q 'Status: Success'
done
ovm "delete Vm id=$clone;delete Tag name=$stamp" | grep -c 'Status: Success'
ovm 'help;exit' > /dev/null && echo left
"#;

#[rstest]
#[case(V3_3)]
#[case(V3_4)]
fn a_hot_clone_script_runs_unchanged(#[case] release: Release) {
    let site = site(release, &[]);
    let out = script(&site, HOT_CLONE);
    let wanted = "slot021\nstatus=Running\n4\n20200226-0858\nDone=Yes\nState=Success\n2\nleft\n";
    assert_eq!(out, wanted);
    assert_eq!(site.list("VirtualDisk").len(), 6);
    assert_eq!(site.list("VmDiskMapping").len(), 6);
    assert_eq!(site.list("Vm").len(), 2);
}

/// The replication of 3.2: reflink by hand on the server, refresh, map, unmap. Line numbers count from the echo (0).
const SNAPSHOT_3_2: &str = r#"
ovm 'showversion' | grep -o '[0-9]\.[0-9]' | head -1
disks=$(dirname "$DISK")
cp "$DISK" "$disks/slot021_xvdc_20130313"
ovm "refresh Repository name=slotreposan01" | grep -q 'Status: Success'
id=$(ovm "create VmDiskMapping slot=5 storageDevice=slot021_xvdc_20130313 name=work on Vm name=bckvm" | grep 'id:' | cut -d: -f2 | awk '{ print $1 }')
ovm "show vmdiskmapping id=$id" | tr -d '\r' | sed -n '8p;10p'
ovm "show vm name=bckvm" | grep 'VmDiskMapping 3' | awk '{ print $5 }' | grep -c "^$id\$"
ovm "delete VmDiskMapping id=$id;delete VirtualDisk name=slot021_xvdc_20130313;" | grep -c 'Status: Success'
"#;

#[test]
fn a_snapshot_script_of_3_2_runs_unchanged() {
    let site = site(V3_2, &[]);
    let disk = site.file(&site.disk("slot021_xvdc"));
    let out = script(&site, &format!("DISK='{}'\n{SNAPSHOT_3_2}", disk.display()));
    let line = "  Virtual Disk Id = slot021_xvdc_20130313  [slot021_xvdc_20130313]";
    assert_eq!(out, format!("3.2\n  Slot = 5\n{line}\n1\n2\n"));
}

/// Jobs in the background: the command is started and left, its job found by text and polled.
const LEAVE: &str = r#"
ovm "set CommandMode=Asynchronous;clone Vm name=slot021 destType=VmTemplate destName=T serverPool=slot" > /dev/null
job=$(ovm 'list job' | grep 'Clone Vm: slot021' | head -1 | cut -d: -f2 | awk '{ print $1 }')
until ovm "show job id=$job" | grep -q 'Summary Done = Yes'; do :; done
ovm "show job id=$job" | grep 'Summary State' | awk '{ print $5 }'
"#;

#[test]
fn a_job_is_polled_from_new_sessions() {
    let site = site(V3_4, &[]);
    assert_eq!(script(&site, LEAVE), "Success\n");
}
