-- Row numbers below the greatest one of a collection that no record has: with it, a total costs one look-up instead of a
-- walk through all records, and making a record changes no page for it.
ALTER TABLE collections ADD COLUMN holes INTEGER NOT NULL DEFAULT 0;
