#!/bin/sh
# What the kernel calls when the hypervisor asks a guest to go down: an end for all programs, then for the file systems.
[ $$ -eq 1 ] || trap '' TERM
self=$$
end() {
  for process in /proc/[0-9]*; do
    number=${process#/proc/}
    # Kernel threads have no program.
    [ "$number" -ne 1 ] && [ "$number" -ne $self ] && readlink "$process/exe" >/dev/null 2>&1 && kill "-$1" "$number" 2>/dev/null
  done
}
left() {
  for process in /proc/[0-9]*; do
    number=${process#/proc/}
    [ "$number" -ne 1 ] && [ "$number" -ne $self ] && readlink "$process/exe" >/dev/null 2>&1 && return 0
  done
  return 1
}
end TERM
waited=0
while left && [ $waited -lt 20 ]; do busybox sleep 0.1; waited=$((waited + 1)); done
end KILL
sync
umount -a -r -t ext4,xfs,ext3 2>/dev/null
mount -o remount,ro / 2>/dev/null
sync
echo o > /proc/sysrq-trigger
