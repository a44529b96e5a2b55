-- Queues of messages. heap: under which number its messages lie; a purge gives it another one. attributes, tags: JSON.
-- dead_letters: account and name of the queue that gets its dead letters.
CREATE TABLE queues (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    account      TEXT NOT NULL,
    name         TEXT NOT NULL,
    heap         INTEGER NOT NULL,
    attributes   TEXT NOT NULL,
    tags         TEXT NOT NULL,
    dead_letters TEXT,
    created      INTEGER NOT NULL,
    modified     INTEGER NOT NULL,
    purged       INTEGER,
    UNIQUE (account, name)
) STRICT;
CREATE INDEX queues_by_dead_letters ON queues (dead_letters, account, name) WHERE dead_letters IS NOT NULL;

-- Heaps whose messages are forgotten but not swept away yet.
CREATE TABLE dropped_heaps (id INTEGER PRIMARY KEY) STRICT;

-- visible_at: from when the message may be received. ready_at: the same for the index that receivers look into; in a queue
-- whose groups are in order only the first message of a group has it, and there it is when the whole group may go on.
-- source: the queue that it was a dead letter of. attributes: JSON.
CREATE TABLE messages (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    heap           INTEGER NOT NULL,
    ready_at       INTEGER,
    visible_at     INTEGER NOT NULL,
    received       INTEGER NOT NULL DEFAULT 0,
    first_received INTEGER,
    sent           INTEGER NOT NULL,
    id             TEXT NOT NULL,
    grp            TEXT,
    dedup          TEXT,
    sender         TEXT NOT NULL,
    source         TEXT,
    attributes     TEXT NOT NULL,
    body           TEXT NOT NULL
) STRICT;
CREATE INDEX messages_ready ON messages (heap, ready_at, seq) WHERE ready_at IS NOT NULL;
CREATE INDEX messages_by_group ON messages (heap, grp, seq) WHERE grp IS NOT NULL;

-- What was sent a short while ago and is not to be sent again; name: a digest.
CREATE TABLE message_dedup (
    queue   INTEGER NOT NULL,
    name    BLOB NOT NULL,
    until   INTEGER NOT NULL,
    message TEXT NOT NULL,
    seq     INTEGER NOT NULL,
    PRIMARY KEY (queue, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_dedup_by_time ON message_dedup (until);
