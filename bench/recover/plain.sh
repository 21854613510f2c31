# The classic way without a mirror, run by `sh` inside the database's VM: `copy` puts the datafiles aside while the
# database is in backup mode, `restore` puts them back and rolls forward. Nothing here waits for a network: it is one
# script on the machine itself. Variables from bench/recover/run: ORACLE_SID, ORACLE_HOME, COPY (the folder of the copy).
# shellcheck shell=sh
set -eu
PATH=$ORACLE_HOME/bin:$PATH
export ORACLE_SID ORACLE_HOME PATH

sql() {
  printf 'WHENEVER SQLERROR EXIT FAILURE\nSET HEADING OFF FEEDBACK OFF PAGESIZE 0\n%s\nEXIT\n' "$1" |
    sqlplus -S '/ as sysdba'
}

now() { date +%s%3N; }

copy() {
  # shellcheck disable=SC2016
  sql 'SELECT NAME FROM V$DATAFILE;' | sed -n 's/^\(\/.*[^ ]\) *$/\1/p' >"$COPY/names"
  [ -s "$COPY/names" ]
  sql 'ALTER DATABASE BEGIN BACKUP;'
  while read -r name; do cp -p "$name" "$COPY/"; done <"$COPY/names"
  sql 'ALTER DATABASE END BACKUP;
ALTER SYSTEM ARCHIVE LOG CURRENT;'
}

restore() {
  sql 'SHUTDOWN IMMEDIATE' >"$COPY/log"
  from=$(now)
  while read -r name; do cp -p "$COPY/${name##*/}" "$name"; done <"$COPY/names"
  echo "copied $(($(now) - from))"
  sql 'STARTUP MOUNT' >>"$COPY/log"
  sql 'RECOVER AUTOMATIC DATABASE' >>"$COPY/log"
  sql 'ALTER DATABASE OPEN;' >>"$COPY/log"
}

"$1"
