SELECT body FROM logs WHERE snapshot = ?1 ORDER BY n
