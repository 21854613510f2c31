INSERT INTO events (run, n, seq, at, format, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
