-- id: logs/archive_current
-- purpose: Switches and archives the current log of every enabled thread
-- state: open
-- versions: 11.2..
-- privileges: ALTER SYSTEM through SYSDBA or SYSBACKUP
ALTER SYSTEM ARCHIVE LOG CURRENT
