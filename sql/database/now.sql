-- id: database/now
-- purpose: SCN and time of this moment, with offset; CURRENT_SCN is 0 while only mounted
-- state: mounted
-- versions: 11.2..
-- columns: CURRENT_SCN, NOW
-- privileges: SELECT on V_$DATABASE
SELECT
    TO_CHAR(current_scn, 'TM9') AS current_scn,
    TO_CHAR(SYSTIMESTAMP, 'YYYY-MM-DD HH24:MI:SS.FF3 TZH:TZM') AS now
FROM v$database v
