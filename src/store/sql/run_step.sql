UPDATE runs SET step = ?2 WHERE id = ?1
