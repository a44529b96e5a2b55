-- For each collection: every record names its newest line of history and how many it has had, every line the one of the
-- same record before it, in place of an index of lines by record. The tables are made anew, so that what is new stands
-- before the bodies and pages are full.
CREATE TABLE {r}_new (
    rid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, label TEXT NOT NULL,
    created_on INTEGER NOT NULL, created_by TEXT NOT NULL, modified_on INTEGER NOT NULL, modified_by TEXT NOT NULL,
    archived INTEGER NOT NULL, tags TEXT NOT NULL, last_seq INTEGER, lines INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
INSERT INTO {r}_new SELECT rid, id, version, label, created_on, created_by, modified_on, modified_by, archived, tags,
    (SELECT max(seq) FROM {h} WHERE {h}.id = {r}.id), (SELECT count(*) FROM {h} WHERE {h}.id = {r}.id), body
    FROM {r} ORDER BY rid;
INSERT INTO gone SELECT {c}, id, max(seq), count(*) FROM {h}
    WHERE NOT EXISTS (SELECT 1 FROM {r} WHERE {r}.id = {h}.id) GROUP BY id;
DROP TABLE {r};
ALTER TABLE {r}_new RENAME TO {r};

CREATE TABLE {h}_new (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL, version INTEGER NOT NULL, event TEXT NOT NULL,
    changed_on INTEGER NOT NULL, changed_by TEXT NOT NULL, job INTEGER, prev INTEGER, body BLOB NOT NULL,
    origin TEXT) STRICT;
INSERT INTO {h}_new SELECT seq, id, version, event, changed_on, changed_by, job,
    (SELECT max(seq) FROM {h} AS earlier WHERE earlier.id = {h}.id AND earlier.seq < {h}.seq), body, origin
    FROM {h} ORDER BY seq;
DROP TABLE {h};
ALTER TABLE {h}_new RENAME TO {h};
