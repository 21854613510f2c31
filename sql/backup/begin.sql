-- id: backup/begin
-- purpose: Puts every online read-write file in backup mode
-- state: open
-- versions: 11.2..
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER DATABASE BEGIN BACKUP
