-- id: change/create_datafile_managed
-- purpose: The same for an Oracle-managed name
-- state: mounted
-- versions: 11.2..
-- literals: old text
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER DATABASE CREATE DATAFILE {{ old | sql_text }} AS NEW
