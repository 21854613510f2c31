UPDATE snapshots SET drilled_at = ?2 WHERE id = ?1
