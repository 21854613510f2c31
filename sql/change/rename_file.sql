-- id: change/rename_file
-- purpose: Changes a name in the control file of a clone; an existing Oracle-managed file of the old name is deleted
-- state: mounted
-- versions: 11.2..
-- literals: old text, new text
-- privileges: ALTER DATABASE through SYSDBA or SYSBACKUP
ALTER DATABASE RENAME FILE {{ old | sql_text }} TO {{ new | sql_text }}
