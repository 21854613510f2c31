# first-volume.sh GROUP VOLUME UUID LABEL [FILE BYTES]...: disks of the first boot that are one volume group, with one
# volume striped over all of them, so that each holds a part of every larger file, and an XFS on it. Blank files become
# it here and not in the guest, so that what a start broke off is made anew like every other first disk.
group=$1 volume=$2 uuid=$3 label=$4
shift 4
modprobe dm-mod
devices= list= count=0
while [ $# -gt 0 ]; do
  rm -f "$1"
  truncate -s "$2" "$1"
  device=$(losetup --find --show "$1")
  devices="$devices $device" list="$list,$device" count=$((count + 1))
  shift 2
done
# LVM asks udev for devices, and waits long for one that udev does not know yet.
udevadm settle
# on_these PROGRAM ARGUMENT...: the groups of other guests have the same name and are none of its business.
on_these() {
  program=$1
  shift
  "$program" -q --devices "${list#,}" "$@" >/dev/null
}
on_these pvcreate $devices
on_these vgcreate "$group" $devices
on_these lvcreate -y -W y -i "$count" -l 100%FREE -n "$volume" "$group"
mkfs.xfs -q -m "uuid=$uuid" ${label:+-L "$label"} "/dev/$group/$volume"
udevadm settle
on_these vgchange -an "$group"
losetup -d $devices
