-- id: files/archive_dests
-- purpose: Archive destinations in use
-- state: mounted
-- versions: 11.2..
-- columns: DEST_ID, STATUS, TARGET, DESTINATION, BINDING, VALID_NOW, ERROR
-- privileges: SELECT on V_$ARCHIVE_DEST
SELECT
    TO_CHAR(dest_id, 'TM9') AS dest_id,
    status,
    target,
    destination,
    binding,
    valid_now,
    error
FROM v$archive_dest v
WHERE status <> 'INACTIVE'
ORDER BY v.dest_id
