-- id: database/restore_points
-- purpose: Restore points that hold flashback logs or promise a way back
-- state: mounted
-- versions: 11.2..
-- columns: NAME, SCN, DATABASE_INCARNATION#, GUARANTEE_FLASHBACK_DATABASE
-- privileges: SELECT on V_$RESTORE_POINT
SELECT
    name,
    TO_CHAR(scn, 'TM9') AS scn,
    TO_CHAR(database_incarnation#, 'TM9') AS database_incarnation#,
    guarantee_flashback_database
FROM v$restore_point v
ORDER BY v.scn
