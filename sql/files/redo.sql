-- id: files/redo
-- purpose: Members of the online and standby redo log groups
-- state: mounted
-- versions: 11.2..
-- columns: GROUP#, TYPE, STATUS, MEMBER, IS_RECOVERY_DEST_FILE
-- privileges: SELECT on V_$LOGFILE
SELECT
    TO_CHAR(group#, 'TM9') AS group#,
    type,
    status,
    member,
    is_recovery_dest_file
FROM v$logfile v
ORDER BY v.group#, v.member
