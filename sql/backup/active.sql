-- id: backup/active
-- purpose: Files in backup mode and the SCN that BEGIN gave them
-- state: mounted
-- versions: 11.2..
-- columns: FILE#, CHANGE#, TIME, NAME
-- privileges: SELECT on V_$BACKUP, V_$DATAFILE
SELECT
    TO_CHAR(b.file#, 'TM9') AS file#,
    TO_CHAR(b.change#, 'TM9') AS change#,
    TO_CHAR(b.time, 'YYYY-MM-DD HH24:MI:SS') AS time,
    d.name
FROM v$backup b
JOIN v$datafile d ON d.file# = b.file#
WHERE b.status = 'ACTIVE'
ORDER BY b.file#
