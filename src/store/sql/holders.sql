SELECT h.database, h.host, h.pid, h.since, h.run, r.step FROM holders h LEFT JOIN runs r ON r.id = h.run
WHERE h.database LIKE ?1 ORDER BY h.database
