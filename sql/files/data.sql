-- id: files/data
-- purpose: Datafiles with their tablespace
-- state: mounted
-- versions: 12.1..
-- columns: FILE#, CON_ID, TS#, RFILE#, TABLESPACE_NAME, STATUS, ENABLED, CREATION_CHANGE#, CREATION_TIME, CHECKPOINT_CHANGE#,
--   UNRECOVERABLE_CHANGE#, UNRECOVERABLE_TIME, OFFLINE_CHANGE#, BYTES, BLOCK_SIZE, NAME
-- privileges: SELECT on V_$DATAFILE, V_$TABLESPACE
SELECT
    TO_CHAR(d.file#, 'TM9') AS file#,
    TO_CHAR(d.con_id, 'TM9') AS con_id,
    TO_CHAR(d.ts#, 'TM9') AS ts#,
    TO_CHAR(d.rfile#, 'TM9') AS rfile#,
    t.name AS tablespace_name,
    d.status,
    d.enabled,
    TO_CHAR(d.creation_change#, 'TM9') AS creation_change#,
    TO_CHAR(d.creation_time, 'YYYY-MM-DD HH24:MI:SS') AS creation_time,
    TO_CHAR(d.checkpoint_change#, 'TM9') AS checkpoint_change#,
    TO_CHAR(d.unrecoverable_change#, 'TM9') AS unrecoverable_change#,
    TO_CHAR(d.unrecoverable_time, 'YYYY-MM-DD HH24:MI:SS') AS unrecoverable_time,
    TO_CHAR(d.offline_change#, 'TM9') AS offline_change#,
    TO_CHAR(d.bytes, 'TM9') AS bytes,
    TO_CHAR(d.block_size, 'TM9') AS block_size,
    d.name
FROM v$datafile d
JOIN v$tablespace t ON t.ts# = d.ts# AND t.con_id = d.con_id
ORDER BY d.file#
