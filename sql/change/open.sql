-- id: change/open
-- purpose: Opens after complete recovery
-- state: mounted
-- versions: 11.2..
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER DATABASE OPEN
