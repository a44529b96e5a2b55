-- Users get a public id. The ones that are there get a random one (UUID version 4).
ALTER TABLE users ADD COLUMN guid TEXT NOT NULL DEFAULT '';
UPDATE users SET guid = lower(
    hex(randomblob(6)) || '4' || substr(hex(randomblob(2)), 2) || 'a' || substr(hex(randomblob(2)), 2) || hex(randomblob(6)));
CREATE UNIQUE INDEX users_by_guid ON users (guid);

-- A token that a bot uses in the place of its user names the bot.
ALTER TABLE tokens ADD COLUMN bot TEXT;
CREATE INDEX tokens_by_bot ON tokens (bot) WHERE bot IS NOT NULL;

-- tags: a JSON array of [name, value].
CREATE TABLE projects (
    name    TEXT PRIMARY KEY,
    tags    TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The file of an entity.
CREATE TABLE entity_blobs (
    entity  TEXT PRIMARY KEY,
    blob    TEXT NOT NULL,
    size    INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX entity_blobs_by_blob ON entity_blobs (blob);
