-- id: logs/since
-- purpose: Every archived log that ends above an SCN, whatever its incarnation or state
-- state: mounted
-- versions: 11.2..
-- binds: scn number
-- columns: THREAD#, SEQUENCE#, RESETLOGS_CHANGE#, RESETLOGS_TIME, FIRST_CHANGE#, NEXT_CHANGE#, FIRST_TIME, NEXT_TIME,
--   BYTES, DEST_ID, ARCHIVED, DELETED, STATUS, NAME
-- privileges: SELECT on V_$ARCHIVED_LOG
SELECT
    TO_CHAR(a.thread#, 'TM9') AS thread#,
    TO_CHAR(a.sequence#, 'TM9') AS sequence#,
    TO_CHAR(a.resetlogs_change#, 'TM9') AS resetlogs_change#,
    TO_CHAR(a.resetlogs_time, 'YYYY-MM-DD HH24:MI:SS') AS resetlogs_time,
    TO_CHAR(a.first_change#, 'TM9') AS first_change#,
    TO_CHAR(a.next_change#, 'TM9') AS next_change#,
    TO_CHAR(a.first_time, 'YYYY-MM-DD HH24:MI:SS') AS first_time,
    TO_CHAR(a.next_time, 'YYYY-MM-DD HH24:MI:SS') AS next_time,
    TO_CHAR(a.blocks * a.block_size, 'TM9') AS bytes,
    TO_CHAR(a.dest_id, 'TM9') AS dest_id,
    a.archived,
    a.deleted,
    a.status,
    a.name
FROM v$archived_log a
WHERE a.next_change# > :scn
ORDER BY a.thread#, a.resetlogs_change#, a.sequence#, a.dest_id
