# first-disk.sh FILE BYTES KIND UUID LABEL: a disk of the first boot. KIND is a file system, or `system`: a copy of the
# image that all guests begin with, which is kept beside the disks until the last guest has it (the lab then removes it).
file=$1 bytes=$2 kind=$3 uuid=$4 label=$5
rm -f "$file"
if [ "$kind" = system ]; then
  base=$(dirname "$file")/system.lab-base
  [ -e "$base" ] || { cp --sparse=always /lab/guest.img "$base.new"; mv "$base.new" "$base"; }
  reflink "$base" "$file"
  truncate -s "$bytes" "$file"
  resize2fs "$file" >/dev/null 2>&1
  tune2fs -U "$uuid" -L "$label" "$file" >/dev/null
  exit 0
fi
truncate -s "$bytes" "$file"
case $kind in
  xfs) mkfs.xfs -q -m "uuid=$uuid" ${label:+-L "$label"} "$file" ;;
  *) "mkfs.$kind" -q -U "$uuid" ${label:+-L "$label"} "$file" ;;
esac
