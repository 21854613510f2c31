#!/bin/bash
# A guest's first program on its disk: devices, network, what the site shares, file systems, sshd.
export PATH=/sbin:/usr/sbin:/bin:/usr/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
mount -t tmpfs -o mode=755 run /run; mount -t tmpfs -o mode=1777 tmp /tmp; mount -o remount,rw /
mkdir -p /dev/pts /dev/shm /run/sshd /run/lock
mount -t devpts -o ptmxmode=0666,mode=620 devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
ln -sfn /proc/self/fd /dev/fd
for pair in 0:stdin 1:stdout 2:stderr; do ln -sf "/proc/self/fd/${pair%:*}" "/dev/${pair#*:}"; done
modprobe dm-mod
/lib/systemd/systemd-udevd --daemon
udevadm trigger
. /.lab/guest.env
hostname "$NAME"
ip link set lo up
ip addr add "$ADDRESS/24" dev eth0
ip link set eth0 up
modprobe -a 9p 9pnet_fd
# share FOLDER AT: a folder that dom0 gives to all guests.
share() {
  mkdir -p "$2"
  mount -t 9p -o "trans=tcp,port=564,version=9p2000.L,aname=/srv/$1,access=user,uname=root,msize=65536" 10.0.2.15 "$2"
}
share shared /.lab/site
share tape "$TAPE"
udevadm settle
# As boot scripts do. udev's own rule activates groups whose disks are added, and those that are there at boot are not.
vgchange -aay --sysinit
/.lab/bin/ovmirror-lab guest-boot
/usr/sbin/sshd -f /.lab/sshd_config
# The first program reaps what nobody else waits for, which bash does while it reads what never comes.
mkfifo /run/never
exec 9<> /run/never
while true; do read -r -u 9; done
