UPDATE snapshots SET pinned = ?2 WHERE id = ?1
