-- id: files/logs
-- purpose: Online redo log groups as links of the recovery chain
-- state: mounted
-- versions: 11.2..
-- columns: THREAD#, GROUP#, SEQUENCE#, BYTES, MEMBERS, STATUS, ARCHIVED, FIRST_CHANGE#, FIRST_TIME, NEXT_CHANGE#
-- privileges: SELECT on V_$LOG
SELECT
    TO_CHAR(thread#, 'TM9') AS thread#,
    TO_CHAR(group#, 'TM9') AS group#,
    TO_CHAR(sequence#, 'TM9') AS sequence#,
    TO_CHAR(bytes, 'TM9') AS bytes,
    TO_CHAR(members, 'TM9') AS members,
    status,
    archived,
    TO_CHAR(first_change#, 'TM9') AS first_change#,
    TO_CHAR(first_time, 'YYYY-MM-DD HH24:MI:SS') AS first_time,
    TO_CHAR(next_change#, 'TM9') AS next_change#
FROM v$log v
ORDER BY v.thread#, v.sequence#
