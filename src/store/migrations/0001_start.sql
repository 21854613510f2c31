-- Journal, catalog and who holds what. Types and syntax that PostgreSQL takes as well: no AUTOINCREMENT, times and SCNs
-- as text (RFC 3339 with offset; SCNs pass 2^53 and are compared by the program), truth values as 0 and 1.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Append-only. seq orders the events of all runs; n those of one.
CREATE TABLE events (
    run    TEXT    NOT NULL,
    n      BIGINT  NOT NULL,
    seq    BIGINT  NOT NULL UNIQUE,
    at     TEXT    NOT NULL,
    format INTEGER NOT NULL,
    body   TEXT    NOT NULL,
    PRIMARY KEY (run, n)
);

-- From here on: a projection of events, which can be built again. No key points from events to it.
CREATE TABLE runs (
    id         TEXT    PRIMARY KEY,
    seq        BIGINT  NOT NULL,
    database   TEXT    NOT NULL,
    flow       TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    started_at TEXT    NOT NULL,
    ended_at   TEXT,
    step       TEXT,
    tool       TEXT    NOT NULL,
    simulated  INTEGER NOT NULL
);

CREATE INDEX runs_by_database ON runs (database, seq);

CREATE TABLE snapshots (
    id               TEXT    PRIMARY KEY,
    seq              BIGINT  NOT NULL,
    database         TEXT    NOT NULL,
    dbid             BIGINT  NOT NULL,
    resetlogs_change TEXT    NOT NULL,
    begin_scn        TEXT    NOT NULL,
    end_scn          TEXT    NOT NULL,
    begun_at         TEXT    NOT NULL,
    ended_at         TEXT    NOT NULL,
    window_ms        BIGINT  NOT NULL,
    clone_job_ms     BIGINT  NOT NULL,
    state            TEXT    NOT NULL,
    tape_state       TEXT    NOT NULL,
    tape_pieces      BIGINT  NOT NULL,
    tape_bytes       BIGINT  NOT NULL,
    tape_finished_at TEXT,
    tape_run         TEXT,
    drilled_at       TEXT,
    pinned           INTEGER NOT NULL,
    layout           TEXT    NOT NULL
);

CREATE INDEX snapshots_by_database ON snapshots (database, seq);

CREATE TABLE disks (
    snapshot TEXT    NOT NULL REFERENCES snapshots (id) ON DELETE CASCADE,
    n        INTEGER NOT NULL,
    slot     INTEGER NOT NULL,
    role     TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    bytes    BIGINT  NOT NULL,
    PRIMARY KEY (snapshot, n)
);

CREATE TABLE files (
    snapshot TEXT    NOT NULL REFERENCES snapshots (id) ON DELETE CASCADE,
    n        INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (snapshot, n)
);

CREATE TABLE logs (
    snapshot TEXT    NOT NULL REFERENCES snapshots (id) ON DELETE CASCADE,
    n        INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (snapshot, n)
);

CREATE TABLE pieces (
    snapshot TEXT    NOT NULL REFERENCES snapshots (id) ON DELETE CASCADE,
    n        INTEGER NOT NULL,
    handle   TEXT    NOT NULL,
    tag      TEXT    NOT NULL,
    bytes    BIGINT  NOT NULL,
    PRIMARY KEY (snapshot, n)
);

-- Not a lock: it only tells who. The lock is flock on a file.
CREATE TABLE holders (
    database TEXT    PRIMARY KEY,
    host     TEXT    NOT NULL,
    pid      BIGINT  NOT NULL,
    since    TEXT    NOT NULL,
    run      TEXT
);
