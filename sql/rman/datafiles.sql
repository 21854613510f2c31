-- id: rman/datafiles
-- purpose: Datafiles inside the sets of one tag, with what RMAN found in their blocks (FILE# 0 is the control file)
-- state: mounted
-- versions: 11.2..
-- binds: tag text
-- columns: SET_STAMP, SET_COUNT, FILE#, RESETLOGS_CHANGE#, CHECKPOINT_CHANGE#, ABSOLUTE_FUZZY_CHANGE#,
--   MARKED_CORRUPT, MEDIA_CORRUPT, LOGICALLY_CORRUPT, DATAFILE_BLOCKS, BLOCKS, BLOCK_SIZE, COMPLETION_TIME
-- privileges: SELECT on V_$BACKUP_DATAFILE, V_$BACKUP_PIECE
SELECT
    TO_CHAR(b.set_stamp, 'TM9') AS set_stamp,
    TO_CHAR(b.set_count, 'TM9') AS set_count,
    TO_CHAR(b.file#, 'TM9') AS file#,
    TO_CHAR(b.resetlogs_change#, 'TM9') AS resetlogs_change#,
    TO_CHAR(b.checkpoint_change#, 'TM9') AS checkpoint_change#,
    TO_CHAR(b.absolute_fuzzy_change#, 'TM9') AS absolute_fuzzy_change#,
    TO_CHAR(b.marked_corrupt, 'TM9') AS marked_corrupt,
    TO_CHAR(b.media_corrupt, 'TM9') AS media_corrupt,
    TO_CHAR(b.logically_corrupt, 'TM9') AS logically_corrupt,
    TO_CHAR(b.datafile_blocks, 'TM9') AS datafile_blocks,
    TO_CHAR(b.blocks, 'TM9') AS blocks,
    TO_CHAR(b.block_size, 'TM9') AS block_size,
    TO_CHAR(b.completion_time, 'YYYY-MM-DD HH24:MI:SS') AS completion_time
FROM v$backup_datafile b
WHERE EXISTS (SELECT 1 FROM v$backup_piece p WHERE p.set_stamp = b.set_stamp AND p.set_count = b.set_count AND p.tag = :tag)
ORDER BY b.file#
