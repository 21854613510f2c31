-- id: database/pdbs
-- purpose: Containers and their open modes
-- state: mounted
-- versions: 12.1..
-- columns: CON_ID, NAME, OPEN_MODE, RESTRICTED
-- privileges: SELECT on V_$PDBS
SELECT
    TO_CHAR(con_id, 'TM9') AS con_id,
    name,
    open_mode,
    restricted
FROM v$pdbs v
ORDER BY v.con_id
