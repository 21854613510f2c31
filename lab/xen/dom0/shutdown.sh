# shutdown.sh DOMAIN...: asks them to go down; one that does not within a minute loses its power.
run() { xl domid "$1" >/dev/null 2>&1; }
for domain in "$@"; do
  if run "$domain"; then xl shutdown "$domain" >/dev/null 2>&1; fi
done
for domain in "$@"; do
  waited=0
  while run "$domain" && [ $waited -lt 100 ]; do sleep 0.3; waited=$((waited + 1)); done
  if run "$domain"; then xl destroy "$domain"; fi
done
