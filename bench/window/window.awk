# From an alert log: the last backup mode. Prints, in ms: from the BEGIN statement's line to `Completed:` of END; how long
# the database itself took for BEGIN; and for END.
/^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T/ {
  split(substr($0, 12, 15), t, ":")
  now = t[1] * 3600 + t[2] * 60 + t[3]
  next
}
{ text = toupper($0) }
text ~ /^ALTER DATABASE BEGIN BACKUP/ { begin = now }
text ~ /^COMPLETED: ALTER DATABASE BEGIN BACKUP/ { begun = now }
text ~ /^ALTER DATABASE END BACKUP/ { end = now }
text ~ /^COMPLETED: ALTER DATABASE END BACKUP/ { ended = now }
# A window over midnight is a day short.
function ms(from, to) { return ((to < from ? to + 86400 : to) - from) * 1000 }
END { printf "%.1f %.1f %.1f\n", ms(begin, ended), ms(begin, begun), ms(end, ended) }
