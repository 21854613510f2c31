-- id: rman/corruption
-- purpose: Blocks that RMAN or recovery found bad
-- state: mounted
-- versions: 11.2..
-- columns: FILE#, BLOCK#, BLOCKS, CORRUPTION_CHANGE#, CORRUPTION_TYPE
-- privileges: SELECT on V_$DATABASE_BLOCK_CORRUPTION
SELECT
    TO_CHAR(file#, 'TM9') AS file#,
    TO_CHAR(block#, 'TM9') AS block#,
    TO_CHAR(blocks, 'TM9') AS blocks,
    TO_CHAR(corruption_change#, 'TM9') AS corruption_change#,
    corruption_type
FROM v$database_block_corruption v
ORDER BY v.file#, v.block#
