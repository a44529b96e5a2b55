-- Users become accounts: a public id of 24 hex digits (seconds, then random), a state, two names, a version. The ones
-- that are there get an id of their time of making; their name is split at its last space.
ALTER TABLE users ADD COLUMN public_id TEXT NOT NULL DEFAULT '';
UPDATE users SET public_id = lower(printf('%08x', (created / 1000) & 0xffffffff) || hex(randomblob(8)));
CREATE UNIQUE INDEX users_by_public_id ON users (public_id);
ALTER TABLE users ADD COLUMN status TEXT NOT NULL DEFAULT 'ACTIVE';
ALTER TABLE users ADD COLUMN first_name TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN last_name TEXT NOT NULL DEFAULT '';
UPDATE users SET
    first_name = CASE instr(trim(name), ' ') WHEN 0 THEN trim(name)
        ELSE rtrim(rtrim(trim(name), replace(trim(name), ' ', ''))) END,
    last_name = CASE instr(trim(name), ' ') WHEN 0 THEN ''
        ELSE substr(trim(name), length(rtrim(trim(name), replace(trim(name), ' ', ''))) + 1) END;
ALTER TABLE users ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN failed_logins INTEGER NOT NULL DEFAULT 0;
-- Localization, identity providers and external groups, as JSON.
ALTER TABLE users ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
CREATE INDEX users_by_name ON users (name);

-- A session ends when it was not used for idle_ms; impersonator: the mail address of who really logged in.
ALTER TABLE tokens ADD COLUMN kind TEXT NOT NULL DEFAULT 'personal';
UPDATE tokens SET kind = 'bot' WHERE bot IS NOT NULL;
ALTER TABLE tokens ADD COLUMN idle_ms INTEGER;
ALTER TABLE tokens ADD COLUMN impersonator TEXT;
CREATE INDEX tokens_by_impersonator ON tokens (impersonator) WHERE impersonator IS NOT NULL;
CREATE INDEX sessions_by_user ON tokens (user) WHERE kind = 'session';

-- What happened in the app. size: of this line; before: of all lines before it, so that the oldest can go by size.
CREATE TABLE app_logs (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    type        TEXT NOT NULL,
    sub_type    TEXT,
    level       TEXT NOT NULL,
    message     TEXT NOT NULL,
    user_email  TEXT,
    admin_email TEXT,
    ip          TEXT,
    info        TEXT,
    size        INTEGER NOT NULL,
    before      INTEGER NOT NULL
) STRICT;

-- Files that were sent, or made by a job. orphaned: since when nothing holds the file; none while something does.
CREATE TABLE uploads (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size         INTEGER NOT NULL,
    blob         TEXT NOT NULL,
    uploaded_by  INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    job          INTEGER,
    orphaned     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX uploads_by_blob ON uploads (blob);
CREATE INDEX uploads_by_job ON uploads (job) WHERE job IS NOT NULL;
CREATE INDEX uploads_orphaned ON uploads (orphaned) WHERE orphaned IS NOT NULL;

-- The records that hold a file.
CREATE TABLE upload_holders (
    file   TEXT NOT NULL,
    entity TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (file, entity, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_holders_by_record ON upload_holders (entity, record);

-- Addresses under which a file is read without any right; expires: none for never.
CREATE TABLE shares (
    id      TEXT PRIMARY KEY,
    file    TEXT NOT NULL,
    expires INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX shares_by_file ON shares (file);
CREATE INDEX shares_by_expiry ON shares (expires) WHERE expires IS NOT NULL;
