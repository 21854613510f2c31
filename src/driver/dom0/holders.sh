# Who holds the file $1: one line `loop NAME`, `process PID` or `unreadable PID` each, then `end`.
# POSIX sh and coreutils only. $2 = `all` looks through /proc as well (where fuser is absent).
for file in /sys/block/loop*/loop/backing_file; do
  [ -r "$file" ] || continue
  IFS= read -r backing <"$file" || continue
  if [ "$backing" = "$1" ]; then
    name=${file#/sys/block/}
    echo "loop ${name%%/*}"
  fi
done
if [ "$2" = all ]; then
  for process in /proc/[0-9]*; do
    if links=$(ls -l "$process/fd" 2>/dev/null); then
      case "$links
" in
        *" -> $1
"*) echo "process ${process#/proc/}" ;;
      esac
    elif [ -d "$process/fd" ]; then
      echo "unreadable ${process#/proc/}"
    fi
  done
fi
echo end
