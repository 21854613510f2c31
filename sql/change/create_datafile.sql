-- id: change/create_datafile
-- purpose: Makes an empty file for one that was added after the snapshot; recovery fills it
-- state: mounted
-- versions: 11.2..
-- literals: old text, new text
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER DATABASE CREATE DATAFILE {{ old | sql_text }} AS {{ new | sql_text }}
