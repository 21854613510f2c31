-- id: change/datafile_online
-- purpose: Brings a recovered datafile online
-- state: mounted
-- versions: 11.2..
-- literals: file number
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER DATABASE DATAFILE {{ file | number }} ONLINE
