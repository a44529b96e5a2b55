-- For each collection: where a change came from, as a small JSON text.
ALTER TABLE {h} ADD COLUMN origin TEXT;
