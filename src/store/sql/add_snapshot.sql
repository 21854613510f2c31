INSERT INTO snapshots (id, seq, database, dbid, resetlogs_change, begin_scn, end_scn, begun_at, ended_at, window_ms,
    clone_job_ms, state, tape_state, tape_pieces, tape_bytes, tape_finished_at, tape_run, drilled_at, pinned, layout)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
