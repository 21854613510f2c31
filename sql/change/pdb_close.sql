-- id: change/pdb_close
-- purpose: Closes a pluggable database
-- state: open
-- versions: 11.2..
-- literals: pdb text
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER PLUGGABLE DATABASE {{ pdb | sql_name }} CLOSE IMMEDIATE
