-- Whether a collection keeps a history.
ALTER TABLE collections ADD COLUMN history INTEGER NOT NULL DEFAULT 1;

-- missing: records without a value have an entry under the key of null. filled: while the index is being built, the row
-- up to which records have their entries (the greatest number: all have); null once it serves reads.
ALTER TABLE record_indexes ADD COLUMN missing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE record_indexes ADD COLUMN filled INTEGER;

-- What is forgotten but not swept away yet: entries of indexes, tables of collections.
CREATE TABLE dropped_indexes (id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE dropped_collections (id INTEGER PRIMARY KEY) STRICT;
