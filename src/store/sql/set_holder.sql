INSERT INTO holders (database, host, pid, since, run) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (database) DO UPDATE SET host = excluded.host, pid = excluded.pid, since = excluded.since, run = excluded.run
