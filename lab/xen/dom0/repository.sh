# repository.sh DEVICE ID ALIAS: an OCFS2 as Oracle VM makes it (type vmstore), mounted at its place. Clusters are 64 KiB
# and not vmstore's 1 MiB: a write after a clone copies a whole cluster, and gigabytes of copies take minutes here.
device=$1 id=$2 at=/OVS/Repositories/$2
if ! blkid "$device" >/dev/null; then
  mkfs.ocfs2 -q -M local --fs-features=refcount -T vmstore -C 64K -N 1 -L "OVS$(echo "$id" | tail -c 14)" "$device" </dev/null
fi
mkdir -p "$at"
mount -t ocfs2 "$device" "$at"
cd "$at"
mkdir -p VirtualDisks VirtualMachines Templates ISOs Assemblies snapshots
printf 'OVS_REPO_UUID=%s\nOVS_REPO_VERSION=3.0\nOVS_REPO_ALIAS=%s\n' "$id" "$3" > .ovsrepo
# What a look at a disk left behind.
rm -f VirtualDisks/*.lab-*
