# What the benches share; read with `.` by a script that has set $bin and $site.
# shellcheck shell=sh

# A value of the site's configuration: key KEY of table [TABLE].
value() {
  awk -v table="[$1]" -v key="$2" '
    /^\[/ { inside = ($0 == table) }
    inside && $1 == key { sub(/^[^=]*= */, ""); gsub(/"/, ""); print; exit }' "$site/ovmirror.toml"
}

# Where the site's machines and its database are.
# shellcheck disable=SC2034
places() {
  host=$(value databases.ORCL host)
  SITE_SSH="ssh -i $site/id -o UserKnownHostsFile=$site/known_hosts -o BatchMode=yes -o LogLevel=ERROR"
  DB_AT="-p $(value "hosts.$host" port) $(value "hosts.$host" user)@$(value "hosts.$host" address)"
  MANAGER_AT="-p $(value manager port) $(value manager user)@$(value manager host)"
  ORACLE_SID=$(value databases.ORCL sid)
  ORACLE_HOME=$(value databases.ORCL oracle_home)
  VM=$(value databases.ORCL vm)
  POOL=$(value manager server_pool)
}

# shellcheck disable=SC2086
on_db() { $SITE_SSH $DB_AT "$@"; }

# shellcheck disable=SC2086
on_manager() { $SITE_SSH $MANAGER_AT "$@" | tr -d '\r'; }

# The program on the site, its messages kept for the case that it fails: ours NAME WORD…, the answer in NAME.json
ours() {
  answer=$1
  shift
  "$bin/ovmirror" -c "$site/ovmirror.toml" --json "$@" >"$answer.json" 2>"$answer.err" ||
    { cat "$answer.json" "$answer.err" >&2; exit 1; }
}

# The median of the numbers on standard input.
middle() { sort -n | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
