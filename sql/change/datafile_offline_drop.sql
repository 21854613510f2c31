-- id: change/datafile_offline_drop
-- purpose: Leaves a file out of recovery that did not exist yet at its target; OPEN RESETLOGS forgets it
-- state: mounted
-- versions: 11.2..
-- literals: file number
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER DATABASE DATAFILE {{ file | number }} OFFLINE FOR DROP
