-- id: change/open_resetlogs
-- purpose: Opens a new incarnation
-- state: mounted
-- versions: 11.2..
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER DATABASE OPEN RESETLOGS
