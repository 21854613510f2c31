SELECT n, at, format, body FROM events WHERE run = ?1 ORDER BY n
