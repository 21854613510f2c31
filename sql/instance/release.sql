-- id: instance/release
-- purpose: Release of the instance; answers in every state from NOMOUNT on
-- state: started
-- versions: 11.2..
-- columns: VERSION
-- privileges: SELECT on V_$INSTANCE
SELECT
    version
FROM v$instance v
