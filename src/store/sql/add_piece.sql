INSERT INTO pieces (snapshot, n, handle, tag, bytes) VALUES (?1, ?2, ?3, ?4, ?5)
