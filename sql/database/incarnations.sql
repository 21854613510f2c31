-- id: database/incarnations
-- purpose: Incarnations; order is along PRIOR_INCARNATION#, never by time
-- state: mounted
-- versions: 11.2..
-- columns: INCARNATION#, RESETLOGS_CHANGE#, RESETLOGS_TIME, PRIOR_RESETLOGS_CHANGE#, PRIOR_RESETLOGS_TIME, STATUS,
--   RESETLOGS_ID, PRIOR_INCARNATION#
-- privileges: SELECT on V_$DATABASE_INCARNATION
SELECT
    TO_CHAR(incarnation#, 'TM9') AS incarnation#,
    TO_CHAR(resetlogs_change#, 'TM9') AS resetlogs_change#,
    TO_CHAR(resetlogs_time, 'YYYY-MM-DD HH24:MI:SS') AS resetlogs_time,
    TO_CHAR(prior_resetlogs_change#, 'TM9') AS prior_resetlogs_change#,
    TO_CHAR(prior_resetlogs_time, 'YYYY-MM-DD HH24:MI:SS') AS prior_resetlogs_time,
    status,
    TO_CHAR(resetlogs_id, 'TM9') AS resetlogs_id,
    TO_CHAR(prior_incarnation#, 'TM9') AS prior_incarnation#
FROM v$database_incarnation v
ORDER BY v.incarnation#
