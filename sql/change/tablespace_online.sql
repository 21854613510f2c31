-- id: change/tablespace_online
-- purpose: Brings a recovered tablespace online
-- state: open
-- versions: 11.2..
-- literals: tablespace text
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER TABLESPACE {{ tablespace | sql_name }} ONLINE
