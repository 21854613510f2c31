-- id: files/headers
-- purpose: Headers of the datafiles: the proof that a copy was cut inside the window
-- state: mounted
-- versions: 12.1..
-- columns: FILE#, CON_ID, STATUS, ERROR, RECOVER, FUZZY, CREATION_CHANGE#, CHECKPOINT_CHANGE#, CHECKPOINT_TIME,
--   RESETLOGS_CHANGE#, RESETLOGS_TIME, BYTES, TABLESPACE_NAME, NAME
-- privileges: SELECT on V_$DATAFILE_HEADER
SELECT
    TO_CHAR(file#, 'TM9') AS file#,
    TO_CHAR(con_id, 'TM9') AS con_id,
    status,
    error,
    recover,
    fuzzy,
    TO_CHAR(creation_change#, 'TM9') AS creation_change#,
    TO_CHAR(checkpoint_change#, 'TM9') AS checkpoint_change#,
    TO_CHAR(checkpoint_time, 'YYYY-MM-DD HH24:MI:SS') AS checkpoint_time,
    TO_CHAR(resetlogs_change#, 'TM9') AS resetlogs_change#,
    TO_CHAR(resetlogs_time, 'YYYY-MM-DD HH24:MI:SS') AS resetlogs_time,
    TO_CHAR(bytes, 'TM9') AS bytes,
    tablespace_name,
    name
FROM v$datafile_header v
ORDER BY v.file#
