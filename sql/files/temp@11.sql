-- id: files/temp
-- purpose: Temporary files: never backed up, but they say what a disk is for (no containers before 12.1)
-- state: mounted
-- versions: 11.2..11.2
-- columns: FILE#, CON_ID, STATUS, BYTES, NAME
-- privileges: SELECT on V_$TEMPFILE
SELECT
    TO_CHAR(file#, 'TM9') AS file#,
    '0' AS con_id,
    status,
    TO_CHAR(bytes, 'TM9') AS bytes,
    name
FROM v$tempfile v
ORDER BY v.file#
