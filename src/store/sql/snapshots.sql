SELECT id, database, dbid, resetlogs_change, begin_scn, end_scn, begun_at, ended_at, window_ms, clone_job_ms, state,
    tape_state, tape_pieces, tape_bytes, tape_finished_at, drilled_at, pinned, layout
FROM snapshots WHERE (?1 IS NULL OR database = ?1) ORDER BY begun_at DESC, seq DESC
