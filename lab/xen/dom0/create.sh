# create.sh DOMAIN FOLDER RAMDISK MIB: the domain that FOLDER/vm.cfg describes; what standard input says is written there
# first. xl takes the file as it is but for this: names with capitals are no names to it; this machine has neither the
# memory, the processors nor the screen of a real server; and guests have no kernel on their disks.
domain=$1 config=$2/vm.cfg ramdisk=$3 mib=$4
given=$(cat)
[ -z "$given" ] || { mkdir -p "$2"; printf '%s\n' "$given" > "$config"; }
{
  sed -E '/^(OVM_.*|memory|maxmem|vcpus|maxvcpus|vnc|bootloader) = /d' "$config"
  echo "memory = $mib"
  echo "kernel = '/lab/vmlinux'"
  echo "ramdisk = '$ramdisk'"
  echo "extra = 'console=hvc0 quiet'"
} > "/run/$domain.cfg"
xl create -q "/run/$domain.cfg" </dev/null
