-- id: session/identity
-- purpose: Which session this is, so that a lost one can be looked for
-- state: mounted
-- versions: 11.2..
-- columns: SID, SERIAL#, SPID
-- privileges: SELECT on V_$SESSION, V_$PROCESS
SELECT
    TO_CHAR(s.sid, 'TM9') AS sid,
    TO_CHAR(s.serial#, 'TM9') AS serial#,
    p.spid
FROM v$session s
JOIN v$process p ON p.addr = s.paddr
WHERE s.sid = TO_NUMBER(SYS_CONTEXT('USERENV', 'SID'))
