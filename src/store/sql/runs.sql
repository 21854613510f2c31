SELECT id, database, flow, state, started_at, ended_at, step, simulated FROM runs
WHERE (?1 IS NULL OR database = ?1) ORDER BY seq DESC
