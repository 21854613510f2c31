-- id: files/directories
-- purpose: Folders outside the database that users expect in a restore
-- state: open
-- versions: 11.2..
-- columns: OWNER, DIRECTORY_NAME, DIRECTORY_PATH
-- privileges: SELECT on DBA_DIRECTORIES
SELECT
    owner,
    directory_name,
    directory_path
FROM dba_directories v
ORDER BY v.directory_name
