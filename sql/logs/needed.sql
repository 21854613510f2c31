-- id: logs/needed
-- purpose: Archived logs of the present incarnation that hold a range of SCNs, at the valid local destinations. Logs of a
--   branch that was left by RESETLOGS may hold the same SCNs under the same sequence numbers, and even have the same
--   RESETLOGS_CHANGE#
-- state: mounted
-- versions: 11.2..
-- binds: resetlogs_change number, begin_scn number, end_scn number
-- columns: THREAD#, SEQUENCE#, RESETLOGS_CHANGE#, RESETLOGS_ID, FIRST_CHANGE#, NEXT_CHANGE#, FIRST_TIME, NEXT_TIME,
--   BYTES, DEST_ID, ARCHIVED, DELETED, STATUS, NAME
-- privileges: SELECT on V_$ARCHIVED_LOG, V_$ARCHIVE_DEST, V_$DATABASE_INCARNATION
SELECT
    TO_CHAR(a.thread#, 'TM9') AS thread#,
    TO_CHAR(a.sequence#, 'TM9') AS sequence#,
    TO_CHAR(a.resetlogs_change#, 'TM9') AS resetlogs_change#,
    TO_CHAR(a.resetlogs_id, 'TM9') AS resetlogs_id,
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
WHERE a.dest_id IN (SELECT e.dest_id FROM v$archive_dest e WHERE e.status = 'VALID' AND e.target = 'PRIMARY')
  AND a.resetlogs_change# = :resetlogs_change
  AND a.resetlogs_id IN (SELECT i.resetlogs_id FROM v$database_incarnation i WHERE i.status = 'CURRENT')
  AND a.next_change# > :begin_scn
  AND a.first_change# <= :end_scn
ORDER BY a.thread#, a.resetlogs_change#, a.sequence#, a.dest_id
