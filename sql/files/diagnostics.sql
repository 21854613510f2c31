-- id: files/diagnostics
-- purpose: Folders of the diagnostic repository
-- state: started
-- versions: 11.2..
-- columns: NAME, VALUE
-- privileges: SELECT on V_$DIAG_INFO
SELECT
    name,
    value
FROM v$diag_info v
ORDER BY v.name
