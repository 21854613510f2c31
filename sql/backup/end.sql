-- id: backup/end
-- purpose: Ends backup mode. Law 2: only while OPEN and with the CHANGE# that our BEGIN gave
-- state: open
-- versions: 11.2..
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER DATABASE END BACKUP
