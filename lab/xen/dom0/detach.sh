# detach.sh DOMAIN NUMBER DEVICE
id=$(xl domid "$1")
xenstore-exists "/local/domain/0/backend/vbd/$id/$2" || { echo "device $3 is not connected" >&2; exit 3; }
xl block-detach "$1" "$2" </dev/null >/dev/null
