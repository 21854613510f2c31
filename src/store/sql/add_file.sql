INSERT INTO files (snapshot, n, body) VALUES (?1, ?2, ?3)
