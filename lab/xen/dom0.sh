#!/bin/bash
# dom0's first program on its disk: devices, network, what Xen's tools need, and sshd. All else is asked for over SSH.
export PATH=/sbin:/usr/sbin:/bin:/usr/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
mount -t tmpfs run /run; mount -t tmpfs tmp /tmp; mount -o remount,rw /
mkdir -p /dev/pts /dev/shm /run/sshd /run/xen /run/xenstored /run/lock /var/lib/xenstored /var/log/xen/console /OVS/Repositories
mount -t devpts -o ptmxmode=0666,mode=620 devpts /dev/pts
# Xen's block script looks at /dev/stdin; without it, it waits until it is timed out.
ln -sfn /proc/self/fd /dev/fd
for pair in 0:stdin 1:stdout 2:stderr; do ln -sf "/proc/self/fd/${pair%:*}" "/dev/${pair#*:}"; done
/lib/systemd/systemd-udevd --daemon
udevadm trigger
for module in xen-evtchn xen-gntdev xen-gntalloc xen-blkback xen-netback xenfs loop ocfs2 ext4 xfs bridge virtio_net 9pnet_virtio 9p; do
  modprobe $module
done
udevadm settle
mount -t xenfs xenfs /proc/xen
tar -xf /dev/vdb -C /
hostname "$(cat /etc/hostname)"

ip link set lo up
ip link add xenbr0 type bridge
card=$(ls /sys/class/net | grep -E '^(eth|en)' | head -n 1)
ip link set "$card" master xenbr0
ip link set "$card" up
ip addr add 10.0.2.15/24 dev xenbr0
ip link set xenbr0 up

# xenstored says by its pid file that it answers.
xenstored --pid-file /run/xenstored.pid
waited=0
while [ ! -s /run/xenstored.pid ] && [ $waited -lt 100 ]; do sleep 0.1; waited=$((waited + 1)); done
/usr/lib/xen-*/bin/xen-init-dom0
# Folders of the machine outside: what guests share, and where it reads what their consoles say.
for folder in shared tape log; do
  mkdir -p /srv/$folder
  mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=none $folder /srv/$folder
done
xenconsoled --pid-file=/run/xenconsoled.pid --log=guest --log-dir=/srv/log
diod -n -N -e /srv/shared -e /srv/tape -l 10.0.2.15:564 -L /var/log/diod.log
/usr/sbin/sshd -f /.lab/sshd_config
# The first program reaps what nobody else waits for, which bash does while it reads what never comes.
mkfifo /run/never
exec 9<> /run/never
while true; do read -r -u 9; done
