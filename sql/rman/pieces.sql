-- id: rman/pieces
-- purpose: Pieces of one tag as the repository knows them
-- state: mounted
-- versions: 11.2..
-- binds: tag text
-- columns: SET_STAMP, SET_COUNT, PIECE#, HANDLE, TAG, STATUS, DEVICE_TYPE, BYTES, START_TIME, COMPLETION_TIME,
--   ELAPSED_SECONDS, MEDIA
-- privileges: SELECT on V_$BACKUP_PIECE
SELECT
    TO_CHAR(set_stamp, 'TM9') AS set_stamp,
    TO_CHAR(set_count, 'TM9') AS set_count,
    TO_CHAR(piece#, 'TM9') AS piece#,
    handle,
    tag,
    status,
    device_type,
    TO_CHAR(bytes, 'TM9') AS bytes,
    TO_CHAR(start_time, 'YYYY-MM-DD HH24:MI:SS') AS start_time,
    TO_CHAR(completion_time, 'YYYY-MM-DD HH24:MI:SS') AS completion_time,
    TO_CHAR(elapsed_seconds, 'TM9') AS elapsed_seconds,
    media
FROM v$backup_piece v
WHERE tag = :tag
ORDER BY v.set_count, v.piece#
