-- id: rman/longops
-- purpose: How far the channels are
-- state: mounted
-- versions: 11.2..
-- columns: SID, SERIAL#, OPNAME, CONTEXT, SOFAR, TOTALWORK, TIME_REMAINING
-- privileges: SELECT on V_$SESSION_LONGOPS
SELECT
    TO_CHAR(sid, 'TM9') AS sid,
    TO_CHAR(serial#, 'TM9') AS serial#,
    opname,
    TO_CHAR(context, 'TM9') AS context,
    TO_CHAR(sofar, 'TM9') AS sofar,
    TO_CHAR(totalwork, 'TM9') AS totalwork,
    TO_CHAR(time_remaining, 'TM9') AS time_remaining
FROM v$session_longops v
WHERE opname LIKE 'RMAN%'
  AND opname NOT LIKE '%aggregate%'
  AND totalwork > 0
ORDER BY v.sid, v.serial#
