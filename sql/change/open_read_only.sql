-- id: change/open_read_only
-- purpose: Opens without writing
-- state: mounted
-- versions: 11.2..
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER DATABASE OPEN READ ONLY
