-- id: database/threads
-- purpose: Redo threads; more than one enabled means RAC
-- state: mounted
-- versions: 11.2..
-- columns: THREAD#, STATUS, ENABLED, INSTANCE
-- privileges: SELECT on V_$THREAD
SELECT
    TO_CHAR(thread#, 'TM9') AS thread#,
    status,
    enabled,
    instance
FROM v$thread v
ORDER BY v.thread#
