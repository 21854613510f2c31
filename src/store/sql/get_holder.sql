SELECT h.host, h.pid, h.since, h.run, r.step FROM holders h LEFT JOIN runs r ON r.id = h.run WHERE h.database = ?1
