SELECT slot, role, id, bytes FROM disks WHERE snapshot = ?1 ORDER BY n
