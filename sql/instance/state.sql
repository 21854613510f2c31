-- id: instance/state
-- purpose: The instance a session talks to
-- state: started
-- versions: 11.2..
-- columns: INSTANCE_NAME, HOST_NAME, VERSION, STATUS, THREAD#, PARALLEL, LOGINS, ARCHIVER, STARTUP_TIME, SHUTDOWN_PENDING
-- privileges: SELECT on V_$INSTANCE
SELECT
    instance_name,
    host_name,
    version,
    status,
    TO_CHAR(thread#, 'TM9') AS thread#,
    parallel,
    logins,
    archiver,
    TO_CHAR(startup_time, 'YYYY-MM-DD HH24:MI:SS') AS startup_time,
    shutdown_pending
FROM v$instance v
