-- id: backup/ours
-- purpose: The guard's list, one line per ACTIVE file and then their count, so that a cut-off spool is seen
-- state: mounted
-- versions: 11.2..
-- columns: LINE
-- privileges: SELECT on V_$BACKUP
SELECT
    'ovm-active ' || TO_CHAR(file#, 'TM9') || ' ' || TO_CHAR(change#, 'TM9') AS line
FROM v$backup
WHERE status = 'ACTIVE'
UNION ALL
SELECT 'ovm-count ' || TO_CHAR(COUNT(*), 'TM9') AS line
FROM v$backup
WHERE status = 'ACTIVE'
