#!/bin/sh
# The same steps as papers and public scripts make them: one ssh of the OpenSSH client per command. What ovmirror asks in
# its BEGIN call (V$BACKUP per file, the control file copy that the clone carries) is asked here too, each by its own ssh;
# the checks of its END call are left out, because scripts have none.
# Variables come from bench/window/run. Prints `flushed MS` and `job MS`.
# shellcheck disable=SC2086
set -eu
name=$1

sql() {
  printf 'WHENEVER SQLERROR EXIT FAILURE\n%s;\nEXIT\n' "$1" | $SITE_SSH $DB_AT "ORACLE_SID=$ORACLE_SID
    ORACLE_HOME=$ORACLE_HOME PATH=$ORACLE_HOME/bin:\$PATH; export ORACLE_SID ORACLE_HOME PATH; sqlplus -S '/ as sysdba'"
}

sql 'ALTER SYSTEM ARCHIVE LOG CURRENT' >/dev/null
sql 'ALTER DATABASE BEGIN BACKUP' >/dev/null
sql 'SELECT FILE#, STATUS, CHANGE# FROM V$BACKUP' | grep -q ACTIVE
sql "ALTER DATABASE BACKUP CONTROLFILE TO '$COPY' REUSE" >/dev/null
$SITE_SSH $DB_AT 'read -r a r </proc/uptime; sync; read -r b r </proc/uptime
  a=$(echo "$a" | tr -d .) b=$(echo "$b" | tr -d .); echo "flushed $(((b - a) * 10))"'
answer=$($SITE_SSH $MANAGER_AT "clone Vm name=$VM destType=VmTemplate destName=$name serverPool=$POOL")
sql 'ALTER DATABASE END BACKUP' >/dev/null

# A JobId is the job's beginning in ms since 1970; `Time:` is when the answer was written.
echo "$answer" | tr -d '\r' | grep -q '^Status: Success' || { echo "$answer" >&2; exit 1; }
job=$(echo "$answer" | tr -d '\r' | sed -n 's/^JobId: *\([0-9]*\).*/\1/p')
time=$(echo "$answer" | tr -d '\r' | sed -n 's/^Time: *\(.*\),\([0-9]*\) \(.*\)$/\1.\2 \3/p')
echo "job $(($(date -d "$time" +%s%3N) - job))"
