#!/bin/sh
# Xen's hotplug script for network cards, in few processes.
case $1 in
  online|add)
    ip link set "$vif" master xenbr0 up
    exec xenstore-write "$XENBUS_PATH/hotplug-status" connected
    ;;
esac
