-- id: backup/files
-- purpose: Backup state of every online file, beside what decides whether it must be ACTIVE (no containers before
--   12.1)
-- state: mounted
-- versions: 11.2..11.2
-- columns: FILE#, CON_ID, BACKUP_STATUS, CHANGE#, TIME, STATUS, ENABLED, CHECKPOINT_CHANGE#, NAME
-- privileges: SELECT on V_$BACKUP, V_$DATAFILE
SELECT
    TO_CHAR(b.file#, 'TM9') AS file#,
    '0' AS con_id,
    b.status AS backup_status,
    TO_CHAR(b.change#, 'TM9') AS change#,
    TO_CHAR(b.time, 'YYYY-MM-DD HH24:MI:SS') AS time,
    d.status,
    d.enabled,
    TO_CHAR(d.checkpoint_change#, 'TM9') AS checkpoint_change#,
    d.name
FROM v$backup b
JOIN v$datafile d ON d.file# = b.file#
ORDER BY b.file#
