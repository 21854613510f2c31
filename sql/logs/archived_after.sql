-- id: logs/archived_after
-- purpose: Files of the logs that were archived behind a record; at a standby destination NAME is a service
-- state: mounted
-- versions: 11.2..
-- binds: recid number
-- columns: RECID, NAME
-- privileges: SELECT on V_$ARCHIVED_LOG
SELECT
    TO_CHAR(a.recid, 'TM9') AS recid,
    a.name
FROM v$archived_log a
WHERE a.recid > :recid
  AND a.name LIKE '/%'
ORDER BY a.recid
