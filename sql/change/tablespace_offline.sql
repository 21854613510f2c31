-- id: change/tablespace_offline
-- purpose: Takes a tablespace offline without a checkpoint: its files are about to be replaced
-- state: open
-- versions: 11.2..
-- literals: tablespace text
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER TABLESPACE {{ tablespace | sql_name }} OFFLINE IMMEDIATE
