-- id: logs/newest_record
-- purpose: The newest record of an archived log: what is archived later has a higher RECID
-- state: mounted
-- versions: 11.2..
-- columns: RECID
-- privileges: SELECT on V_$ARCHIVED_LOG
SELECT
    TO_CHAR(NVL(MAX(recid), 0), 'TM9') AS recid
FROM v$archived_log v
