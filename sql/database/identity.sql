-- id: database/identity
-- purpose: Who the database is and what guards it: everything law 10 compares
-- state: mounted
-- versions: 12.1..
-- columns: DBID, NAME, DB_UNIQUE_NAME, CREATED, LOG_MODE, OPEN_MODE, DATABASE_ROLE, CONTROLFILE_TYPE,
--   CONTROLFILE_CHANGE#, RESETLOGS_CHANGE#, RESETLOGS_TIME, PRIOR_RESETLOGS_CHANGE#, CHECKPOINT_CHANGE#, CURRENT_SCN,
--   FORCE_LOGGING, FLASHBACK_ON, CDB, FS_FAILOVER_STATUS, PLATFORM_ID, PLATFORM_NAME
-- privileges: SELECT on V_$DATABASE
SELECT
    TO_CHAR(dbid, 'TM9') AS dbid,
    name,
    db_unique_name,
    TO_CHAR(created, 'YYYY-MM-DD HH24:MI:SS') AS created,
    log_mode,
    open_mode,
    database_role,
    controlfile_type,
    TO_CHAR(controlfile_change#, 'TM9') AS controlfile_change#,
    TO_CHAR(resetlogs_change#, 'TM9') AS resetlogs_change#,
    TO_CHAR(resetlogs_time, 'YYYY-MM-DD HH24:MI:SS') AS resetlogs_time,
    TO_CHAR(prior_resetlogs_change#, 'TM9') AS prior_resetlogs_change#,
    TO_CHAR(checkpoint_change#, 'TM9') AS checkpoint_change#,
    TO_CHAR(current_scn, 'TM9') AS current_scn,
    force_logging,
    flashback_on,
    cdb,
    fs_failover_status,
    TO_CHAR(platform_id, 'TM9') AS platform_id,
    platform_name
FROM v$database v
