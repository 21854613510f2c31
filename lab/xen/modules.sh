# Kernel modules with what they need; sourced by build.sh, which sets RELEASE and has the kernel in ./kernel.

# needed MODULE...: their files, each after those it needs.
needed() {
  local module
  for module in "$@"; do
    modprobe -d "$PWD/kernel" -S "$RELEASE" --show-depends "$module" 2>/dev/null | awk '$1 == "insmod" {print $2}'
  done | grep -v -- -intel.ko | awk '!seen[$0]++'
}

# modules ROOT MODULE...: into a root, for modprobe.
modules() {
  local root=$1 file
  shift
  mkdir -p "$root/lib/modules/$RELEASE"
  cp "kernel/lib/modules/$RELEASE"/modules.{builtin,order} "$root/lib/modules/$RELEASE/"
  needed "$@" | while read -r file; do
    mkdir -p "$root/$(dirname "${file#"$PWD/kernel/"}")"
    cp "$file" "$root/${file#"$PWD/kernel/"}"
  done
  depmod -b "$root" "$RELEASE"
}

# ramdisk OUT INIT MODULE...: busybox, the modules in their order, and the first program; not packed, so that another
# archive can follow it.
ramdisk() {
  local out=$1 init=$2 folder=ramdisk-$1 file
  shift 2
  mkdir -p "$folder"/{bin,proc,sys,dev,new,modules}
  cp root/bin/busybox "$folder/bin/"
  cp "$init" "$folder/init"
  chmod +x "$folder/init"
  needed "$@" | while read -r file; do
    cp "$file" "$folder/modules/"
    basename "$file" >> "$folder/modules/order"
  done
  (cd "$folder" && find . | cpio --quiet -o -H newc) > "$out"
}
