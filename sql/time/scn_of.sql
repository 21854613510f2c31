-- id: time/scn_of
-- purpose: The SCN of a local time of the database server, as near as the database keeps it (three seconds)
-- state: open
-- versions: 11.2..
-- binds: moment text
-- columns: SCN
-- privileges: EXECUTE on TIMESTAMP_TO_SCN (public)
SELECT
    TO_CHAR(TIMESTAMP_TO_SCN(TO_TIMESTAMP(:moment, 'YYYY-MM-DD HH24:MI:SS')), 'TM9') AS scn
FROM dual
