DELETE FROM pieces WHERE snapshot = ?1
