//! Embedded, numbered, forward-only migrations with checksums.
//!
//! A store remembers each step it took and the step's checksum. A store that took steps this release does not know is
//! refused, and so is one whose steps differ from ours: both would be read wrongly.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::{Error, Result};

struct Step {
    version: i64,
    name: &'static str,
    sql: &'static str,
    /// What is done once for every collection, of number `{c}`, and its tables, `{r}` and `{h}`; often nothing.
    each: &'static str,
}

/// All steps, in order. A released step is never edited; a change is a new step.
const STEPS: &[Step] = &[
    Step {
        version: 1,
        name: "base",
        sql: include_str!("migrations/0001_base.sql"),
        each: "",
    },
    Step {
        version: 2,
        name: "jobs",
        sql: include_str!("migrations/0002_jobs.sql"),
        each: "",
    },
    Step {
        version: 3,
        name: "entities",
        sql: include_str!("migrations/0003_entities.sql"),
        each: "",
    },
    Step {
        version: 4,
        name: "collections",
        sql: include_str!("migrations/0004_collections.sql"),
        each: include_str!("migrations/0004_each.sql"),
    },
    Step {
        version: 5,
        name: "accounts",
        sql: include_str!("migrations/0005_accounts.sql"),
        each: "",
    },
    Step {
        version: 6,
        name: "chains",
        sql: include_str!("migrations/0006_chains.sql"),
        each: include_str!("migrations/0006_each.sql"),
    },
    Step {
        version: 7,
        name: "counts",
        sql: include_str!("migrations/0007_counts.sql"),
        each: include_str!("migrations/0007_each.sql"),
    },
    Step {
        version: 8,
        name: "queues",
        sql: include_str!("migrations/0008_queues.sql"),
        each: "",
    },
    Step {
        version: 9,
        name: "deeds",
        sql: include_str!("migrations/0009_deeds.sql"),
        each: "",
    },
];

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migrations (
    version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL) STRICT";

/// `application_id` in the file's header: "stky", set by the first step.
const APPLICATION: i64 = 0x7374_6b79;

/// Refuses a file that is not a store of ours, or one of a newer release, without changing it.
pub(super) fn identify(connection: &Connection, path: &Path) -> Result<()> {
    let foreign = |what: &str| Error::Foreign {
        path: path.to_owned(),
        what: what.to_owned(),
    };
    let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0));
    let tables: i64 = match tables {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            return Err(foreign("the file is no database"));
        }
        other => other?,
    };
    let application: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    match (application, tables) {
        (APPLICATION, 1..) => check_taken(connection),
        // A new file, or one that was only begun.
        (0 | APPLICATION, 0) => Ok(()),
        _ => Err(foreign("it is a database of another program")),
    }
}

/// Checks the steps taken and takes the missing ones, all in one transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    tx.execute_batch(TABLE)?;
    check_taken(&tx)?;
    let taken: i64 = tx.query_row("SELECT coalesce(max(version), 0) FROM migrations", [], |row| {
        row.get(0)
    })?;
    for step in STEPS.iter().filter(|step| step.version > taken) {
        take(&tx, step)?;
        let row = params![step.version, step.name, checksum(step)];
        tx.execute(
            "INSERT INTO migrations (version, name, checksum) VALUES (?1, ?2, ?3)",
            row,
        )?;
    }
    tx.commit()?;
    Ok(())
}

fn take(connection: &Connection, step: &Step) -> Result<()> {
    connection.execute_batch(step.sql)?;
    let mut collections = connection.prepare("SELECT id FROM collections")?;
    let ids: Vec<i64> = collections
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for id in ids {
        let names = [("{c}", ""), ("{r}", "r"), ("{h}", "h")];
        let each = names.iter().fold(step.each.to_owned(), |each, (word, prefix)| {
            each.replace(word, &format!("{prefix}{id}"))
        });
        connection.execute_batch(&each)?;
    }
    Ok(())
}

/// Refuses a store that this release would misread, without changing it.
pub(super) fn check(connection: &Connection) -> Result<()> {
    let known = STEPS.last().map_or(0, |step| step.version);
    check_taken(connection)?;
    let taken: i64 = connection.query_row("SELECT coalesce(max(version), 0) FROM migrations", [], |row| {
        row.get(0)
    })?;
    if taken == known {
        return Ok(());
    }
    Err(Error::Migration {
        version: taken + 1,
        what: "not applied yet; start the server once to apply it".to_owned(),
    })
}

fn check_taken(connection: &Connection) -> Result<()> {
    let known = STEPS.last().map_or(0, |step| step.version);
    let newest = "SELECT version FROM migrations ORDER BY version DESC LIMIT 1";
    let found: Option<i64> = connection.query_row(newest, [], |row| row.get(0)).optional()?;
    if let Some(found) = found.filter(|found| *found > known) {
        return Err(Error::Newer { found, known });
    }
    let mut rows = connection.prepare("SELECT version, name, checksum FROM migrations ORDER BY version")?;
    let taken = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    for row in taken {
        let (version, name, sum): (i64, String, String) = row?;
        compare(version, &name, &sum)?;
    }
    Ok(())
}

fn compare(version: i64, name: &str, sum: &str) -> Result<()> {
    let differs = |what: String| Err(Error::Migration { version, what });
    match STEPS.iter().find(|step| step.version == version) {
        None => differs(format!("{name} is unknown here")),
        Some(step) if checksum(step) != sum => differs(format!("checksum of {name} is {sum}")),
        Some(_) => Ok(()),
    }
}

fn checksum(step: &Step) -> String {
    Sha256::digest([step.sql, step.each].concat())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    mod chains;

    use rusqlite::Connection;

    use super::{STEPS, check, migrate};
    use crate::Error;

    fn migrated() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        connection
    }

    /// A store that took only so many steps.
    fn older(steps: usize) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(super::TABLE).unwrap();
        for step in &STEPS[..steps] {
            super::take(&connection, step).unwrap();
            let row = rusqlite::params![step.version, step.name, super::checksum(step)];
            let sql = "INSERT INTO migrations VALUES (?1, ?2, ?3)";
            connection.execute(sql, row).unwrap();
        }
        connection
    }

    /// The tables of a collection as they were made before there were chains; `origin` came with the fourth step.
    fn tables(collection: u8, origin: &str) -> String {
        format!(
            "CREATE TABLE r{collection} (
                rid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, label TEXT NOT NULL,
                created_on INTEGER NOT NULL, created_by TEXT NOT NULL, modified_on INTEGER NOT NULL, modified_by TEXT NOT NULL,
                archived INTEGER NOT NULL, tags TEXT NOT NULL, body BLOB NOT NULL) STRICT;
             CREATE TABLE h{collection} (
                seq INTEGER PRIMARY KEY, id TEXT NOT NULL, version INTEGER NOT NULL, event TEXT NOT NULL,
                changed_on INTEGER NOT NULL, changed_by TEXT NOT NULL, job INTEGER, body BLOB NOT NULL {origin}) STRICT;
             CREATE INDEX h{collection}_by_id ON h{collection} (id);"
        )
    }

    #[test]
    fn histories_of_an_older_store_get_origins() {
        const LINE: &str = "(id, version, event, changed_on, changed_by, body";
        let mut connection = older(3);
        let (one, two) = (tables(1, ""), tables(2, ""));
        let sql = format!(
            "INSERT INTO collections (name) VALUES ('a'), ('b'); {one} {two}
             INSERT INTO h2 {LINE}) VALUES ('x', 1, 'created', 1, '', x'00');
             INSERT INTO record_indexes (collection, name, path, is_unique) VALUES (2, 'i', 'p', 1);"
        );
        connection.execute_batch(&sql).unwrap();
        migrate(&mut connection).unwrap();
        for table in ["h1", "h2"] {
            let sql = format!(
                "INSERT INTO {table} {LINE}, origin) VALUES ('x', 2, 'updated', 1, '', x'01', '{{}}')"
            );
            connection.execute(&sql, []).unwrap();
        }
        let one = |sql: &str| -> Option<String> { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
        assert_eq!(one("SELECT origin FROM h2 WHERE seq = 1"), None);
        assert_eq!(one("SELECT origin FROM h2 WHERE seq = 2"), Some("{}".to_owned()));
        assert_eq!(
            one("SELECT group_concat(history, ',') FROM collections"),
            Some("1,1".to_owned())
        );
        // An index that was there serves reads as it did.
        assert_eq!(
            one("SELECT missing || ',' || (filled IS NULL) FROM record_indexes"),
            Some("0,1".to_owned())
        );
    }

    #[test]
    fn steps_are_numbered_without_gaps() {
        assert!(STEPS.iter().zip(1..).all(|(step, number)| step.version == number));
    }

    #[test]
    fn migrating_twice_changes_nothing() {
        let mut connection = migrated();
        migrate(&mut connection).unwrap();
        check(&connection).unwrap();
    }

    #[test]
    fn a_newer_store_is_refused() {
        let mut connection = migrated();
        connection
            .execute("INSERT INTO migrations VALUES (999, 'future', '')", [])
            .unwrap();
        assert!(matches!(
            migrate(&mut connection),
            Err(Error::Newer { found: 999, .. })
        ));
        assert!(matches!(check(&connection), Err(Error::Newer { .. })));
    }

    #[test]
    fn users_of_an_older_store_become_accounts() {
        let mut connection = older(3);
        let names = ["Ann", "Ann Bee", " Ann B.  Cee ", ""];
        for (n, name) in (0_i64..).zip(names) {
            let sql = "INSERT INTO users
                (email, guid, name, password_hash, admin, developer, groups, projects, created)
                VALUES (?1, ?1, ?2, '', 0, 0, '[]', '[]', 1464584157316)";
            connection.execute(sql, rusqlite::params![n, name]).unwrap();
        }
        migrate(&mut connection).unwrap();
        let sql = "SELECT public_id, first_name, last_name, status FROM users ORDER BY id";
        let mut users = connection.prepare(sql).unwrap();
        let users = users.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
        let users: Vec<(String, String, String, String)> = users.unwrap().map(Result::unwrap).collect();
        let split: Vec<_> = users.iter().map(|user| (&*user.1, &*user.2)).collect();
        assert_eq!(split, [("Ann", ""), ("Ann", "Bee"), ("Ann B.", "Cee"), ("", "")]);
        for (oid, .., status) in &users {
            assert!(oid.len() == 24 && oid.starts_with("574bc7dd"), "{oid}");
            assert!(
                oid.bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
            );
            assert_eq!(status, "ACTIVE");
        }
        assert_ne!(users[0].0, users[1].0);
    }

    #[test]
    fn users_of_an_older_store_get_public_ids() {
        let mut connection = older(2);
        for email in ["a", "b"] {
            let sql =
                "INSERT INTO users (email, name, password_hash, admin, developer, groups, projects, created)
                VALUES (?1, '', '', 0, 0, '[]', '[]', 0)";
            connection.execute(sql, [email]).unwrap();
        }
        migrate(&mut connection).unwrap();
        let mut users = connection.prepare("SELECT guid FROM users").unwrap();
        let guids: Vec<String> = users
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_ne!(guids[0], guids[1]);
        for guid in guids {
            let parsed: model::Uuid = guid.parse().unwrap();
            assert_eq!((parsed.get_version_num(), guid), (4, parsed.simple().to_string()));
        }
    }

    #[test]
    fn an_edited_step_is_refused() {
        let mut connection = migrated();
        connection
            .execute("UPDATE migrations SET checksum = 'x' WHERE version = 1", [])
            .unwrap();
        assert!(matches!(
            migrate(&mut connection),
            Err(Error::Migration { version: 1, .. })
        ));
    }
}
