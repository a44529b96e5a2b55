-- The last group of writes of each node that came to its commit: written in the group's own transaction, so it tells whether
-- that was committed. Numbers of transactions do not: after a crash the server gives those anew whose traces were lost.
CREATE TABLE written_groups (
    node       text COLLATE "C" PRIMARY KEY,
    number     bigint NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
