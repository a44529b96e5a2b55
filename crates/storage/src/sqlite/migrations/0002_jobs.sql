-- Jobs. What changes with every chunk is apart from what a client sent (job_payloads), so that a commit rewrites a short
-- row whatever the size of the parameters.
CREATE TABLE jobs (
    seq               INTEGER PRIMARY KEY AUTOINCREMENT,
    id                TEXT NOT NULL UNIQUE,
    request_id        TEXT NOT NULL UNIQUE,
    kind              TEXT NOT NULL,
    label             TEXT NOT NULL,
    queue             TEXT NOT NULL,
    serial_key        TEXT,
    priority          INTEGER NOT NULL,
    low_priority      INTEGER NOT NULL,
    run_by            TEXT NOT NULL,
    parent            INTEGER,
    root              INTEGER,
    status            TEXT NOT NULL,
    progress          REAL NOT NULL DEFAULT 0,
    total             INTEGER,
    processed         INTEGER NOT NULL DEFAULT 0,
    failed            INTEGER NOT NULL DEFAULT 0,
    children_total    INTEGER NOT NULL DEFAULT 0,
    children_done     INTEGER NOT NULL DEFAULT 0,
    children_failed   INTEGER NOT NULL DEFAULT 0,
    items_done        INTEGER NOT NULL DEFAULT 0,
    items_failed      INTEGER NOT NULL DEFAULT 0,
    items_blocked     INTEGER NOT NULL DEFAULT 0,
    checkpoint        TEXT,
    error             TEXT,
    hold              TEXT,
    created           INTEGER NOT NULL,
    started           INTEGER,
    ended             INTEGER,
    updated           INTEGER NOT NULL,
    cleared           INTEGER NOT NULL DEFAULT 0,
    lease_owner       TEXT,
    lease_until       INTEGER,
    fence             INTEGER NOT NULL DEFAULT 0,
    turn              INTEGER NOT NULL,
    awaiting_children INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE job_payloads (
    job     INTEGER PRIMARY KEY,
    params  TEXT NOT NULL,
    results TEXT
) STRICT;

-- Looking for work, its leases and turns.
CREATE INDEX jobs_ready ON jobs (low_priority, priority DESC, seq) WHERE status = 'pending' AND turn = 1;
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE lease_owner IS NOT NULL;
CREATE INDEX jobs_serial ON jobs (serial_key, seq) WHERE serial_key IS NOT NULL AND ended IS NULL;
CREATE INDEX jobs_held ON jobs (queue, seq) WHERE hold IS NOT NULL;
CREATE INDEX jobs_branch ON jobs (root, seq) WHERE root IS NOT NULL AND ended IS NULL;
CREATE INDEX jobs_ended ON jobs (ended, seq) WHERE ended IS NOT NULL;

-- Listings.
CREATE INDEX jobs_by_status ON jobs (status, seq);
CREATE INDEX jobs_by_kind ON jobs (kind, seq);
CREATE INDEX jobs_by_run_by ON jobs (run_by, seq);
CREATE INDEX jobs_by_created ON jobs (created, seq);
CREATE INDEX jobs_by_updated ON jobs (updated, seq);
CREATE INDEX jobs_by_queue ON jobs (queue, seq);
CREATE INDEX jobs_unfinished ON jobs (queue, seq) WHERE ended IS NULL;
CREATE INDEX jobs_failed ON jobs (queue, seq) WHERE status IN ('failed', 'rejected');
CREATE INDEX jobs_troubled ON jobs (queue, seq)
    WHERE items_failed + items_blocked > 0 OR status IN ('failed', 'rejected');
CREATE INDEX jobs_clean ON jobs (queue, seq)
    WHERE status = 'finished' AND failed + items_failed + items_blocked = 0 AND cleared = 0;

CREATE TABLE job_items (
    job    INTEGER NOT NULL,
    number INTEGER NOT NULL,
    key    TEXT NOT NULL,
    state  INTEGER NOT NULL,
    detail TEXT,
    PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX job_items_bad ON job_items (job, number) WHERE state > 0;

CREATE TABLE job_logs (
    job     INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    level   INTEGER NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (job, n)
) STRICT, WITHOUT ROWID;
