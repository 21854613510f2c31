-- id: files/temp
-- purpose: Temporary files: never backed up, but they say what a disk is for
-- state: mounted
-- versions: 12.1..
-- columns: FILE#, CON_ID, STATUS, BYTES, NAME
-- privileges: SELECT on V_$TEMPFILE
SELECT
    TO_CHAR(file#, 'TM9') AS file#,
    TO_CHAR(con_id, 'TM9') AS con_id,
    status,
    TO_CHAR(bytes, 'TM9') AS bytes,
    name
FROM v$tempfile v
ORDER BY v.file#
