# attach.sh DOMAIN DEVICE NUMBER FILE: comes back when the guest has connected it (state 4), as Oracle VM's agent does.
xl block-attach "$1" "file:$4" "$2" w >/dev/null </dev/null
id=$(xl domid "$1")
waited=0
while [ $waited -lt 100 ]; do
  case $(xenstore-read "/local/domain/0/backend/vbd/$id/$3/state") in
    4) exit 0 ;;
  esac
  sleep 0.1
  waited=$((waited + 1))
done
echo "device $2 did not connect within 10 s" >&2
exit 1
