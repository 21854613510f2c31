-- id: files/control
-- purpose: Control files
-- state: mounted
-- versions: 11.2..
-- columns: NAME, STATUS, IS_RECOVERY_DEST_FILE
-- privileges: SELECT on V_$CONTROLFILE
SELECT
    name,
    status,
    is_recovery_dest_file
FROM v$controlfile v
ORDER BY v.name
