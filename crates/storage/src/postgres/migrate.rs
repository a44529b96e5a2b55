//! Embedded, numbered, forward-only migrations with checksums, under the lock that all writers take.
//!
//! A store remembers each step it took and the step's checksum. A store that took steps this release does not know is
//! refused, and so is one whose steps differ from ours: both would be read wrongly. A step only adds (tables, columns with
//! defaults, indexes), so nodes of the release before go on while one of this release has migrated already.

use sha2::{Digest, Sha256};

use super::connect::Way;
use super::link::Link;
use super::session::WRITERS;
use super::value::{Cells, params};
use crate::{Error, Result};

struct Step {
    version: i64,
    name: &'static str,
    sql: &'static str,
    /// The newest step that a release must know to go on with a store after this one: a step that only adds leaves it as it
    /// was, so that older nodes go on beside newer ones; one that takes something away names itself.
    floor: i64,
}

/// All steps, in order. A released step is never edited; a change is a new step.
const STEPS: &[Step] = &[
    Step {
        version: 1,
        name: "base",
        sql: include_str!("migrations/0001_base.sql"),
        floor: 1,
    },
    Step {
        version: 2,
        name: "groups",
        sql: include_str!("migrations/0002_groups.sql"),
        floor: 1,
    },
    Step {
        version: 3,
        name: "queues",
        sql: include_str!("migrations/0003_queues.sql"),
        floor: 1,
    },
    Step {
        version: 4,
        name: "deeds",
        sql: include_str!("migrations/0004_deeds.sql"),
        floor: 4,
    },
];

/// The oldest server that this is written for.
const OLDEST: i64 = 150_000;
const SERVER: &str = "SELECT current_setting('server_version_num')::bigint, current_setting('server_encoding'), current_database()";
const SCHEMA: &str = "SELECT count(*), count(*) FILTER (WHERE c.relname = 'migrations')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm')";
const HALF: &str = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = 'transfer_parts' AND c.relkind = 'r'";
const LOCK: &str = "SELECT pg_advisory_xact_lock($1)";
const TABLE: &str = "CREATE TABLE IF NOT EXISTS migrations (
    version bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, floor bigint)";
/// Steps without a floor are those that only a release goes on with that knows them.
const TAKEN: &str =
    "SELECT version, name, checksum, coalesce(floor, version) FROM migrations ORDER BY version DESC";
const NOTE: &str = "INSERT INTO migrations (version, name, checksum, floor) VALUES ($1, $2, $3, $4)";

/// Checks the database and the steps taken, and takes the missing ones, all in one transaction. A store that is still
/// being moved here is refused.
pub(super) fn migrate(link: &Link, way: &Way) -> Result<()> {
    migrate_anyway(link, way)?;
    refuse_half(link, way)
}

/// [`migrate`], for the transfer itself.
pub(super) fn migrate_anyway(link: &Link, way: &Way) -> Result<()> {
    link.ensure()?;
    check_server(link)?;
    if is_current(link, way)? {
        return Ok(());
    }
    link.batch("BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")?;
    link.rows(LOCK, params![WRITERS])?;
    let outcome = take_missing(link, way);
    link.batch(if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    outcome
}

/// Refuses a database into which a store is being moved and has not come whole yet.
fn refuse_half(link: &Link, way: &Way) -> Result<()> {
    let rows = link.rows(HALF, params![way.schema()])?;
    match rows.first().map(Cells).map(|row| row.int(0)).transpose()? {
        Some(0) => Ok(()),
        _ => Err(Error::Unsuitable(
            "a store is being moved into it; run `stockyard migrate` to its end first".to_owned(),
        )),
    }
}

/// Refuses a store that this release would misread, without changing it. One that is not there yet is as good as any.
pub(super) fn check(link: &Link, way: &Way) -> Result<()> {
    link.ensure()?;
    check_server(link)?;
    refuse_half(link, way)?;
    if !has_migrations(link, way)? || is_current(link, way)? {
        return Ok(());
    }
    Err(Error::Migration {
        version: newest_taken(link)? + 1,
        what: "not applied yet; start the server once to apply it".to_owned(),
    })
}

fn check_server(link: &Link) -> Result<()> {
    let rows = link.rows(SERVER, &[])?;
    let Some(row) = rows.first().map(Cells) else {
        return Err(Error::Unsuitable("it does not tell its version".to_owned()));
    };
    let (version, encoding, name) = (row.int(0)?, row.text(1)?, row.text(2)?);
    if version < OLDEST {
        return Err(Error::Unsuitable(format!(
            "PostgreSQL 15 or later is needed, this is {}",
            version / 10_000
        )));
    }
    if encoding != "UTF8" {
        return Err(Error::Unsuitable(format!(
            "the database {name:?} has the encoding {encoding}; make one with UTF8"
        )));
    }
    Ok(())
}

/// Whether all steps have been taken; the usual case needs no lock, and no right to make anything.
fn is_current(link: &Link, way: &Way) -> Result<bool> {
    if !has_migrations(link, way)? {
        return Ok(false);
    }
    // A newer release may have taken further ones.
    Ok(newest_taken(link)? >= STEPS.last().map_or(0, |step| step.version))
}

fn has_migrations(link: &Link, way: &Way) -> Result<bool> {
    let rows = link.rows(SCHEMA, params![way.schema()])?;
    let Some(row) = rows.first().map(Cells) else {
        return Ok(false);
    };
    match (row.int(0)?, row.int(1)?) {
        (_, 1..) => Ok(true),
        (0, _) => Ok(false),
        _ => Err(Error::Unsuitable(format!(
            "its schema {:?} holds tables of another program",
            way.schema()
        ))),
    }
}

fn take_missing(link: &Link, way: &Way) -> Result<()> {
    if !has_migrations(link, way)? {
        link.batch(&format!("CREATE SCHEMA IF NOT EXISTS {}", way.quoted_schema()))?;
        link.batch(TABLE)?;
    }
    let taken = newest_taken(link)?;
    for step in STEPS.iter().filter(|step| step.version > taken) {
        link.batch(step.sql)?;
        link.execute(NOTE, params![step.version, step.name, checksum(step), step.floor])?;
    }
    Ok(())
}

/// The newest step taken, once all that were taken are found to be ours, or a newer release's that leave us what we need.
fn newest_taken(link: &Link) -> Result<i64> {
    let known = STEPS.last().map_or(0, |step| step.version);
    let mut newest = 0;
    for row in &link.rows(TAKEN, &[])? {
        let row = Cells(row);
        let (version, name, sum, floor) = (row.int(0)?, row.text(1)?, row.text(2)?, row.int(3)?);
        if version > known && floor > known {
            return Err(Error::Newer {
                found: version,
                known,
            });
        }
        if version <= known {
            compare(version, &name, &sum)?;
        }
        newest = newest.max(version);
    }
    Ok(newest)
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
    Sha256::digest(step.sql)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
