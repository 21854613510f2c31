-- id: backup/controlfile
-- purpose: Copies the control file as type BACKUP
-- state: mounted
-- versions: 11.2..
-- literals: path text
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER DATABASE BACKUP CONTROLFILE TO {{ path | sql_text }} REUSE
