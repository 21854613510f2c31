SELECT COUNT(*) FROM events WHERE run = ?1
