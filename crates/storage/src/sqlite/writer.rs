//! The writer thread: group commit.
//!
//! It takes whatever waits, runs each closure in a savepoint, commits once and only then answers. It never waits for
//! more work to come, so a lone write costs one flush. A batch is cut by count and by time, so that a slice of a bulk
//! import delays others by no more than its own length. In quiet moments the log is folded back into the database.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::Session;
use super::session::Known;
use crate::{Error, Result, WriteTask};

const MAX_BATCH: usize = 1024;
const MAX_BATCH_TIME: Duration = Duration::from_millis(20);
const QUIET: Duration = Duration::from_secs(1);

/// Runs until every sender is gone.
pub(super) fn run(connection: &Connection, tasks: &Receiver<Box<dyn WriteTask>>) {
    let known = Known::default();
    let mut dirty = false;
    loop {
        match tasks.recv_timeout(QUIET) {
            Ok(first) => {
                write_batch(connection, &known, first, tasks);
                dirty = true;
            }
            Err(RecvTimeoutError::Timeout) if dirty => {
                fold_log(connection);
                dirty = false;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    fold_log(connection);
}

fn fold_log(connection: &Connection) {
    if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
        tracing::warn!(%error, "cannot fold the write-ahead log back");
    }
}

fn write_batch(
    connection: &Connection,
    known: &Known,
    first: Box<dyn WriteTask>,
    tasks: &Receiver<Box<dyn WriteTask>>,
) {
    let begun = Instant::now();
    let mut session = Session::new(connection, known);
    let mut batch = vec![first];
    let outcome = run_batch(&mut session, &mut batch, tasks);
    metrics::histogram!("store_batch_size").record(u32::try_from(batch.len()).unwrap_or(u32::MAX));
    metrics::histogram!("store_commit_seconds").record(begun.elapsed().as_secs_f64());
    match outcome {
        Ok(()) => {
            let actions = session.into_actions();
            batch.into_iter().for_each(|task| task.finish(Ok(())));
            actions.into_iter().for_each(|action| action());
        }
        Err(error) => {
            undo_all(connection, known);
            tracing::error!(%error, store.writes = batch.len(), "a group of writes was refused");
            batch.into_iter().for_each(|task| task.finish(Err(same(&error))));
        }
    }
}

fn run_batch(
    session: &mut Session<'_>,
    batch: &mut Vec<Box<dyn WriteTask>>,
    tasks: &Receiver<Box<dyn WriteTask>>,
) -> Result<()> {
    let begun = Instant::now();
    execute(session, "BEGIN IMMEDIATE")?;
    let mut next = 0;
    while let Some(task) = batch.get_mut(next) {
        run_task(session, task.as_mut())?;
        next += 1;
        if batch.len() < MAX_BATCH && begun.elapsed() < MAX_BATCH_TIME {
            batch.extend(tasks.try_recv());
        }
    }
    execute(session, "COMMIT")
}

fn run_task(session: &mut Session<'_>, task: &mut dyn WriteTask) -> Result<()> {
    let actions = session.action_count();
    execute(session, "SAVEPOINT task")?;
    let keep = catch_unwind(AssertUnwindSafe(|| task.run(session))).unwrap_or_else(|_| {
        tracing::error!("a write panicked and was undone");
        false
    });
    if session.conn().is_autocommit() {
        // A full disk in mid-transaction makes SQLite undo all of it by itself, the other closures' work included.
        return Err(Error::Full);
    }
    if !keep {
        session.forget_actions_from(actions);
        session.known().forget_indexes();
        execute(session, "ROLLBACK TO task")?;
    }
    execute(session, "RELEASE task")
}

fn execute(session: &Session<'_>, sql: &str) -> Result<()> {
    session.prepared(sql)?.execute([])?;
    Ok(())
}

fn undo_all(connection: &Connection, known: &Known) {
    known.forget_indexes();
    if !connection.is_autocommit()
        && let Err(error) = connection.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "cannot undo a group of writes");
    }
}

/// The same failure for every caller of the group.
fn same(error: &Error) -> Error {
    match error {
        Error::Full => Error::Full,
        Error::Busy => Error::Busy,
        other => Error::Backend(other.to_string()),
    }
}
