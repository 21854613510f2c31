-- id: change/disable_tracking
-- purpose: Turns block change tracking off; deletes its file
-- state: mounted
-- versions: 11.2..
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER DATABASE DISABLE BLOCK CHANGE TRACKING
