#!/bin/sh
# Xen's hotplug script for disks, in few processes: each fork of a paravirtual dom0 costs a tenth of a second here.
# A `file:` disk is a loop device, as it is with the script that Xen brings.
case $1 in
  add)
    file=$(xenstore-read "$XENBUS_PATH/params")
    if loop=$(losetup --find --show "$file" 2>/run/block.error); then
      # "7:a", both numbers in hexadecimal digits.
      number=$(stat -L -c %t:%T "$loop")
      exec xenstore-write "$XENBUS_PATH/node" "$loop" "$XENBUS_PATH/physical-device" "$number" \
        "$XENBUS_PATH/physical-device-path" "$loop" "$XENBUS_PATH/hotplug-status" connected
    fi
    exec xenstore-write "$XENBUS_PATH/hotplug-error" "$(cat /run/block.error)" "$XENBUS_PATH/hotplug-status" error
    ;;
  remove)
    loop=$(xenstore-read "$XENBUS_PATH/node") || exit 0
    losetup -d "$loop"
    ;;
esac
