-- id: change/mount
-- purpose: Mounts the control file that the instance's parameters name
-- state: started
-- versions: 11.2..
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER DATABASE MOUNT
