-- id: rman/redologs
-- purpose: Archived logs inside the sets of one tag
-- state: mounted
-- versions: 11.2..
-- binds: tag text
-- columns: SET_STAMP, SET_COUNT, THREAD#, SEQUENCE#, RESETLOGS_CHANGE#, FIRST_CHANGE#, NEXT_CHANGE#, BLOCKS,
--   BLOCK_SIZE
-- privileges: SELECT on V_$BACKUP_REDOLOG, V_$BACKUP_PIECE
SELECT
    TO_CHAR(r.set_stamp, 'TM9') AS set_stamp,
    TO_CHAR(r.set_count, 'TM9') AS set_count,
    TO_CHAR(r.thread#, 'TM9') AS thread#,
    TO_CHAR(r.sequence#, 'TM9') AS sequence#,
    TO_CHAR(r.resetlogs_change#, 'TM9') AS resetlogs_change#,
    TO_CHAR(r.first_change#, 'TM9') AS first_change#,
    TO_CHAR(r.next_change#, 'TM9') AS next_change#,
    TO_CHAR(r.blocks, 'TM9') AS blocks,
    TO_CHAR(r.block_size, 'TM9') AS block_size
FROM v$backup_redolog r
WHERE EXISTS (SELECT 1 FROM v$backup_piece p WHERE p.set_stamp = r.set_stamp AND p.set_count = r.set_count AND p.tag = :tag)
ORDER BY r.thread#, r.sequence#
