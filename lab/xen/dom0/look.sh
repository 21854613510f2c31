# look.sh DISK: the data files on a copy of a disk; the disk itself stays as it is.
set -- "$1" /OVS/Repositories/*/VirtualDisks/"$1"
copy=$2.lab-look
rm -f "$copy"
reflink "$2" "$copy"
kind=$(blkid -o value -s TYPE "$copy")
options=loop
# The copy has the UUID of the disk, and perhaps that is mounted already.
[ "$kind" != xfs ] || options=loop,nouuid
mkdir -p /run/look
mount -t "$kind" -o $options "$copy" /run/look
ovmirror-lab blocks /run/look || status=$?
umount /run/look
rm "$copy"
exit "${status:-0}"
