-- id: backup/end_guard
-- purpose: Law 2 inside one call: ends with ORA-01476 unless this is the instance and database of BEGIN and the ACTIVE
--   files carry exactly its CHANGE#. CHANGE# only grows, so count and sum together agree only if every one does.
-- state: open
-- versions: 11.2..
-- binds: files number, total number, dbid number, startup_time text
-- columns: GOOD
-- privileges: SELECT on V_$BACKUP, V_$DATABASE, V_$INSTANCE
SELECT
    TO_CHAR(1 / CASE
        WHEN (SELECT COUNT(*) FROM v$backup WHERE status = 'ACTIVE') = :files
         AND (SELECT SUM(change#) FROM v$backup WHERE status = 'ACTIVE') = :total
         AND (SELECT dbid FROM v$database) = :dbid
         AND (SELECT open_mode FROM v$database) = 'READ WRITE'
         AND (SELECT TO_CHAR(startup_time, 'YYYY-MM-DD HH24:MI:SS') FROM v$instance) = :startup_time
        THEN 1 ELSE 0 END, 'TM9') AS good
FROM dual
