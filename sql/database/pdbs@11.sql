-- id: database/pdbs
-- purpose: Containers and their open modes (none before 12.1)
-- state: mounted
-- versions: 11.2..11.2
-- columns: CON_ID, NAME, OPEN_MODE, RESTRICTED
-- privileges: SELECT on V_$DATABASE
SELECT
    '0' AS con_id,
    name,
    open_mode,
    'NO' AS restricted
FROM v$database
WHERE 1 = 0
