INSERT INTO runs (id, seq, database, flow, state, started_at, tool, simulated)
VALUES (?1, ?2, ?3, ?4, 'running', ?5, ?6, ?7)
