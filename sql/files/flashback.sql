-- id: files/flashback
-- purpose: Flashback logs; an open or RESETLOGS on a shared path would touch them
-- state: mounted
-- versions: 11.2..
-- columns: NAME, BYTES
-- privileges: SELECT on V_$FLASHBACK_DATABASE_LOGFILE
SELECT
    name,
    TO_CHAR(bytes, 'TM9') AS bytes
FROM v$flashback_database_logfile v
ORDER BY v.name
