-- id: rman/jobs
-- purpose: RMAN jobs that still run
-- state: mounted
-- versions: 11.2..
-- columns: SESSION_KEY, COMMAND_ID, STATUS, INPUT_TYPE, START_TIME
-- privileges: SELECT on V_$RMAN_BACKUP_JOB_DETAILS
SELECT
    TO_CHAR(session_key, 'TM9') AS session_key,
    command_id,
    status,
    input_type,
    TO_CHAR(start_time, 'YYYY-MM-DD HH24:MI:SS') AS start_time
FROM v$rman_backup_job_details v
WHERE status LIKE 'RUNNING%'
ORDER BY v.session_key
