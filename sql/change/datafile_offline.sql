-- id: change/datafile_offline
-- purpose: Takes a datafile offline
-- state: mounted
-- versions: 11.2..
-- literals: file number
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER DATABASE DATAFILE {{ file | number }} OFFLINE
