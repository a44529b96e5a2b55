//! Bodies of records by id, and named values, which is what most calls ask for: whatever waits is asked at once.
//!
//! A question costs the database far more than the row it finds. So the threads here take all that waits and ask for it by
//! one statement for each collection, outside of any transaction. Alone, a caller waits for one exchange.

use std::collections::HashMap;
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError};

use jsonb::Jsonb;
use model::CollectionId;
use tokio::sync::oneshot;

use super::known::Known;
use super::link::Link;
use super::records::body;
use super::value::{Cells, texts};
use crate::{Error, Result};

const MARKS: &str = "SELECT name, value FROM marks WHERE name = ANY($1)";
/// Bodies asked for by one statement.
const MOST: usize = 64;

/// The version and body of a record, if it is there.
pub(super) type Found = Option<(u64, Jsonb)>;

/// Somebody who waits for a body.
pub(super) struct BodyWanted {
    pub(super) collection: CollectionId,
    pub(super) id: String,
    pub(super) reply: oneshot::Sender<Result<Found>>,
}

/// Somebody who waits for a named value.
pub(super) struct MarkWanted {
    pub(super) name: &'static str,
    pub(super) reply: oneshot::Sender<Result<Option<String>>>,
}

/// Somebody who waits.
pub(super) enum Find {
    Body(BodyWanted),
    Mark(MarkWanted),
}

impl Find {
    /// Tells him why he does not get it.
    pub(super) fn refuse(self, error: &Error) {
        // Whoever has gone away does not want to know, here and below.
        let _ = match self {
            Self::Body(wanted) => wanted.reply.send(Err(error.echo())).is_ok(),
            Self::Mark(wanted) => wanted.reply.send(Err(error.echo())).is_ok(),
        };
    }
}

/// A thread: runs until every sender is gone.
pub(super) fn run(link: &Link, finds: &Mutex<Receiver<Find>>) {
    let known = Known::default();
    while let Some(waiting) = next(finds) {
        let mut collections: HashMap<CollectionId, Vec<BodyWanted>> = HashMap::new();
        let mut marks = Vec::new();
        for find in waiting {
            match find {
                Find::Body(wanted) => collections.entry(wanted.collection).or_default().push(wanted),
                Find::Mark(wanted) => marks.push(wanted),
            }
        }
        if !marks.is_empty() {
            answer_marks(link, marks);
        }
        for (collection, wanted) in collections {
            answer_bodies(link, &known.sql(collection).bodies, wanted);
        }
    }
}

/// Who waits by now; waits for the first.
fn next(finds: &Mutex<Receiver<Find>>) -> Option<Vec<Find>> {
    let finds = finds.lock().unwrap_or_else(PoisonError::into_inner);
    let mut waiting = vec![finds.recv().ok()?];
    waiting.extend(finds.try_iter().take(MOST - 1));
    Some(waiting)
}

fn answer_bodies(link: &Link, sql: &str, all: Vec<BodyWanted>) {
    let ids = all.iter().map(|wanted| wanted.id.as_str()).collect();
    let read = |cells: Cells<'_>| Ok((cells.text(0)?, (cells.count(1)?, body(cells.bytes(2)?))));
    match ask(link, sql, ids, read) {
        Ok(found) => all.into_iter().for_each(|wanted| {
            // Two may wait for the same.
            let _ = wanted.reply.send(Ok(found.get(&wanted.id).cloned()));
        }),
        Err(error) => all
            .into_iter()
            .for_each(|wanted| Find::Body(wanted).refuse(&error)),
    }
}

fn answer_marks(link: &Link, all: Vec<MarkWanted>) {
    let names = all.iter().map(|wanted| wanted.name).collect();
    let read = |cells: Cells<'_>| Ok((cells.text(0)?, cells.text(1)?));
    match ask(link, MARKS, names, read) {
        Ok(found) => all.into_iter().for_each(|wanted| {
            let _ = wanted.reply.send(Ok(found.get(wanted.name).cloned()));
        }),
        Err(error) => all
            .into_iter()
            .for_each(|wanted| Find::Mark(wanted).refuse(&error)),
    }
}

/// What a statement finds for these keys, by key.
fn ask<T>(
    link: &Link,
    sql: &str,
    keys: Vec<&str>,
    read: impl Fn(Cells<'_>) -> Result<(String, T)>,
) -> Result<HashMap<String, T>> {
    let keys = [texts(keys)];
    let asked = || {
        link.ensure()?;
        link.rows(sql, &keys)
    };
    let rows = match asked() {
        // A connection that went away meanwhile is no fault of theirs.
        Err(Error::Away(_)) => {
            link.hang_up();
            asked()
        }
        rows => rows,
    };
    rows?.iter().map(|row| read(Cells(row))).collect()
}
