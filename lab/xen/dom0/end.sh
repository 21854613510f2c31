# end.sh: the repositories are given back, so that their images are whole when the power goes.
sync
for at in /OVS/Repositories/*; do
  tries=0
  # The loop devices of a guest that has just gone take a moment to let go.
  while mountpoint -q "$at" && ! umount "$at" && [ $tries -lt 20 ]; do sleep 0.2; tries=$((tries + 1)); done
done
sync
