# ramdisk.sh NAME: what a guest's kernel unpacks first: the common part, the lab's program, and the guest's own part.
cd /lab
cat guest.initrd program.cpio "$1.cpio" > "$1.initrd"
