-- id: change/pdb_open
-- purpose: Opens a pluggable database
-- state: open
-- versions: 11.2..
-- literals: pdb text
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER PLUGGABLE DATABASE {{ pdb | sql_name }} OPEN
