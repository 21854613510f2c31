INSERT INTO disks (snapshot, n, slot, role, id, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
