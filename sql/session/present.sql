-- id: session/present
-- purpose: Whether a session is still there and what it does
-- state: mounted
-- versions: 11.2..
-- binds: sid number, serial number
-- columns: SID, SERIAL#, STATUS
-- privileges: SELECT on V_$SESSION
SELECT
    TO_CHAR(s.sid, 'TM9') AS sid,
    TO_CHAR(s.serial#, 'TM9') AS serial#,
    s.status
FROM v$session s
WHERE s.sid = :sid
  AND s.serial# = :serial
