#!/bin/busybox sh
# The first program of a guest: from its ramdisk, which also brings what the lab wants to be in /.lab, to its disk.
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module"; done < /modules/order
waited=0
while [ ! -b /dev/xvda ] && [ $waited -lt 200 ]; do sleep 0.1; waited=$((waited + 1)); done
mount -t ext4 /dev/xvda /new || exec sh
mkdir -p /new/.lab
mount -t tmpfs -o mode=755 lab /new/.lab
mv /lab/* /new/.lab/
umount /proc /sys /dev
exec switch_root /new /lab/init
