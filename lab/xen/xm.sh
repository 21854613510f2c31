#!/bin/sh
# `xm` of Oracle VM Server: here `xl` answers under that name.
exec /usr/sbin/xl "$@"
