UPDATE snapshots SET tape_state = ?2, tape_pieces = ?3, tape_bytes = ?4, tape_finished_at = ?5, tape_run = ?6
WHERE id = ?1
