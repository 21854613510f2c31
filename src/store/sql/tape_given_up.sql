UPDATE snapshots SET tape_state = 'failed' WHERE tape_run = ?1 AND tape_state = 'running'
