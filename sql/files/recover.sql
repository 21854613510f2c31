-- id: files/recover
-- purpose: Files that need recovery; valid with the current control file only
-- state: mounted
-- versions: 11.2..
-- columns: FILE#, ONLINE_STATUS, ERROR, CHANGE#, TIME
-- privileges: SELECT on V_$RECOVER_FILE
SELECT
    TO_CHAR(file#, 'TM9') AS file#,
    online_status,
    error,
    TO_CHAR(change#, 'TM9') AS change#,
    TO_CHAR(time, 'YYYY-MM-DD HH24:MI:SS') AS time
FROM v$recover_file v
ORDER BY v.file#
