#!/bin/busybox sh
# The first program of dom0: from its ramdisk to its disk.
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module"; done < /modules/order
waited=0
while [ ! -b /dev/vda ] && [ $waited -lt 200 ]; do sleep 0.1; waited=$((waited + 1)); done
mount -t ext4 /dev/vda /new || exec sh
umount /proc /sys /dev
exec switch_root /new /lab/init
