-- For each collection: its records, counted once.
UPDATE collections SET holes = (SELECT coalesce(max(rid), 0) - count(*) FROM {r}) WHERE id = CAST('{c}' AS INTEGER);
