-- id: database/parameters
-- purpose: Parameters that the survey and the clone pfile need
-- state: started
-- versions: 11.2..
-- columns: NAME, VALUE, ISDEFAULT
-- privileges: SELECT on V_$PARAMETER
SELECT
    name,
    value,
    isdefault
FROM v$parameter v
WHERE name IN ('spfile', 'control_files', 'db_name', 'db_unique_name', 'db_create_file_dest', 'db_recovery_file_dest',
               'db_create_online_log_dest_1', 'log_archive_format', 'db_block_size', 'compatible', 'cluster_database',
               'enable_pluggable_database', 'wallet_root', 'tde_configuration', 'undo_tablespace', 'undo_management',
               'dg_broker_start', 'audit_file_dest', 'diagnostic_dest', 'db_files', 'sga_target', 'memory_target')
   OR name LIKE 'log_archive_dest\_%' ESCAPE '\'
ORDER BY v.name
