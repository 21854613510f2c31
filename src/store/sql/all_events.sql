SELECT run, seq, n, at, format, body FROM events ORDER BY seq
