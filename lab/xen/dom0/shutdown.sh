# shutdown.sh DOMAIN: asks it to go down; one that does not within a minute loses its power.
xl domid "$1" >/dev/null 2>&1 || exit 0
xl shutdown "$1" >/dev/null 2>&1 || true
waited=0
while xl domid "$1" >/dev/null 2>&1 && [ $waited -lt 120 ]; do sleep 0.5; waited=$((waited + 1)); done
if xl domid "$1" >/dev/null 2>&1; then xl destroy "$1"; fi
