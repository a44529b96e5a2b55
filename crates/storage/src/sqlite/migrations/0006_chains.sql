-- The newest line of history of a record that is gone (seq), and how many lines it has had. Those of a record that is
-- there are in its row.
CREATE TABLE gone (
    collection INTEGER NOT NULL,
    id         TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    lines      INTEGER NOT NULL,
    PRIMARY KEY (collection, id)
) STRICT, WITHOUT ROWID;
