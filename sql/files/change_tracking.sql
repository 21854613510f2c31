-- id: files/change_tracking
-- purpose: The block change tracking file; disabling it deletes the file, so law 6 looks first
-- state: mounted
-- versions: 11.2..
-- columns: STATUS, FILENAME, BYTES
-- privileges: SELECT on V_$BLOCK_CHANGE_TRACKING
SELECT
    status,
    filename,
    TO_CHAR(bytes, 'TM9') AS bytes
FROM v$block_change_tracking v
