-- "stky": by this a store is told from any other database.
PRAGMA application_id = 0x73746b79;

-- Collections own two tables each, made when the collection is: r<id> (records) and h<id> (history).
CREATE TABLE collections (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE record_indexes (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    collection INTEGER NOT NULL,
    name       TEXT NOT NULL,
    path       TEXT NOT NULL,
    is_unique  INTEGER NOT NULL,
    UNIQUE (collection, name)
) STRICT;

-- key: a type-tagged, memcmp-sortable form of the value; rid: the row of the record in r<collection>.
CREATE TABLE index_entries (
    index_id INTEGER NOT NULL,
    key      BLOB NOT NULL,
    rid      INTEGER NOT NULL,
    PRIMARY KEY (index_id, key, rid)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    email         TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    admin         INTEGER NOT NULL,
    developer     INTEGER NOT NULL,
    groups        TEXT NOT NULL,
    projects      TEXT NOT NULL,
    created       INTEGER NOT NULL
) STRICT;

CREATE TABLE tokens (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    user      INTEGER NOT NULL REFERENCES users (id),
    hash      BLOB NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    created   INTEGER NOT NULL,
    last_used INTEGER
) STRICT;
CREATE INDEX tokens_by_user ON tokens (user);

CREATE TABLE marks (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE blocks (
    scope TEXT NOT NULL,
    key   TEXT NOT NULL,
    job   INTEGER NOT NULL,
    item  INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_in_order ON blocks (scope, job, item);

CREATE TABLE job_blobs (
    job     INTEGER NOT NULL,
    blob    TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (job, blob)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_blobs_by_blob ON job_blobs (blob);
