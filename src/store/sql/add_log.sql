INSERT INTO logs (snapshot, n, body) VALUES (?1, ?2, ?3)
