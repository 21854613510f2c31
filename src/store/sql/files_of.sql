SELECT body FROM files WHERE snapshot = ?1 ORDER BY n
