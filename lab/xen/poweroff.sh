#!/bin/sh
# What the kernel calls when the hypervisor asks a guest to go down: an end for all programs, then for the file systems.
# The shell's own words only, where it can be: a fork takes a tenth of a second here.

# Whether a program runs besides this one and the first. Kernel threads have no program file.
left() {
  for process in /proc/[0-9]*; do
    case $process in /proc/1 | /proc/$$) continue ;; esac
    [ -e "$process/exe" ] && return 0
  done
  return 1
}
kill -TERM -1
waited=0
while left && [ $waited -lt 20 ]; do busybox sleep 0.1; waited=$((waited + 1)); done
kill -KILL -1
umount -a -r -t ext4,xfs,ext3,9p 2>/dev/null
mount -o remount,ro / 2>/dev/null
sync
echo o > /proc/sysrq-trigger
