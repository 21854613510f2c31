-- id: backup/standby_controlfile
-- purpose: Writes a control file of type STANDBY
-- state: mounted
-- versions: 11.2..
-- literals: path text
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER DATABASE CREATE STANDBY CONTROLFILE AS {{ path | sql_text }} REUSE
