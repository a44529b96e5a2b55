//! The reader threads: each opens one snapshot and answers from it whatever was waiting by then.
//!
//! Opening a snapshot costs as much as a look-up, so tasks share one.

use std::time::Instant;

use rusqlite::Connection;

use super::Session;
use super::session::Known;
use crate::Result;
use crate::queue::{First, MAX_BATCH_TIME, Queue};

/// Runs until the queue is closed and empty.
pub(super) fn run(connection: &Connection, queue: &Queue) {
    let known = Known::default();
    while let Some(first) = queue.first() {
        answer(connection, &known, queue, first);
    }
}

fn answer(connection: &Connection, known: &Known, queue: &Queue, first: First) {
    known.forget_schema();
    let mut session = Session::new(connection, known);
    if let Err(error) = execute(&session, "BEGIN") {
        tracing::error!(%error, "cannot open a snapshot");
        return first.task.fail(error);
    }
    let (begun, mut count) = (Instant::now(), 1);
    first.task.run(&mut session);
    while count < queue.lane.batch
        && begun.elapsed() < MAX_BATCH_TIME
        && let Some(task) = queue.next(first.until)
    {
        task.run(&mut session);
        count += 1;
    }
    if let Err(error) = execute(&session, "COMMIT") {
        tracing::error!(%error, "cannot close a snapshot");
    }
}

fn execute(session: &Session<'_>, sql: &str) -> Result<()> {
    session.prepared(sql)?.execute([])?;
    Ok(())
}
