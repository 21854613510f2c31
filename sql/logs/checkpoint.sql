-- id: logs/checkpoint
-- purpose: Writes dirty buffers, so that BEGIN BACKUP has little to write
-- state: open
-- versions: 11.2..
-- privileges: ALTER SYSTEM through SYSDBA or SYSBACKUP
ALTER SYSTEM CHECKPOINT
