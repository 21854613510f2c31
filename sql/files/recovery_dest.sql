-- id: files/recovery_dest
-- purpose: The fast recovery area
-- state: mounted
-- versions: 11.2..
-- columns: NAME, SPACE_LIMIT, SPACE_USED, SPACE_RECLAIMABLE, NUMBER_OF_FILES
-- privileges: SELECT on V_$RECOVERY_FILE_DEST
SELECT
    name,
    TO_CHAR(space_limit, 'TM9') AS space_limit,
    TO_CHAR(space_used, 'TM9') AS space_used,
    TO_CHAR(space_reclaimable, 'TM9') AS space_reclaimable,
    TO_CHAR(number_of_files, 'TM9') AS number_of_files
FROM v$recovery_file_dest v
