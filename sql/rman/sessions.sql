-- id: rman/sessions
-- purpose: RMAN clients at work
-- state: mounted
-- versions: 11.2..
-- columns: SID, SERIAL#, PROGRAM, CLIENT_INFO
-- privileges: SELECT on V_$SESSION
SELECT
    TO_CHAR(sid, 'TM9') AS sid,
    TO_CHAR(serial#, 'TM9') AS serial#,
    program,
    client_info
FROM v$session v
WHERE program LIKE 'rman%'
ORDER BY v.sid
