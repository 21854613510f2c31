#!/bin/bash
# Builds the images of a real Xen site from Debian packages: build.sh OUT KERNEL-PACKAGE HYPERVISOR-PACKAGE UTILS-PACKAGE.
# As root. OUT then holds xen, vmlinux, dom0.initrd and dom0.img, in which guest.img and guest.initrd lie.
set -euo pipefail
OUT=$1 KERNEL_PACKAGE=$2 HYPERVISOR_PACKAGE=$3 UTILS_PACKAGE=$4
HERE=$(cd "$(dirname "$0")" && pwd)
RELEASE=${KERNEL_PACKAGE#linux-image-}
# shellcheck source=modules.sh
. "$HERE/modules.sh"
cd "$OUT"

say() { echo "$(date -u +%H:%M:%S) $*"; }

# The mirror that this machine itself uses.
mirror() {
  cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk '/^URIs:/{print $2; exit}' | grep . ||
    awk '/^deb /{for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) {print $i; exit}}' /etc/apt/sources.list
}

# plain BZIMAGE: the kernel inside, unpacked. Xen and its tools would unpack it at each start, which takes long here.
plain() {
  local sectors offset length
  sectors=$(od -An -tu1 -j $((0x1f1)) -N 1 "$1")
  offset=$(od -An -tu4 -j $((0x248)) -N 4 "$1")
  length=$(od -An -tu4 -j $((0x24c)) -N 4 "$1")
  head -c $(((sectors + 1) * 512 + offset + length)) "$1" | tail -c "$length" | xz -dc --single-stream
}

say "kernel and hypervisor"
mkdir -p debs kernel hypervisor
(cd debs && apt-get download -qq "$KERNEL_PACKAGE" "$HYPERVISOR_PACKAGE")
dpkg-deb -x debs/linux-image-*.deb kernel
dpkg-deb -x debs/xen-hypervisor-*.deb hypervisor
depmod -b kernel "$RELEASE"
# QEMU's multiboot loader takes the plain ELF only.
zcat hypervisor/boot/xen-*.gz > xen
plain "kernel/boot/vmlinuz-$RELEASE" > vmlinux

say "packages"
common=openssh-server,sudo,iproute2,kmod,udev,procps,psmisc,util-linux,mount,e2fsprogs,xfsprogs,lvm2,busybox-static
debootstrap --variant=minbase --include="$common,$UTILS_PACKAGE,xenstore-utils,ocfs2-tools,diod" \
  "$(. /etc/os-release && echo "$VERSION_CODENAME")" root "$(mirror)" > debootstrap.log ||
  { tail -n 20 debootstrap.log >&2; exit 1; }
rm -rf root/var/cache/apt root/var/lib/apt/lists root/usr/share/{doc,man,locale,info} root/etc/ssh/ssh_host_* root/etc/fstab
echo 'oracle:x:54321:54321:Oracle software owner:/home/oracle:/bin/sh' >> root/etc/passwd
echo 'oracle:*:19000::::::' >> root/etc/shadow
printf 'oinstall:x:54321:\ndba:x:54322:oracle\n' >> root/etc/group
ln -sfn /proc/self/mounts root/etc/mtab
mkdir -p root/lab root/.lab

say "ramdisks"
ramdisk dom0.initrd "$HERE/dom0-ramdisk.sh" crc32c_generic virtio_pci virtio_blk ext4
ramdisk guest.initrd "$HERE/guest-ramdisk.sh" crc32c_generic xen-blkfront xen-netfront ext4

say "image of a guest"
modules root xfs ext4 loop dm-mod dm-snapshot 9p 9pnet_fd xen-blkfront xen-netfront crc32c_generic
cp "$HERE/guest.sh" root/lab/init
cp "$HERE/poweroff.sh" root/sbin/poweroff
chmod +x root/lab/init root/sbin/poweroff
mkdir set-aside
for path in usr/lib/"xen-${UTILS_PACKAGE#xen-utils-}" usr/lib/python3 usr/lib/python3.* usr/share/perl; do
  [ ! -e "root/$path" ] || { mkdir -p "set-aside/$(dirname "$path")"; mv "root/$path" "set-aside/$path"; }
done
truncate -s 1G guest.img
mkfs.ext4 -q -L system -E lazy_itable_init=1 -d root guest.img
cp -a set-aside/. root/

say "image of dom0"
# dom0 sees the guests' disks, as loop devices, and their volume groups are none of its own: without this rule nothing
# activates one there and so holds the disks. In guests it stays, and works without systemd: udev itself runs vgchange
# when the last disk of a group is added.
rm root/usr/lib/udev/rules.d/69-*lvm*.rules
modules root ocfs2 ocfs2_stack_o2cb dm-mod xen-evtchn xen-gntdev xen-gntalloc xen-blkback xen-netback xenfs \
  bridge virtio_net 9pnet_virtio
cp "$HERE/dom0.sh" root/lab/init
cp "$HERE/xm.sh" root/usr/sbin/xm
cp "$HERE/block.sh" root/etc/xen/scripts/block
cp "$HERE/vif.sh" root/etc/xen/scripts/vif-bridge
chmod +x root/lab/init root/usr/sbin/xm root/etc/xen/scripts/{block,vif-bridge}
cp --sparse=always guest.img root/lab/
cp vmlinux guest.initrd root/lab/
truncate -s 2G dom0.img
mkfs.ext4 -q -L dom0 -E lazy_itable_init=1 -d root dom0.img

rm -rf root kernel hypervisor debs set-aside guest.img guest.initrd ramdisk-*
say "done"
