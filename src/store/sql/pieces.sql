SELECT handle, tag, bytes FROM pieces WHERE snapshot = ?1 ORDER BY n
